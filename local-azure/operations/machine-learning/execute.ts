import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from '../../inside/json-fields.ts';
import { isEnding, startProgram, tracked, type Running } from '../../inside/process.ts';
import type { StoredResource, World } from '../../world.ts';
import { filesBelow, mount, partsOf, unmount, type MountedData } from './job-data.ts';
import { commandOf, jobVariables } from './job-environment.ts';
import type { JobRuntime } from './job-runtime.ts';
import { obstacleOf, type Needs } from './obstacles.ts';
import { perform, type Performance } from './performance.ts';
import { storeBlob } from './platform-blobs.ts';
import { usualAddressSeconds } from './play.ts';
import { accountOf, artifactContainer } from './run-blobs.ts';
import { stdLog } from './run-files.ts';
import { restore } from './snapshots.ts';
import { beginning, hasEnded, phaseAt, timeline, type JobStatus, type Phase } from './timeline.ts';

/** A job that is really run. */
interface Execution extends Omit<Needs, 'job'> {
  readonly world: World;
  readonly job: StoredResource;
  readonly runtime: JobRuntime;
  /** What goes before it runs, as in Azure. */
  readonly phases: readonly Phase[];
  /** Where it is since then. */
  status?: JobStatus;
  cancelled?: boolean;
  failure?: string;
  running?: Running;
  /** Its working folder, while there is one. */
  folder?: string;
  readonly log: Buffer[];
}

/** Folders of the working folder whose files become artifacts of the run. */
const kept = ['outputs', 'logs'] as const;

/** Begins to run a job's command line under a prepared runtime; it goes on by itself. */
export function beginExecution(
  world: World,
  of: Omit<Needs, 'job'> & { readonly job: StoredResource },
  runtime: JobRuntime,
): void {
  const phases = timeline(world.clock.now(), world.pace, beginning);
  const execution: Execution = { ...of, world, runtime, phases, log: [] };
  perform(world, of.job, performance(execution));
  void carryOut(execution).catch((error: unknown) => {
    end(execution, 'Failed', `Local Azure failed: ${String(error)}`);
  });
}

function performance(execution: Execution): Performance {
  const { world, job } = execution;
  const advance = (): void => {
    if (hasEnded(String(job.properties['status']))) return;
    const early = phaseAt(execution.phases, world.clock.now())?.status ?? 'Starting';
    const open = execution.status ?? early;
    const ended = hasEnded(open);
    job.properties['status'] = execution.cancelled && !ended ? 'CancelRequested' : open;
  };
  return {
    advance,
    cancel: () => {
      execution.cancelled = true;
      execution.running?.kill();
      advance();
    },
    log: () => Buffer.concat(execution.log),
    failure: () => execution.failure,
    file: async (path) => {
      const { folder } = execution;
      if (folder === undefined || !(await leftIn(folder)).includes(path)) return undefined;
      return readFile(join(folder, path)).catch(() => undefined);
    },
    paths: async () => (execution.folder === undefined ? [] : leftIn(execution.folder)),
    addressSeconds: usualAddressSeconds,
  };
}

async function leftIn(folder: string): Promise<readonly string[]> {
  const each = kept.map(async (name) =>
    (await filesBelow(join(folder, name))).map((path) => `${name}/${path}`),
  );
  return (await Promise.all(each)).flat();
}

function end(execution: Execution, status: JobStatus, failure?: string): void {
  const { world, job } = execution;
  execution.status = status;
  if (failure !== undefined) execution.failure = failure;
  job.hidden = { ...job.hidden, endTime: new Date(world.clock.now()).toISOString() };
}

/** Waits as Azure would, then runs the job, unless it was cancelled or Local Azure stops meanwhile. */
async function carryOut(execution: Execution): Promise<void> {
  const { world, phases } = execution;
  const due = phases.at(-1)?.until ?? 0;
  for (;;) {
    if (isEnding(world)) return;
    const left = due - world.clock.now();
    if (left <= 0 || execution.cancelled) break;
    await world.clock.sleep(Math.min(left, 250));
  }
  await tracked(world, () => runNow(execution));
}

async function runNow(execution: Execution): Promise<void> {
  if (execution.cancelled) return end(execution, 'Canceled');
  const { world, job } = execution;
  const obstacle = obstacleOf(world, { ...execution, job: job.properties });
  if (obstacle !== undefined) return end(execution, 'Failed', obstacle);
  const root = join(world.folder, 'jobs', randomUUID());
  try {
    await inFolder(execution, root);
  } catch (error) {
    // Being stopped, or data that cannot be had.
    end(execution, 'Failed', error instanceof Error ? error.message : String(error));
  } finally {
    delete execution.folder;
    await rm(root, { recursive: true, force: true });
  }
}

async function inFolder(execution: Execution, root: string): Promise<void> {
  const { world, workspace, job } = execution;
  const folder = join(root, 'wd');
  const { literals, data } = partsOf(world, workspace, job);
  const mounted: MountedData[] = [];
  for (const one of data) mounted.push(await mount(world, one, join(root, 'data')));
  const command = commandOf(text(job.properties, 'command') ?? '', literals, mounted);
  const variables = await jobVariables(world, workspace, job, mounted);
  const [home, temporary] = [join(root, 'home'), join(root, 'tmp')];
  await Promise.all([mkdir(home, { recursive: true }), mkdir(temporary, { recursive: true })]);
  const snapshot = text(job.properties, 'properties', 'ContentSnapshotId');
  if (snapshot !== undefined) await restore(world, workspace, snapshot, folder);
  if (execution.cancelled) return end(execution, 'Canceled');
  execution.folder = folder;
  const running = await startProgram(world, {
    source: { kind: 'compute', id: execution.compute.id },
    command: 'bash',
    args: ['-c', command],
    folder,
    variables: {
      ...{ HOME: home, TMPDIR: temporary },
      ...execution.runtime.variables,
      ...variables,
    },
    onOutput: (_stream, bytes) => void execution.log.push(bytes),
  });
  await untilEnded(execution, running, mounted);
}

/** The job's limit is real time, whatever the pace: what really runs takes its time. */
async function untilEnded(
  execution: Execution,
  running: Running,
  mounted: readonly MountedData[],
): Promise<void> {
  const { world, job } = execution;
  execution.running = running;
  execution.status = 'Running';
  job.hidden = { ...job.hidden, startTime: new Date(world.clock.now()).toISOString() };
  // A cancel between the start of the program and this moment has not killed it.
  if (execution.cancelled) running.kill();
  const over = { late: false };
  const limit = secondsOf(text(job.properties, 'limits', 'timeout'));
  const timer = setTimeout(() => {
    over.late = true;
    running.kill();
  }, limit * 1000);
  const { exitCode } = await running.ended;
  clearTimeout(timer);
  if (isEnding(world)) return;
  execution.status = 'Finalizing';
  for (const one of mounted) await unmount(world, one);
  await keepFiles(execution);
  if (execution.cancelled) return end(execution, 'Canceled');
  // CommandJobLimits: "the max run duration, after which the job will be cancelled".
  if (over.late)
    return end(execution, 'Canceled', `The job ran longer than its limit of ${limit} s.`);
  if (exitCode === 0) return end(execution, 'Completed');
  end(
    execution,
    'Failed',
    `Execution failed. User process 'bash' exited with status code ${exitCode}. ` +
      `Please check log file '${stdLog}' for error details.`,
  );
}

/** Puts the log, and what lies in `outputs` and `logs`, among the artifacts of the run. */
async function keepFiles({ world, workspace, job, folder, log }: Execution): Promise<void> {
  const account = accountOf(world, workspace);
  if (account === undefined || folder === undefined) return;
  const keep = (path: string, bytes: Buffer): Promise<void> => {
    const name = `ExperimentRun/dcid.${job.name}/${path}`;
    return storeBlob(world, account, { container: artifactContainer, name, bytes });
  };
  await keep(stdLog, Buffer.concat(log));
  for (const path of await leftIn(folder)) await keep(path, await readFile(join(folder, path)));
}

/** Seconds of a day, an hour, a minute, a second. */
const units = [86_400, 3600, 60, 1];

/** Seconds of an ISO 8601 duration such as PT1H30M; AML's usual limit where there is none. */
function secondsOf(duration: string | undefined): number {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration ?? '');
  const parts = [1, 2, 3, 4].map((index) => Number(match?.[index] ?? 0));
  const given = parts.reduce((sum, part, index) => sum + part * (units[index] ?? 0), 0);
  // A timer of this machine takes no more than 24 days.
  return given > 0 ? Math.min(given, 14 * 86_400) : 86_400;
}
