import type { Blobs } from '../blobs.ts';

/** A run of ours that may hold the state's lock; written down before Terraform starts. */
export interface RecordedRun {
  /** owner/name */
  readonly repository: string;
  readonly runId: string;
  readonly runAttempt: string;
  /** User and machine, as Terraform names them in its lock. */
  readonly who: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** The blobs of the recorded runs, by name, and what they hold. */
export interface RecordedBlob {
  readonly name: string;
  readonly run: RecordedRun;
}

const folder = (environment: string): string => `runs/${environment}/`;

/** Writes a run down beside the state; gives the name of its blob. */
export async function recordRun(
  run: RecordedRun,
  environment: string,
  blobs: Blobs,
): Promise<string> {
  const time = run.startedAt.replaceAll(/\D/g, '');
  const name = `${folder(environment)}${run.runId}-${run.runAttempt}-${time}.json`;
  await blobs.write(name, `${JSON.stringify(run)}\n`);
  return name;
}

/** All runs that were written down and not crossed out; what is none is passed over. */
export async function recordedRuns(
  environment: string,
  blobs: Blobs,
): Promise<readonly RecordedBlob[]> {
  const names = await blobs.list(folder(environment));
  const read = await Promise.all(
    names.map(async (name) => ({ name, run: runIn((await blobs.read(name))?.toString()) })),
  );
  return read.flatMap(({ name, run }) => (run === undefined ? [] : [{ name, run }]));
}

function runIn(text: string | undefined): RecordedRun | undefined {
  try {
    const run = JSON.parse(text ?? '') as Partial<RecordedRun> | null;
    const { repository, runId, runAttempt, who, startedAt } = run ?? {};
    const parts = [repository, runId, runAttempt, who, startedAt];
    return parts.every((part) => typeof part === 'string') ? (run as RecordedRun) : undefined;
  } catch {
    return undefined;
  }
}
