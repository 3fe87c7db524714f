import { setTimeout as wait } from 'node:timers/promises';
import { Cancelled } from '../errors.ts';
import type { Clock } from './index.ts';

/** The machine's clock; a sleep ends at once, by throwing, when `cancelled` fires. */
export function openClock(cancelled: AbortSignal): Clock {
  return {
    now: () => Date.now(),
    sleep: async (seconds) => {
      try {
        await wait(seconds * 1000, undefined, { signal: cancelled });
      } catch (error) {
        throw new Cancelled('The run was cancelled while waiting.', { cause: error });
      }
    },
  };
}
