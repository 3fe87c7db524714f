import { fields, text } from '../../inside/json-fields.ts';
import type { StoredResource, World } from '../../world.ts';
import { registerModel } from './assets.ts';
import { showAllocation } from './allocation.ts';
import { courseOf, faultsOf, type Course, type JobFault } from './job-faults.ts';
import { obstacleOf, type Needs } from './obstacles.ts';
import { notePlayed, perform, type Performance } from './performance.ts';
import { badZipLine, recordingOf, type RecordedRun } from './recorded-runs.ts';
import { beginning, cancelSeconds, hasEnded, phaseAt, progressAt, timeline } from './timeline.ts';
import type { Phase } from './timeline.ts';

/** A job that is played. */
interface Play {
  readonly world: World;
  readonly job: StoredResource;
  readonly compute: StoredResource;
  readonly environmentName: string;
  readonly recording: RecordedRun | undefined;
  readonly phases: readonly Phase[];
  readonly end: Course['end'];
  /** Why it fails, and the last line of its log then; undefined where it ends well. */
  readonly failure: { readonly message: string; readonly line: string } | undefined;
  readonly faults: readonly JobFault[];
  /** Set once a cancel was asked for: when it takes effect. */
  cancelledAt?: number;
  registered?: boolean;
}

/** The property of a job that says that it was played. */
export const playedProperty = 'localAzure.played';

/** Seconds for which AML's addresses of files can be read (from memory). */
export const usualAddressSeconds = 3600;

/** Begins to play a job: decides at once how it will end, from what is deployed and by the faults in force. */
export function beginPlay(
  world: World,
  of: Omit<Needs, 'job'> & { readonly job: StoredResource },
): void {
  const { job, compute, environment } = of;
  // What came as a snapshot of code would leave files that no recording has.
  const sent = text(job.properties, 'properties', 'ContentSnapshotId') !== undefined;
  const recording = sent ? undefined : recordingOf(text(job.properties, 'command') ?? '');
  const faults = [...inputFaults(job), ...faultsOf(world, job.name)];
  const obstacle =
    recording === undefined
      ? 'Local Azure has no recording of this command line, and no runtime is prepared for it.'
      : obstacleOf(world, { ...of, job: job.properties });
  // What a node lacks it notices before it runs.
  const course: Course =
    obstacle === undefined
      ? courseOf(recording?.seconds ?? 0, faults)
      : { steps: beginning, end: 'Failed' };
  const play: Play = {
    ...{ world, job, compute, recording, faults },
    phases: timeline(world.clock.now(), world.pace, course.steps),
    end: course.end,
    failure: obstacle === undefined ? failureBy(faults) : { message: obstacle, line: obstacle },
    environmentName: environment.id.split('/').at(-3) ?? '',
  };
  const name = recording?.name ?? 'unknown command';
  const properties = fields(job.properties['properties']);
  job.properties['properties'] = { ...properties, [playedProperty]: name };
  perform(world, job, performance(play));
  notePlayed(world, name);
}

/** The contract app says by this input what it was sent; a bad image is noticed while the job runs. */
function inputFaults(job: StoredResource): readonly JobFault[] {
  const given = text(job.properties, 'inputs', 'image_is_zip', 'value');
  return given === 'false' ? [{ kind: 'fail', after: 0.2, message: badZipLine }] : [];
}

function failureBy(faults: readonly JobFault[]): Play['failure'] {
  const fault = faults.find((one) => one.kind === 'fail');
  return fault && { message: fault.message, line: fault.line ?? fault.message };
}

function performance(play: Play): Performance {
  const expiry = play.faults.find((one) => one.kind === 'log-expires');
  return {
    advance: () => advancePlay(play),
    cancel: () => {
      const { world } = play;
      play.cancelledAt ??= world.clock.now() + cancelSeconds * 1000 * world.pace;
      advancePlay(play);
    },
    log: () => logOfPlay(play),
    failure: () => play.failure?.message,
    file: (path) => Promise.resolve(filesOf(play).get(path)),
    paths: () => Promise.resolve([...filesOf(play).keys()]),
    addressSeconds: expiry?.seconds ?? usualAddressSeconds,
  };
}

function advancePlay(play: Play): void {
  const { job } = play;
  if (hasEnded(String(job.properties['status']))) return;
  job.properties['status'] = statusOf(play);
  const wait = play.faults.find((one) => one.kind === 'queue');
  if (wait !== undefined) {
    showAllocation(play.compute, job.properties['status'] === 'Queued' ? wait.errors : undefined);
  }
  registerIfDue(play);
}

function statusOf(play: Play): string {
  const now = play.world.clock.now();
  if (play.cancelledAt !== undefined) {
    return now < play.cancelledAt ? 'CancelRequested' : 'Canceled';
  }
  return phaseAt(play.phases, now)?.status ?? play.end;
}

function progress({ world, phases, cancelledAt }: Play): number {
  return progressAt(phases, Math.min(world.clock.now(), cancelledAt ?? Infinity));
}

function registerIfDue(play: Play): void {
  const { world, job } = play;
  const model = play.recording?.model;
  if (model === undefined || play.registered || progress(play) < model.after) return;
  const workspace = world.resources.get(job.id.replace(/\/jobs\/[^/]+$/i, ''));
  if (workspace === undefined) return;
  play.registered = true;
  const tags = {
    ...fields(job.properties['tags']),
    python_environment_name: play.environmentName,
    python_environment_version: '1',
  };
  const modelId = registerModel(world, workspace, {
    name: model.name,
    properties: {
      modelType: 'custom_model',
      modelUri: `azureml://jobs/${job.name}/outputs/artifacts/paths/final_model/`,
      jobName: job.name,
      tags,
    },
  });
  job.properties['tags'] = { ...fields(job.properties['tags']), model_id: modelId };
}

function logOfPlay(play: Play): Buffer {
  const done = progress(play);
  const ended = hasEnded(String(play.job.properties['status']));
  if (done === 0 && !ended) return Buffer.alloc(0);
  const lines = (play.recording?.lines ?? [])
    .filter(([after]) => after <= done)
    .map(([, line]) => `${line}\n`);
  if (ended && play.end === 'Failed' && play.failure) lines.push(`${play.failure.line}\n`);
  const all = Buffer.from(lines.join(''));
  const pieces = play.faults.find((one) => one.kind === 'log-in-pieces');
  if (pieces === undefined || ended) return all;
  return all.subarray(0, all.length - (all.length % pieces.bytes));
}

function filesOf(play: Play): ReadonlyMap<string, Buffer> {
  const done = progress(play);
  const there = (play.recording?.files ?? []).filter(({ after }) => after <= done && done > 0);
  return new Map(there.map(({ path, content }) => [path, Buffer.from(content)]));
}
