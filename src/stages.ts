import { AsyncLocalStorage } from 'node:async_hooks';
import { Cancelled, Problem, messageOf } from './errors.ts';
import type { Log, Toolbox } from './toolbox/index.ts';

/** One stage of a run, as the summary's table and Gantt show it. */
export interface StageRecord {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  endedAt: number;
  result: 'done' | 'unchanged' | 'failed' | 'cancelled';
}

/** Times the stages of a command, and announces each one in the log. */
export interface Stages<T extends Pick<Toolbox, 'clock' | 'log'> = Toolbox> {
  readonly records: readonly StageRecord[];
  /** The command's tools; what is logged during a stage, wherever it comes from, begins with its name. */
  readonly tools: T;
  /** Runs one stage; `work` says whether it had anything to do. */
  run<R>(name: string, work: (unchanged: () => void) => Promise<R>): Promise<R>;
}

export function openStages<T extends Pick<Toolbox, 'clock' | 'log'>>(tools: T): Stages<T> {
  const { clock, log } = tools;
  const records: StageRecord[] = [];
  const current = new AsyncLocalStorage<string>();
  return {
    records,
    tools: { ...tools, log: namingLog(log, current) },
    run: async (name, work) => {
      const startedAt = clock.now();
      const record: StageRecord = { name, startedAt, endedAt: startedAt, result: 'done' };
      records.push(record);
      let why = '';
      log.info(`== ${name}`);
      try {
        return await current.run(name, () =>
          work(() => {
            record.result = 'unchanged';
          }),
        );
      } catch (error) {
        record.result = error instanceof Cancelled ? 'cancelled' : 'failed';
        if (error instanceof Cancelled) error.during ??= name;
        // The others go on: why this one ended is of interest now, not only when all have.
        if (record.result === 'failed') why = `: ${messageOf(error).split('\n')[0] ?? ''}`;
        throw error;
      } finally {
        record.endedAt = clock.now();
        log.info(`== ${name}: ${record.result} after ${seconds(record)} s${why}`);
      }
    },
  };
}

/** Stages that run side by side mix their lines: each line says whose it is. */
function namingLog(log: Log, current: AsyncLocalStorage<string>): Log {
  const named = (message: string): string => {
    const stage = current.getStore();
    if (stage === undefined) return message;
    return message
      .split('\n')
      .map((line) => `[${stage}] ${line}`)
      .join('\n');
  };
  return {
    info: (message) => log.info(named(message)),
    warn: (message) => log.warn(named(message)),
    notice: (message) => log.notice(named(message)),
    debug: (message) => log.debug(named(message)),
    group: (title, work) => log.group(named(title), work),
  };
}

/** Length of a stage in seconds, with one decimal. */
export function seconds({ startedAt, endedAt }: StageRecord): string {
  return ((endedAt - startedAt) / 1000).toFixed(1);
}

/**
 * Waits for all parts of a parallel piece of work, so that none is left running unseen, and then
 * throws what went wrong: the one error as it is, or all of them together. Of a cancelled run only
 * that it was cancelled.
 */
export async function together<T extends readonly unknown[]>(parts: {
  readonly [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  const settled = await Promise.allSettled(parts);
  const failures = settled.flatMap((part) =>
    part.status === 'rejected' ? [part.reason as unknown] : [],
  );
  const first = failures.find((failure) => failure instanceof Cancelled) ?? failures[0];
  if (failures.length > 0 && (failures.length === 1 || first instanceof Cancelled)) throw first;
  if (failures.length > 1) {
    throw new Problem(
      failures.map(messageOf).join('\n\n'),
      'mend each of them and run the same command again; what was done stays done.',
    );
  }
  return settled.map((part) => (part as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
