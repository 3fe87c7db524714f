import { AzureProblem } from '../../azure/explain.ts';
import { messageOf } from '../../errors.ts';
import type { Settings } from '../../inputs/schema.ts';
import type { Toolbox } from '../../toolbox/index.ts';
import type { State } from '../index.ts';
import { enter } from './enter.ts';
import type { LockedState } from './enter.ts';
import { leave } from './leave.ts';
import { openNote } from './note.ts';
import type { RecordedRun } from './runs.ts';
import { recordRun } from './runs.ts';

type LockSettings = Pick<Settings, 'environment' | 'githubToken'>;

/** How long a run waits for a lock that another holds. */
const PATIENCE_SECONDS = 300;
/** Until the next attempt, where another took the lock between our look and Terraform's. */
const AGAIN_SECONDS = 5;

/**
 * What Terraform says where it could not give its own lock up: the id of a lease that was its own. Where
 * an answer was lost, the word of the lock may be gone by then.
 */
const unlocking =
  /error (?:unlocking azure state\. lock|releasing the state lock(?:(?!acquiring)[^])*?\n\s*)\s*ID:\s*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/i;

/** What Terraform says of a lock that it found held (azurerm backend, client.go; the service's codes). */
const found =
  /(acquiring the state lock|failed to lock azure state)[^]*(already locked|LeaseAlreadyPresent|LeaseIdMissing)/i;

/**
 * Does work for which Terraform takes the state's lock, once. Before it: waits for a lock that another
 * holds, says whose it is, releases one that a run of ours left which GitHub says is over, and writes
 * this run down, so that a later one can do the same. Throws a Problem where the wait was in vain.
 * `work` calls `holding` with each time at which Terraform showed that it had the lock; where somebody else was quicker
 * (nothing has been done then), it is called once more.
 */
export async function underLock<T>(
  state: LockedState,
  settings: LockSettings,
  tools: Toolbox,
  work: (holding: (at: number) => void) => Promise<T>,
): Promise<T> {
  const deadline = tools.clock.now() + PATIENCE_SECONDS * 1000;
  const { repository, runId, runAttempt } = tools.runner.context;
  for (;;) {
    const entered = await enterOrPass(state, settings, tools, deadline);
    const startedAt = new Date(tools.clock.now()).toISOString();
    const who = tools.runner.machine;
    const run = { repository, runId, runAttempt, who, startedAt, ...entered };
    try {
      return await recorded(run, state, settings, tools, work);
    } catch (error) {
      if (!found.test(messageOf(error)) || tools.clock.now() >= deadline) throw error;
      tools.log.info('Somebody else has taken the lock of the state just now: looking again.');
      await tools.clock.sleep(AGAIN_SECONDS);
    }
  }
}

/** Who may not write here cannot take the lock either: Terraform itself will say so, with a remedy. */
function mayNotWrite(error: unknown): boolean {
  return error instanceof AzureProblem && [401, 403, 404].includes(error.status);
}

async function enterOrPass(
  state: LockedState,
  settings: LockSettings,
  tools: Toolbox,
  deadline: number,
): Promise<{ readonly ahead?: number }> {
  try {
    return await enter(state, settings, tools, deadline);
  } catch (error) {
    if (!mayNotWrite(error)) throw error;
    tools.log.debug(`The lock of the state could not be looked at: ${messageOf(error)}`);
    return {};
  }
}

async function recorded<T>(
  run: RecordedRun,
  state: LockedState,
  { environment }: LockSettings,
  tools: Toolbox,
  work: (holding: (at: number) => void) => Promise<T>,
): Promise<T> {
  const name = await recordRun(run, environment, state.blobs).catch((error: unknown) => {
    if (!mayNotWrite(error)) throw error;
  });
  const note = openNote(run, environment, state, tools);
  const after = async (
    ended: (own: RecordedRun) => Promise<boolean>,
    said?: string,
  ): Promise<void> => {
    const lease = (await note.settled()) ?? said;
    if (typeof name !== 'string') return;
    try {
      const isFree = await ended({ ...run, ...(lease !== undefined && { lease }) });
      if (isFree) await lineOf(state, tools).blobs.delete(name);
    } catch (error) {
      tools.log.debug(`The record of this run stays: ${messageOf(error)}`);
    }
  };
  try {
    const result = await work(note.holding);
    await after(async () => true);
    return result;
  } catch (error) {
    const words = messageOf(error);
    const ended = async (own: RecordedRun): Promise<boolean> =>
      found.test(words) || leave(own, lineOf(state, tools), tools);
    await after(ended, unlocking.exec(words)?.[1]);
    throw error;
  }
}

/** A cancelled step may still send its last word. */
function lineOf(state: LockedState, { cancelled }: Toolbox): Pick<State, 'blobs' | 'lock'> {
  return cancelled.aborted ? state.farewell() : state;
}
