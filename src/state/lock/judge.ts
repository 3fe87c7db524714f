import { endOfRun } from '../../github/runs.ts';
import type { RunEnd } from '../../github/runs.ts';
import type { Settings } from '../../inputs/schema.ts';
import type { Toolbox } from '../../toolbox/index.ts';
import type { StateLock } from './lease.ts';
import type { RecordedBlob, RecordedRun } from './runs.ts';

/** What is known of a lock that is held. */
export interface Verdict {
  /** The recorded runs that can have made it; none where it is nobody's that was written down. */
  readonly suspects: readonly RecordedBlob[];
  /** Ids of leases that a run left which is over; only these may be released. */
  readonly left: readonly string[];
  /** Why it is not released, as the end of a sentence. */
  readonly why: string;
}

/** Says whether a run is over. */
export type AskEnd = (run: RecordedRun) => Promise<RunEnd>;

/** From the start of a run's Terraform until it has the lock, or has gone; it tries only once. */
const LOCKS_WITHIN_MS = 2 * 60 * 1000;

/** Whose lock this is, and whether it may be released. */
export async function judge(
  lock: StateLock | 'unknown',
  records: readonly RecordedBlob[],
  ask: AskEnd,
): Promise<Verdict> {
  if (lock === 'unknown') return judgeUnknown(records, ask);
  const owners = records.filter(({ run }) => run.lease === lock.id);
  const suspects = owners.length > 0 ? owners : records.filter(({ run }) => mayHaveMade(run, lock));
  if (suspects.length === 0) {
    const why = 'it is no run that was written down here: a person, or another tool';
    return { suspects, left: [], why };
  }
  let isInside = owners.length > 0;
  for (const suspect of suspects) {
    const { run } = suspect;
    const end = await ask(run);
    if (end.kind !== 'over') return { suspects: [suspect], left: [], why: end.why };
    // What was locked after a run's end was not locked by it; both times by a clock that is right.
    isInside ||= Date.parse(lock.created) - (run.ahead ?? 0) * 1000 <= end.at;
  }
  return isInside
    ? { suspects, left: [lock.id], why: 'it is over' }
    : { suspects, left: [], why: 'the lock was made after its end, by somebody else there' };
}

/**
 * A lease without a word is either just being taken or given up, or its holder ended in between. Only
 * an id that a run wrote down, which is over, can end it: another's lease does not answer to it.
 */
async function judgeUnknown(records: readonly RecordedBlob[], ask: AskEnd): Promise<Verdict> {
  const suspects: RecordedBlob[] = [];
  for (const record of records) {
    if (record.run.lease === undefined) continue;
    if ((await ask(record.run)).kind === 'over') suspects.push(record);
  }
  const left = suspects.flatMap(({ run }) => run.lease ?? []);
  return { suspects, left, why: 'nothing says by whom' };
}

/**
 * Whether a run that noted no lock can have made this one: on that machine, and by its one clock soon
 * after the run began.
 */
export function mayHaveMade(run: RecordedRun, { who, created }: StateLock): boolean {
  const after = Date.parse(created) - Date.parse(run.startedAt);
  return run.lease === undefined && run.who === who && after >= 0 && after <= LOCKS_WITHIN_MS;
}

/** Asks GitHub, where the run may. */
export function askGitHub(
  { githubToken }: Pick<Settings, 'githubToken'>,
  tools: Pick<Toolbox, 'github'>,
): AskEnd {
  return async (run) => {
    if (githubToken.reveal() === '') {
      const why =
        'without the input github-token (permission actions: read) GitHub cannot be asked whether it is over';
      return { kind: 'unknown', why };
    }
    return endOfRun(await tools.github(githubToken), run);
  };
}
