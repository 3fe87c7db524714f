import { Problem } from '../errors.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Wait } from './arm.ts';
import { growingPauses } from './pauses.ts';

/** Seconds between two lines of progress. */
const progressEvery = 30;
const longestPause = 10;

/** Measures one wait: pauses between two looks, a line every 30 s, the end of patience. */
export interface Watch {
  readonly elapsed: () => number;
  /** Sleeps until the next look; throws a Problem once the deadline has passed. `state` is what was seen last. */
  pause(state: string, retryAfter?: number): Promise<void>;
}

/** Starts to measure; pauses grow from 1 to 10 s where Azure does not name them. */
export function startWatch(
  { what, deadlineSeconds }: Wait,
  { clock, log }: Pick<Toolbox, 'clock' | 'log'>,
): Watch {
  const began = clock.now();
  const elapsed = (): number => (clock.now() - began) / 1000;
  const usualPause = growingPauses(longestPause);
  let told = 0;
  return {
    elapsed,
    async pause(state, retryAfter) {
      const left = deadlineSeconds - elapsed();
      if (left <= 0) throw tooLate(what, deadlineSeconds, state);
      if (elapsed() - told >= progressEvery) {
        told = elapsed();
        log.info(`${what}: ${state}, ${Math.round(told)} s.`);
      }
      const usual = usualPause();
      const next = retryAfter ?? Math.min(usual, left);
      await clock.sleep(Math.max(Math.min(next, left), 0.05));
      if (next > left) throw tooLate(what, deadlineSeconds, state);
    },
  };
}

function tooLate(what: string, seconds: number, state: string): Problem {
  return new Problem(
    `${what}: not finished after ${seconds} s; what was seen last: ${state}.`,
    'look at the resource in the Azure portal (Activity log). Azure goes on without us: run the same command again, and it picks up where things are then.',
    { anchor: 'waiting' },
  );
}

/**
 * Asks until `check` gives a value, and gives that. Errors of `check` go through: it decides what
 * is worth waiting for, and says so by giving undefined.
 */
export async function waitUntil<T>(
  what: string,
  check: () => Promise<T | undefined>,
  deadlineSeconds: number,
  tools: Pick<Toolbox, 'clock' | 'log'>,
): Promise<T> {
  const watch = startWatch({ what, deadlineSeconds }, tools);
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    await watch.pause('still waiting');
  }
}
