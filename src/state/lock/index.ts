import { Cancelled, messageOf } from '../../errors.ts';
import { endOfRun } from '../../github/runs.ts';
import type { Settings } from '../../inputs/schema.ts';
import type { Toolbox } from '../../toolbox/index.ts';
import type { State } from '../index.ts';
import type { StateLock } from './lease.ts';
import type { RecordedBlob, RecordedRun } from './runs.ts';
import { recordedRuns, recordRun } from './runs.ts';

type LockSettings = Pick<Settings, 'environment' | 'githubToken'>;

/** A record that nobody crossed out and no lock belongs to is forgotten after a week. */
const KEPT_MILLISECONDS = 7 * 24 * 3600 * 1000;

/**
 * Does work for which Terraform takes the state's lock. Before it: releases a lock that a run of ours
 * left which GitHub says is over, and writes this run down, so that a later one can do the same. Any
 * other lock is left alone; Terraform waits for it, and the log says whose it is. Where the store of
 * the state cannot be asked, Terraform itself will say why.
 */
export async function underLock<T>(
  state: Pick<State, 'blobs' | 'lock'>,
  settings: LockSettings,
  tools: Toolbox,
  work: () => Promise<T>,
): Promise<T> {
  const record = await enter(state, settings, tools).catch((error: unknown) => {
    if (error instanceof Cancelled) throw error;
    tools.log.debug(`The lock of the state could not be looked at: ${messageOf(error)}`);
  });
  try {
    return await work();
  } finally {
    if (typeof record === 'string') {
      // A cancelled run may not get this far; its lock is free by then, and the record opens nothing.
      await state.blobs.delete(record).catch((error: unknown) => {
        tools.log.debug(`The record of this run stays: ${messageOf(error)}`);
      });
    }
  }
}

/** Looks at the lock and writes this run down; gives the name of the record. */
async function enter(
  state: Pick<State, 'blobs' | 'lock'>,
  settings: LockSettings,
  tools: Toolbox,
): Promise<string> {
  const { clock, log, runner } = tools;
  const found = await recordedRuns(settings.environment, state.blobs);
  const lock = await state.lock.read();
  if (lock === 'unknown') log.info('The state is locked, and nothing says by whom.');
  else if (lock !== undefined) await judge(lock, found, state, settings, tools);
  else await forgetOld(found, state, clock.now());
  const { repository, runId, runAttempt } = runner.context;
  const startedAt = new Date(clock.now()).toISOString();
  const run: RecordedRun = { repository, runId, runAttempt, who: runner.machine, startedAt };
  return recordRun(run, settings.environment, state.blobs);
}

async function forgetOld(
  found: readonly RecordedBlob[],
  { blobs }: Pick<State, 'blobs'>,
  now: number,
): Promise<void> {
  const old = found.filter(({ run }) => Date.parse(run.startedAt) < now - KEPT_MILLISECONDS);
  for (const { name } of old) await blobs.delete(name);
}

async function judge(
  lock: StateLock,
  found: readonly RecordedBlob[],
  state: Pick<State, 'blobs' | 'lock'>,
  settings: LockSettings,
  tools: Toolbox,
): Promise<void> {
  const since = `since ${lock.created} by ${lock.who}`;
  // Whoever began before the lock was made, on its machine, may have made it.
  const suspects = found.filter(
    ({ run }) => run.who === lock.who && Date.parse(run.startedAt) <= Date.parse(lock.created),
  );
  if (suspects.length === 0) {
    tools.log.info(`The state is locked ${since}; it is no run that was written down here.`);
    return;
  }
  const names = suspects.map(({ run }) => linkOf(run, tools)).join(', ');
  const why = await firstDoubt(lock, suspects, settings, tools);
  if (why !== undefined) {
    tools.log.info(`The state is locked ${since}, by ${names}: ${why}.`);
    return;
  }
  if (!(await state.lock.release(lock))) return;
  tools.log.warn(
    `The state was locked ${since}. The run that made the lock is over (${names}), and has left it: it is released.`,
  );
  for (const { name } of suspects) await state.blobs.delete(name);
}

/** Why the lock may still be held by a run that lives; undefined where each that can hold it is over. */
async function firstDoubt(
  lock: StateLock,
  suspects: readonly RecordedBlob[],
  { githubToken }: LockSettings,
  tools: Toolbox,
): Promise<string | undefined> {
  if (githubToken.reveal() === '') {
    return 'without the input github-token (permission actions: read) GitHub cannot be asked whether it is over';
  }
  const api = await tools.github(githubToken);
  let isInside = false;
  for (const { run } of suspects) {
    const end = await endOfRun(api, run);
    if (end.kind !== 'over') return end.why;
    // What was locked after a run's end was not locked by it.
    isInside ||= Date.parse(lock.created) <= end.at;
  }
  return isInside ? undefined : 'the lock was made after its end, by somebody else on that machine';
}

function linkOf({ repository, runId, runAttempt }: RecordedRun, { runner }: Toolbox): string {
  return `${runner.context.serverUrl}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`;
}
