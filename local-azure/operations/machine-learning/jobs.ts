import { badRequest, conflict, type ArmError } from '../../arm/errors.ts';
import { asObject, withoutNulls } from '../../arm/json.ts';
import { missing, pathOf, placeOf } from '../../arm/place.ts';
import { shown } from '../../arm/read.ts';
import { register } from '../../arm/resource-type.ts';
import { text } from '../../inside/json-fields.ts';
import type { Answer, Call } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { advance, performanceOf } from './performance.ts';
import { beginExecution } from './execute.ts';
import { jobType } from './job.ts';
import { runtimeOf } from './job-runtime.ts';
import { beginPlay } from './play.ts';
import { hasEnded } from './timeline.ts';

register({ type: jobType, creates: 201, stateful: false });

/** The workspace that a path lies in; 404 where it is not there. */
export function workspaceOf(path: string, world: World): StoredResource {
  const id = /^.*\/Microsoft\.MachineLearningServices\/workspaces\/[^/]+/i.exec(path)?.[0] ?? '';
  const workspace = world.resources.get(id);
  if (workspace === undefined) throw missing(id);
  return workspace;
}

function userError(message: string): ArmError {
  return badRequest('UserError', message);
}

/** A named part of a job's definition, in the workspace; refused where it is not there. */
function named(world: World, properties: unknown, name: string, what: string): StoredResource {
  const id = text(properties, name);
  const found = id === undefined ? undefined : world.resources.get(id);
  if (found === undefined) throw userError(`The ${what} '${id ?? ''}' was not found.`);
  return found;
}

/** Answers PUT of a job: it begins at once; what it does cannot be changed any more. */
export function putJob(call: Call, world: World): Answer {
  const workspace = workspaceOf(pathOf(call), world);
  const body = asObject(withoutNulls(call.body));
  const asked = asObject(body['properties']);
  const existing = world.resources.get(pathOf(call));
  if (existing !== undefined) return updateJob(existing, asked, world);
  if (asked['jobType'] !== 'Command' || text(asked, 'command') === undefined) {
    throw userError(`Jobs of type '${text(asked, 'jobType') ?? ''}' are not simulated.`);
  }
  if (!/^[a-zA-Z0-9][\w-]{0,254}$/.test(call.params['name'] ?? '')) {
    throw userError('The name of a job has letters, digits, hyphens and underscores only.');
  }
  const name = placeOf(world, pathOf(call)).split('/').at(-1) ?? '';
  return { status: 201, body: shown(submitJob(world, workspace, name, asked), world) };
}

/** Submits a job; refused where its compute or its environment is not there. */
export function submitJob(
  world: World,
  workspace: StoredResource,
  name: string,
  asked: Readonly<Record<string, unknown>>,
): StoredResource {
  const compute = named(world, asked, 'computeId', 'compute');
  const environment = named(world, asked, 'environmentId', 'environment');
  const job = newJob(`${workspace.id}/jobs/${name}`, workspace, asked, world);
  begin(world, { job, workspace, compute, environment });
  world.resources.put(job);
  advance(world, job);
  return job;
}

/** Runs a job where its runtime is prepared on this machine, and otherwise plays it. */
function begin(world: World, of: Parameters<typeof beginPlay>[1]): void {
  const runtime = runtimeOf(world);
  // The contract app uploads nothing and submits a job that has nothing to run.
  const pretended = text(of.job.properties, 'inputs', 'image_is_zip', 'value') !== undefined;
  if (runtime === undefined || pretended) beginPlay(world, of);
  else beginExecution(world, of, runtime);
}

function newJob(
  id: string,
  workspace: StoredResource,
  asked: Readonly<Record<string, unknown>>,
  world: World,
): StoredResource {
  const name = id.slice(id.lastIndexOf('/') + 1);
  const studio = `https://ml.azure.com/runs/${name}?wsid=${workspace.id}&tid=${world.tenantId}`;
  const service = (type: string, endpoint: string): Record<string, unknown> => ({
    jobServiceType: type,
    endpoint,
    status: null,
  });
  return {
    id,
    name,
    type: jobType,
    hidden: { createdAt: new Date(world.clock.now()).toISOString() },
    properties: {
      displayName: name,
      experimentName: 'Default',
      isArchived: false,
      tags: {},
      properties: {},
      ...asked,
      status: 'NotStarted',
      services: {
        Tracking: service('Tracking', `azureml://${workspace.location ?? ''}.api.azureml.ms`),
        Studio: service('Studio', studio),
      },
    },
  };
}

/** A second PUT may change tags, the name that is shown, and whether the job is archived. */
function updateJob(
  existing: StoredResource,
  asked: Readonly<Record<string, unknown>>,
  world: World,
): Answer {
  advance(world, existing);
  const created = ['command', 'environmentId', 'computeId', 'inputs'].find(
    (name) =>
      asked[name] !== undefined &&
      JSON.stringify(asked[name]) !== JSON.stringify(existing.properties[name]),
  );
  if (created !== undefined) {
    throw conflict(
      'UserError',
      `A job with this name exists, and its ${created} cannot be changed.`,
    );
  }
  for (const name of ['displayName', 'isArchived', 'tags']) {
    if (asked[name] !== undefined) existing.properties[name] = asked[name];
  }
  return { status: 200, body: shown(existing, world) };
}

function jobOf(call: Call, world: World): StoredResource {
  workspaceOf(pathOf(call), world);
  const id = pathOf(call).replace(/\/cancel$/i, '');
  const job = world.resources.get(id);
  if (job === undefined) throw missing(id);
  advance(world, job);
  return job;
}

/** Answers GET of a job. */
export function readJob(call: Call, world: World): Answer {
  return { status: 200, body: shown(jobOf(call, world), world) };
}

/** Answers GET of a workspace's jobs, the newest first. */
export function listJobs(call: Call, world: World): Answer {
  const workspace = workspaceOf(pathOf(call), world);
  const jobs = world.resources.below(workspace.id).filter((one) => one.type === jobType);
  for (const job of jobs) advance(world, job);
  return { status: 200, body: { value: jobs.map((one) => shown(one, world)).reverse() } };
}

/** Answers a cancel: 202 while it is on its way, 200 for a job that has ended. */
export function cancelJob(call: Call, world: World): Answer {
  const job = jobOf(call, world);
  if (hasEnded(String(job.properties['status']))) return { status: 200 };
  performanceOf(world, job)?.cancel();
  const version = call.query.get('api-version') ?? '';
  const location = `https://management.azure.com${job.id}?api-version=${version}`;
  return { status: 202, headers: { Location: location, 'Retry-After': '1' } };
}

/** Answers DELETE of a job that has ended. */
export function removeJob(call: Call, world: World): Answer {
  const found = world.resources.get(pathOf(call));
  if (found === undefined) return { status: 204 };
  advance(world, found);
  if (!hasEnded(String(found.properties['status']))) {
    throw conflict('UserError', 'A job that has not ended cannot be deleted.');
  }
  world.resources.delete(found.id);
  return { status: 200 };
}
