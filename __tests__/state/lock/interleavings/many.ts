import type { Ending } from './play.ts';
import { play } from './play.ts';
import { openStorage } from './storage.ts';

/** What came of many orders of requests. */
export interface Tally {
  /** How many ended how. */
  readonly endings: Readonly<Record<string, number>>;
  /** Each order that broke a promise: its seed, what it broke, and every request in its order. */
  readonly failures: readonly string[];
}

/** The seed of this run; `LOCK_SEED` repeats an earlier one. */
export function seedOfRun(): number {
  return Number(process.env['LOCK_SEED'] ?? Date.now() % 1_000_000_000);
}

/** Plays so many orders, from a seed on, each on a state of its own. */
export async function playMany(count: number, seed: number): Promise<Tally> {
  const storage = await openStorage();
  const endings: Record<string, number> = {};
  const failures: string[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const ending: Ending = await play(seed + index, `s${index}`, storage);
      endings[ending.kind] = (endings[ending.kind] ?? 0) + 1;
      if (ending.broken.length > 0) {
        const { broken, trace } = ending;
        failures.push([`LOCK_SEED=${seed + index}`, ...broken, ...trace].join('\n'));
      }
    }
  } finally {
    await storage.close();
  }
  return { endings, failures };
}
