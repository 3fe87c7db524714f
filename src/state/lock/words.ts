import { Problem } from '../../errors.ts';
import type { State } from '../index.ts';
import type { Verdict } from './judge.ts';
import type { StateLock } from './lease.ts';
import type { RecordedBlob } from './runs.ts';

/** Where the state is, and where GitHub is. */
export interface Place {
  readonly environment: string;
  readonly backend: State['backend'];
  readonly serverUrl: string;
}

/** "since 2026-11-22 20:05 UTC by runner@machine (apply)": what the lock says of itself. */
export function sinceWhen(lock: StateLock | 'unknown'): string {
  if (lock === 'unknown') return 'by a lock that does not say whose it is';
  const operation = lock.operation.replace(/^OperationType/, '').toLowerCase();
  const time = new Date(lock.created).toISOString().slice(0, 16).replace('T', ' ');
  return `since ${time} UTC by ${lock.who}${operation === '' ? '' : ` (${operation})`}`;
}

/** The pages of runs. */
export function linksTo(runs: readonly RecordedBlob[], { serverUrl }: Place): string {
  return runs
    .map(({ run: { repository, runId, runAttempt } }) => {
      return `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`;
    })
    .join(', ');
}

/** One sentence: who holds the lock, since when, and why it stays. */
export function heldBy(lock: StateLock | 'unknown', verdict: Verdict, place: Place): string {
  const state = `The state of "${place.environment}" is locked`;
  if (lock === 'unknown') return `${state}, and nothing says by whom or since when.`;
  const { suspects, why } = verdict;
  const runs = suspects.length === 0 ? '' : `, by ${linksTo(suspects, place)}`;
  return `${state} ${sinceWhen(lock)}${runs}: ${why}.`;
}

/** What a run ends with that has waited in vain. */
export function waitedInVain(
  lock: StateLock | 'unknown',
  verdict: Verdict,
  minutes: number,
  place: Place,
): Problem {
  const what = `${heldBy(lock, verdict, place)}\nThis run has waited ${minutes} minutes for it, and has changed nothing meanwhile.`;
  return new Problem(what, nextStep(lock, verdict, place), { anchor: 'state-lock' });
}

function nextStep(lock: StateLock | 'unknown', { suspects }: Verdict, place: Place): string {
  const { storage_account_name: account, container_name: container, key } = place.backend;
  const blob = `--account-name ${account} --container-name ${container} --blob-name ${key} --auth-mode login`;
  if (lock === 'unknown') {
    return (
      'it is either somebody who has leased the blob by hand, or a Terraform that was cut off just while it locked or unlocked. ' +
      `Make sure that nobody works on this environment. Then end the lease (az storage blob lease break ${blob}), and run again.`
    );
  }
  const release = `az storage blob lease release ${blob} --lease-id ${lock.id}`;
  return suspects.length === 0
    ? `ask ${lock.who}. If no Terraform runs there any more, release this one lock (${release}), and run again.`
    : `wait until that run has ended, and run again: a lock that it leaves is released then. Where you know that it is over although GitHub does not say so, release this one lock (${release}).`;
}
