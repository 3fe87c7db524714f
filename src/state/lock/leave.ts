import type { Toolbox } from '../../toolbox/index.ts';
import type { State } from '../index.ts';
import { mayHaveMade } from './judge.ts';
import type { RecordedRun } from './runs.ts';

/**
 * Looks after the lock of this run's Terraform, which has ended, and not well. Usually it has given the
 * lock up; where it could not, what is certainly its own is released. Says whether the run may be
 * crossed out: a record that a lock may belong to is what a later run releases it by.
 */
export async function leave(
  own: RecordedRun,
  { lock }: Pick<State, 'lock'>,
  { log }: Pick<Toolbox, 'log'>,
): Promise<boolean> {
  const { holder } = await lock.look();
  if (holder === undefined) return true;
  const { lease } = own;
  if (lease !== undefined && (holder === 'unknown' || holder.id === lease)) {
    if (await lock.release(lease)) {
      log.warn('Terraform ended without giving up its lock of the state: it is released.');
    }
    return true;
  }
  if (holder !== 'unknown' && !mayHaveMade(own, holder)) return true;
  log.warn(
    'The lock of the state may be left: Terraform ended without giving it up. A later run releases it once GitHub says that this run is over, or says what to do.',
  );
  return false;
}
