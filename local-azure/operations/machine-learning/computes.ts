import { ArmError, badRequest } from '../../arm/errors.ts';
import type { ErrorDetail } from '../../arm/errors.ts';
import { begin, pollHeaders } from '../../arm/long-running.ts';
import { missing, pathOf } from '../../arm/place.ts';
import { remove } from '../../arm/remove.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import { pollPlace } from '../../arm/write.ts';
import { endpointsOf } from '../../inside/names.ts';
import { at, fields, text } from '../../inside/json-fields.ts';
import { networkOf } from '../../inside/source.ts';
import type { Answer, Call } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { failWhereOutOfReach } from './node-needs.ts';
import { keptIn } from '../../world.ts';

export const computeType = 'Microsoft.MachineLearningServices/workspaces/computes';

function refuse(message: string): never {
  throw badRequest('BadRequest', message);
}

function workspaceOf(world: World, id: string): StoredResource | undefined {
  return world.resources.get(id.replace(/\/computes\/[^/]+$/i, ''));
}

/** ISO 8601 minutes, hours and days as minutes; NaN where it is something else. */
function minutes(duration: string): number {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(duration);
  if (match === null) return Number.NaN;
  const [, days = '0', hours = '0', rest = '0'] = match;
  return Number(days) * 1440 + Number(hours) * 60 + Number(rest);
}

function checkSubnet(world: World, workspace: StoredResource | undefined, draft: StoredResource) {
  const inner = draft.properties['properties'];
  const subnetId = text(inner, 'subnet', 'id');
  if (subnetId === undefined) {
    if (at(inner, 'enableNodePublicIp') === false) {
      refuse('A subnet is needed where enableNodePublicIp is false.');
    }
    return;
  }
  if (world.resources.get(subnetId) === undefined) refuse(`The subnet ${subnetId} was not found.`);
  if (at(inner, 'enableNodePublicIp') !== false || workspace === undefined) return;
  const reachable = endpointsOf(world, workspace.id, 'amlworkspace').some((endpoint) => {
    const near = text(endpoint.properties, 'subnet', 'id') ?? '';
    return networkOf(near).toLowerCase() === networkOf(subnetId).toLowerCase();
  });
  if (!reachable) {
    refuse(
      'Compute without public IP needs a private endpoint of the workspace in the network of its subnet.',
    );
  }
}

function checkCompute({ world, id, draft }: Write): void {
  const kind = text(draft.properties, 'computeType');
  if (kind !== 'AmlCompute' && kind !== 'ComputeInstance') {
    refuse(`computeType '${kind ?? ''}' is not simulated.`);
  }
  if (!/^[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,30}[a-zA-Z0-9]$/.test(draft.name)) {
    refuse(`The compute name '${draft.name}' is invalid.`);
  }
  if (text(draft.properties, 'properties', 'vmSize') === undefined) refuse('vmSize is missing.');
  const idle = text(draft.properties, 'properties', 'idleTimeBeforeShutdown');
  if (idle !== undefined && !(minutes(idle) >= 15 && minutes(idle) <= 4320)) {
    refuse('idleTimeBeforeShutdown must be between 15 minutes and 3 days.');
  }
  checkSubnet(world, workspaceOf(world, id), draft);
}

const clusterState = {
  allocationState: 'Steady',
  currentNodeCount: 0,
  targetNodeCount: 0,
  nodeStateCounts: { idleNodeCount: 0, runningNodeCount: 0, preparingNodeCount: 0 },
};

function deriveCompute({ world, draft, existing }: Write): void {
  const now = new Date(world.clock.now()).toISOString();
  const given = fields(draft.properties['properties']);
  const cluster = text(draft.properties, 'computeType') === 'AmlCompute';
  const before = fields(existing?.properties['properties']);
  const instanceState = { state: before['state'] ?? 'Creating' };
  const failed = text(existing?.properties, 'provisioningState') === 'Failed';
  draft.hidden = { ...draft.hidden, failed };
  draft.properties = {
    disableLocalAuth: false,
    isAttachedCompute: false,
    ...draft.properties,
    computeLocation: text(draft.properties, 'computeLocation') ?? draft.location,
    createdOn: text(existing?.properties, 'createdOn') ?? now,
    modifiedOn: now,
    provisioningErrors: null,
    properties: { ...given, ...(cluster ? clusterState : instanceState) },
  };
}

/** How the creation of a compute is to end; see `failCreation`. */
interface PlannedFailure {
  readonly error: ErrorDetail;
  /** Whether the operation tells of it; otherwise only the compute itself does. */
  readonly told: boolean;
}

/** Lets every creation of the compute with this name fail from now on; without an error it succeeds again. */
export function failCreation(world: World, name: string, failure?: PlannedFailure): void {
  const failing = failingComputes(world);
  if (failure === undefined) failing.delete(name);
  else failing.set(name, failure);
}

const failingComputes = (world: World): Map<string, PlannedFailure> =>
  keptIn(world, 'failingComputes', () => new Map<string, PlannedFailure>());

/**
 * A compute that could not be made stays as Failed, with the reason in `provisioningErrors`
 * (Azure/MachineLearningNotebooks#1169).
 */
function failAsPlanned(world: World, compute: StoredResource): void {
  const failure = failingComputes(world).get(compute.name);
  if (failure === undefined) return;
  const instance = text(compute.properties, 'computeType') === 'ComputeInstance';
  compute.properties = {
    ...compute.properties,
    provisioningState: 'Failed',
    provisioningErrors: [{ error: failure.error }],
    properties: {
      ...fields(compute.properties['properties']),
      ...(instance ? { state: 'CreateFailed' } : {}),
    },
  };
  const { code, message } = failure.error;
  throw failure.told ? new ArmError(409, code, message) : new ArmError(409, '', '');
}

/** Whether the creation had failed before the write that is now ending. */
function isFailed(compute: StoredResource): boolean {
  return compute.hidden?.['failed'] === true;
}

/** AML's computes; they occupy their subnet because their properties name it. */
export const computes: ResourceType = {
  type: computeType,
  located: true,
  verbs: ['get', 'list', 'put', 'patch'],
  creates: 201,
  seconds: { create: 90, update: 20, delete: 60 },
  secrets: ['properties.userAccountCredentials.adminUserPassword'],
  check: checkCompute,
  derive: deriveCompute,
  settled: (compute, world, created) => {
    if (created || isFailed(compute)) {
      failAsPlanned(world, compute);
      failWhereOutOfReach(world, compute, 'CreateFailed');
    }
    if (text(compute.properties, 'computeType') !== 'ComputeInstance') return;
    compute.properties['properties'] = {
      ...fields(compute.properties['properties']),
      state: 'Running',
    };
  },
  simplified:
    'AmlCompute and ComputeInstance; no node exists, an instance takes as long as a cluster; what nodes could not reach fails the creation',
};

function computeOf(call: Call, world: World): StoredResource {
  const id = /^.*\/computes\/[^/]+/i.exec(pathOf(call))?.[0] ?? '';
  const compute = world.resources.get(id);
  if (compute === undefined) throw missing(id);
  return compute;
}

/** Answers DELETE, which has to say what becomes of the machines. */
export function removeCompute(call: Call, world: World): Answer {
  const action = call.query.get('underlyingResourceAction');
  if (action !== 'Delete' && action !== 'Detach') {
    refuse('underlyingResourceAction must be Delete or Detach.');
  }
  return remove(computes, call, world);
}

/** Answers start, stop and restart of a compute instance. */
export function changeInstance(end: 'Running' | 'Stopped', call: Call, world: World): Answer {
  const compute = computeOf(call, world);
  if (text(compute.properties, 'computeType') !== 'ComputeInstance') {
    refuse('Only a compute instance can be started and stopped.');
  }
  const set = (state: string): void => {
    compute.properties['properties'] = { ...fields(compute.properties['properties']), state };
  };
  set(end === 'Running' ? 'Starting' : 'Stopping');
  const work = begin(world, 60, () => {
    if (end === 'Running') failWhereOutOfReach(world, compute, 'Unusable');
    set(end);
  });
  const headers = pollHeaders(world, work, pollPlace(call, compute, world), ['Location']);
  return { status: 202, headers };
}

/** Answers a change of the idle time of a compute instance. */
export function changeIdleTime(call: Call, world: World): Answer {
  const compute = computeOf(call, world);
  const idle = text(call.body, 'idleTimeBeforeShutdown');
  const inner = { ...fields(compute.properties['properties']) };
  if (idle === undefined) delete inner['idleTimeBeforeShutdown'];
  else inner['idleTimeBeforeShutdown'] = idle;
  compute.properties['properties'] = inner;
  return { status: 200 };
}
