import { Problem } from './errors.ts';
import type { Toolbox } from './toolbox/index.ts';

/** One stage of a run, as the summary's table and Gantt show it. */
export interface StageRecord {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  endedAt: number;
  result: 'done' | 'unchanged' | 'failed';
}

/** Times the stages of a command, and announces each one in the log. */
export interface Stages {
  readonly records: readonly StageRecord[];
  /** Runs one stage; `work` says whether it had anything to do. */
  run<T>(name: string, work: (unchanged: () => void) => Promise<T>): Promise<T>;
}

export function openStages({ clock, log }: Pick<Toolbox, 'clock' | 'log'>): Stages {
  const records: StageRecord[] = [];
  return {
    records,
    run: async (name, work) => {
      const startedAt = clock.now();
      const record: StageRecord = { name, startedAt, endedAt: startedAt, result: 'done' };
      records.push(record);
      log.info(`== ${name}`);
      try {
        return await work(() => {
          record.result = 'unchanged';
        });
      } catch (error) {
        record.result = 'failed';
        throw error;
      } finally {
        record.endedAt = clock.now();
        log.info(`== ${name}: ${record.result} after ${seconds(record)} s`);
      }
    },
  };
}

/** Length of a stage in seconds, with one decimal. */
export function seconds({ startedAt, endedAt }: StageRecord): string {
  return ((endedAt - startedAt) / 1000).toFixed(1);
}

/**
 * Waits for all parts of a parallel piece of work, so that none is left running unseen, and then
 * throws what went wrong: the one error as it is, or all of them together.
 */
export async function together<T extends readonly unknown[]>(parts: {
  readonly [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  const settled = await Promise.allSettled(parts);
  const failures = settled.flatMap((part) =>
    part.status === 'rejected' ? [part.reason as unknown] : [],
  );
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) {
    const told = failures.map((failure) =>
      failure instanceof Error ? failure.message : String(failure),
    );
    throw new Problem(
      told.join('\n\n'),
      'mend each of them and run the same command again; what was done stays done.',
    );
  }
  return settled.map((part) => (part as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
