import type { Settings } from '../../inputs/schema.ts';
import type { Toolbox } from '../../toolbox/index.ts';
import type { State } from '../index.ts';
import { askGitHub, judge } from './judge.ts';
import type { Verdict } from './judge.ts';
import type { StateLock } from './lease.ts';
import { forgetRuns, recordedRuns } from './runs.ts';
import type { Place } from './words.ts';
import { heldBy, linksTo, sinceWhen, waitedInVain } from './words.ts';

type LockSettings = Pick<Settings, 'environment' | 'githubToken'>;

/** What is needed of the state to look after its lock. */
export type LockedState = Pick<State, 'blobs' | 'lock' | 'backend' | 'farewell'>;

/** A record that nobody crossed out and no lock belongs to is forgotten after a week. */
const KEPT_MS = 7 * 24 * 3600 * 1000;
/** Seconds between two looks at a lock that another holds; the first is soon over, or never. */
const looks = [2, 5, 10, 15];
/** How often a run that waits says so. */
const SAY_MS = 60_000;

/**
 * Comes back when nobody holds the lock, having released it where a run left it that is over. Gives by
 * how many seconds this machine's clock is ahead of the storage service's. Throws a Problem at the
 * deadline (by this machine's clock).
 */
export async function enter(
  state: LockedState,
  settings: LockSettings,
  tools: Toolbox,
  deadline: number,
): Promise<{ readonly ahead?: number }> {
  const { clock, log, runner } = tools;
  const { environment } = settings;
  const place = { environment, backend: state.backend, serverUrl: runner.context.serverUrl };
  const began = clock.now();
  let said = { what: '', at: -Infinity };
  for (let count = 0; ; count++) {
    const { holder, exists, at } = await state.lock.look();
    if (holder === undefined) {
      // Terraform itself would make it without asking whether somebody else has meanwhile.
      if (!exists) await state.lock.make();
      if (count === 0) await forgetRuns(clock.now() - KEPT_MS, environment, state.blobs);
      else log.info('The lock of the state is free.');
      return at === undefined ? {} : { ahead: Math.round((clock.now() - at) / 1000) };
    }
    const records = await recordedRuns(environment, state.blobs);
    const verdict = await judge(holder, records, askGitHub(settings, tools));
    if (await released(holder, verdict, state, place, tools)) continue;
    if (clock.now() >= deadline) {
      throw waitedInVain(holder, verdict, Math.round((clock.now() - began) / 60_000), place);
    }
    const what = heldBy(holder, verdict, place);
    if (what !== said.what || clock.now() - said.at >= SAY_MS) {
      log.info(waiting(what, what === said.what, deadline));
      said = { what, at: clock.now() };
    }
    await clock.sleep(looks[Math.min(count, looks.length - 1)] ?? 0);
  }
}

function waiting(what: string, again: boolean, deadline: number): string {
  const end = `${new Date(deadline).toISOString().slice(11, 16)} UTC`;
  return again ? `Still waiting: ${what}` : `${what} Waiting for it until ${end}.`;
}

/** Releases what a run left; says so, and crosses that run out. */
async function released(
  lock: StateLock | 'unknown',
  { left, suspects }: Verdict,
  state: LockedState,
  place: Place,
  { log }: Toolbox,
): Promise<boolean> {
  for (const id of left) {
    if (!(await state.lock.release(id))) continue;
    const runs = suspects.filter(({ run }) => lock !== 'unknown' || run.lease === id);
    log.warn(
      `The state was locked ${sinceWhen(lock)}. The run that made the lock is over (${linksTo(runs, place)}), and has left it: it is released.`,
    );
    for (const { name } of runs) await state.blobs.delete(name);
    return true;
  }
  return false;
}
