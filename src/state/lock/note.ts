import { messageOf } from '../../errors.ts';
import type { Toolbox } from '../../toolbox/index.ts';
import type { Blobs } from '../blobs.ts';
import type { StateLease } from './lease.ts';
import type { RecordedRun } from './runs.ts';
import { recordRun } from './runs.ts';

/** Writes the id of this run's own lock into its record. */
export interface Note {
  /** To be called for whatever shows that Terraform had the lock at a time, milliseconds since the epoch. */
  holding(at: number): void;
  /** The id, or undefined where there was no time to see it; when nothing of it is under way any more. */
  settled(): Promise<string | undefined>;
}

/**
 * With the id a later run can release the lock also where its word is gone, and needs no times. It is
 * this run's own for certain where Terraform had the lock before it was looked at, and after. What
 * Terraform says arrives late; what counts is when it was said.
 */
export function openNote(
  run: RecordedRun,
  environment: string,
  state: { readonly blobs: Pick<Blobs, 'write'>; readonly lock: Pick<StateLease, 'look'> },
  { log, clock }: Pick<Toolbox, 'log' | 'clock'>,
): Note {
  let work: Promise<void> | undefined;
  let own: string | undefined;
  let seen: { readonly lease: string; readonly at: number } | undefined;
  const start = (doing: () => Promise<void>): void => {
    work = doing().catch((error: unknown) => {
      log.debug(`The id of the lock could not be written down: ${messageOf(error)}`);
    });
  };
  return {
    holding(at) {
      if (work === undefined) {
        start(async () => {
          const { holder } = await state.lock.look();
          if (holder === undefined || holder === 'unknown') return;
          seen = { lease: holder.id, at: clock.now() };
        });
      } else if (seen !== undefined && at > seen.at) {
        const { lease } = seen;
        seen = undefined;
        own = lease;
        start(async () => {
          await recordRun({ ...run, lease }, environment, state.blobs);
        });
      }
    },
    async settled() {
      await work;
      return own;
    },
  };
}
