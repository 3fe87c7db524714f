import type { Toolbox } from '../toolbox/index.ts';
import { duration } from './duration.ts';

/** Says once that the log cannot be read, and once that it can again. */
export interface LogFaults {
  failed(text: string): void;
  worked(): void;
  /** For how long it could not be read, in a sentence; nothing where that was short. */
  gaps(): readonly string[];
}

/** A job that has just begun has no log yet: that is said only when it lasts. */
const SILENT_SECONDS = 300;

/** Keeps count of the times when a log could not be read. */
export function logFaults({ clock, log }: Pick<Toolbox, 'clock' | 'log'>): LogFaults {
  let since: number | undefined;
  let [told, reason, lost] = [false, '', 0];
  return {
    failed: (text) => {
      since ??= clock.now();
      reason = text;
      if (told || clock.now() - since < SILENT_SECONDS * 1000) return;
      told = true;
      log.info(`The job's log cannot be read: ${text}. The job is followed without it.`);
    },
    worked: () => {
      if (since !== undefined) lost += clock.now() - since;
      if (told) log.info("The job's log can be read again.");
      [since, told] = [undefined, false];
    },
    gaps: () => {
      if (since !== undefined) return [`The job's log could not be read at the end: ${reason}.`];
      if (lost < SILENT_SECONDS * 1000) return [];
      return [
        `For ${duration(lost / 1000)} the job's log could not be read; it was caught up with.`,
      ];
    },
  };
}
