import { messageOf } from './errors.ts';
import type { Toolbox } from './toolbox/index.ts';

/** How long to wait before each new attempt, and which errors are worth one. */
export interface Patience {
  /** Seconds before the second, third … attempt. */
  readonly waits: readonly number[];
  readonly worthRetrying: (error: unknown) => boolean;
  /** What the other side asked for, in seconds; it wins over `waits`. */
  readonly retryAfter?: (error: unknown) => number | undefined;
}

/** Tries again where that can heal, says so, and lets the last failure through as it is. */
export async function retry<T>(
  what: string,
  attempt: () => Promise<T>,
  patience: Patience,
  { clock, log }: Pick<Toolbox, 'clock' | 'log'>,
): Promise<T> {
  for (const seconds of patience.waits) {
    try {
      return await attempt();
    } catch (error) {
      if (!patience.worthRetrying(error)) throw error;
      const wait = patience.retryAfter?.(error) ?? seconds;
      log.info(`${what}: ${messageOf(error)}. Trying again in ${wait} s.`);
      await clock.sleep(wait);
    }
  }
  return attempt();
}
