import type { RunAttempt } from '../../github/runs.ts';
import type { Blobs } from '../blobs.ts';

/** A run of ours that may hold the state's lock; written down before Terraform starts. */
export interface RecordedRun extends RunAttempt {
  /** User and machine, as Terraform names them in its lock. */
  readonly who: string;
  /** By the clock of that machine, as the lock's own date is; ISO 8601. */
  readonly startedAt: string;
  /** Seconds by which that clock was ahead of the storage service's. */
  readonly ahead?: number;
  /** The id of its lock, once Terraform had taken it. */
  readonly lease?: string;
}

/** The blobs of the recorded runs, by name, and what they hold. */
export interface RecordedBlob {
  readonly name: string;
  readonly run: RecordedRun;
}

const folder = (environment: string): string => `runs/${environment}/`;

/** Writes a run down beside the state, or writes it down anew; gives the name of its blob. */
export async function recordRun(
  run: RecordedRun,
  environment: string,
  blobs: Pick<Blobs, 'write'>,
): Promise<string> {
  const name = `${folder(environment)}${run.runId}-${run.runAttempt}-${digitsOf(run.startedAt)}.json`;
  await blobs.write(name, `${JSON.stringify(run)}\n`);
  return name;
}

/** All runs that were written down and not crossed out; what is none is passed over. */
export async function recordedRuns(
  environment: string,
  blobs: Pick<Blobs, 'list' | 'read'>,
): Promise<readonly RecordedBlob[]> {
  const names = await blobs.list(folder(environment));
  const read = await Promise.all(
    names.map(async (name) => ({ name, run: runIn((await blobs.read(name))?.toString()) })),
  );
  return read.flatMap(({ name, run }) => (run === undefined ? [] : [{ name, run }]));
}

/** Deletes what was written down before a moment (milliseconds since the epoch), by name alone. */
export async function forgetRuns(
  before: number,
  environment: string,
  blobs: Pick<Blobs, 'list' | 'delete'>,
): Promise<void> {
  const limit = digitsOf(new Date(before).toISOString());
  for (const name of await blobs.list(folder(environment))) {
    const time = /-(\d{17})\.json$/.exec(name)?.[1];
    if (time !== undefined && time < limit) await blobs.delete(name);
  }
}

const digitsOf = (iso: string): string => iso.replaceAll(/\D/g, '');

function runIn(text: string | undefined): RecordedRun | undefined {
  try {
    const run = JSON.parse(text ?? '') as Partial<RecordedRun> | null;
    const { repository, runId, runAttempt, who, startedAt, ahead = 0, lease = '' } = run ?? {};
    const parts = [repository, runId, runAttempt, who, startedAt, lease];
    return parts.every((part) => typeof part === 'string') && typeof ahead === 'number'
      ? (run as RecordedRun)
      : undefined;
  } catch {
    return undefined;
  }
}
