import { fields, text } from '../../inside/json-fields.ts';
import type { StoredResource, World } from '../../world.ts';
import { registerModel } from './assets.ts';
import { obstacleOf, type Needs } from './obstacles.ts';
import { badZipLine, recordingOf, type RecordedRun } from './recorded-runs.ts';
import { hasEnded, phaseAt, progressAt, timeline, type Phase } from './timeline.ts';

/** How a job that is played goes; kept hidden beside it. */
interface Play {
  readonly phases: readonly Phase[];
  /** Why it fails; undefined where it ends well. */
  readonly failure: string | undefined;
  readonly environmentName: string;
  /** Set once a cancel was asked for: when it takes effect. */
  cancelledAt?: number;
  registered?: boolean;
}

/** Seconds until a cancel has taken effect. */
const cancelSeconds = 5;

/** The property of a job that says that it was played. */
export const playedProperty = 'localAzure.played';

function playOf(job: StoredResource): Play | undefined {
  return job.hidden?.['play'] as Play | undefined;
}

/** The names of what was played so far, for whoever wants to count them. */
export function playedNames(world: World): string[] {
  const known = world.data.get('played') as string[] | undefined;
  if (known !== undefined) return known;
  const made: string[] = [];
  world.data.set('played', made);
  return made;
}

/** Begins to play a job: decides at once how it will end, from what is deployed. */
export function beginPlay(
  world: World,
  of: Omit<Needs, 'job'> & { readonly job: StoredResource },
): void {
  const { job, environment } = of;
  const recording = recordingFor(job);
  const failure =
    recording === undefined
      ? 'Local Azure has no recording of this command line.'
      : (obstacleOf(world, { ...of, job: job.properties }) ?? inputFailure(job));
  const name = recording?.name ?? 'unknown command';
  const play: Play = {
    phases: timeline(world.clock.now(), world.pace, recording?.seconds ?? 5),
    failure,
    environmentName: environment.id.split('/').at(-3) ?? '',
  };
  job.hidden = { ...job.hidden, play };
  job.properties['properties'] = {
    ...fields(job.properties['properties']),
    [playedProperty]: name,
  };
  playedNames(world).push(name);
  world.events.emit('played', name);
}

function recordingFor(job: StoredResource): RecordedRun | undefined {
  return recordingOf(text(job.properties, 'command') ?? '');
}

/** The contract app says by this input what it was sent. */
function inputFailure(job: StoredResource): string | undefined {
  const given = text(job.properties, 'inputs', 'image_is_zip', 'value');
  return given === 'false' ? badZipLine : undefined;
}

/** Brings a job to the state it has now; at its end it registers its model. */
export function advance(world: World, job: StoredResource): void {
  const play = playOf(job);
  if (play === undefined || hasEnded(String(job.properties['status']))) return;
  job.properties['status'] = statusOf(world, play);
  registerIfDue(world, job, play);
}

function statusOf(world: World, play: Play): string {
  const now = world.clock.now();
  if (play.cancelledAt !== undefined) {
    return now < play.cancelledAt ? 'CancelRequested' : 'Canceled';
  }
  const status = phaseAt(play.phases, now);
  // What a node lacks it notices before it runs; a bad image only while it runs.
  const early = play.failure !== undefined && play.failure !== badZipLine;
  if (early && (status === 'Running' || status === 'Finalizing')) return 'Failed';
  return status ?? (play.failure === undefined ? 'Completed' : 'Failed');
}

function registerIfDue(world: World, job: StoredResource, play: Play): void {
  const model = recordingFor(job)?.model;
  if (model === undefined || play.registered || play.failure !== undefined) return;
  if (job.properties['status'] === 'Canceled' || progress(world, play) < model.after) return;
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

function progress(world: World, play: Play): number {
  return progressAt(play.phases, play.cancelledAt ?? world.clock.now());
}

/** Asks a job to end. */
export function cancelPlay(world: World, job: StoredResource): void {
  const play = playOf(job);
  if (play === undefined) return;
  play.cancelledAt ??= world.clock.now() + cancelSeconds * 1000 * world.pace;
  advance(world, job);
}

/** What the job has written so far. */
export function logOf(world: World, job: StoredResource): string {
  const play = playOf(job);
  const recording = recordingFor(job);
  if (play === undefined) return '';
  const done = progress(world, play);
  const ended = hasEnded(String(job.properties['status']));
  if (play.failure !== undefined) {
    const said = recording?.lines[0]?.[1] ?? '';
    return ended ? `${said}\n${play.failure}\n` : '';
  }
  const started = String(job.properties['status']) !== 'NotStarted' && done > 0;
  if (!started && !ended) return '';
  return (recording?.lines ?? [])
    .filter(([after]) => after <= done)
    .map(([, line]) => `${line}\n`)
    .join('');
}

/** The training curve of what the job has done so far. */
export function metricsOf(world: World, job: StoredResource): readonly unknown[] {
  const play = playOf(job);
  const rows = recordingFor(job)?.metrics ?? [];
  if (play === undefined || play.failure !== undefined) return [];
  const done = progress(world, play);
  return rows.filter((_, index) => done >= 0.3 + 0.2 * index);
}

/** Why a job failed, or undefined. */
export function failureOf(job: StoredResource): string | undefined {
  return job.properties['status'] === 'Failed' ? playOf(job)?.failure : undefined;
}
