import { randomUUID } from 'node:crypto';
import { versionIn } from '../../arm/api-versions.ts';
import { ArmError, conflict } from '../../arm/errors.ts';
import { nameOf } from '../../arm/ids.ts';
import type { Json } from '../../arm/json.ts';
import { groupOf, pathOf, scopeOf } from '../../arm/place.ts';
import { shown } from '../../arm/read.ts';
import type { Answer, Call } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { checkRights, openDeployment } from './opening.ts';
import { DEPLOYMENTS, finish, isActive, progressOf, shownParameters, stateOf } from './record.ts';
import type { Progress, Step } from './record.ts';
import { run } from './run.ts';

/** Answers a PUT: checks the template, then deploys it behind the answer. */
export function put(call: Call, world: World): Answer {
  const existing = world.resources.get(pathOf(call));
  if (existing !== undefined && isActive(existing)) throw stillActive(existing);
  const opened = openDeployment(call, world);
  checkRights(world, opened);
  const operationId = randomUUID();
  const deployment: StoredResource = {
    id: `${opened.group}/providers/${DEPLOYMENTS}/${opened.name}`,
    name: opened.name,
    type: DEPLOYMENTS,
    properties: {
      provisioningState: 'Accepted',
      mode: opened.mode,
      parameters: shownParameters(opened.open),
      timestamp: new Date(world.clock.now()).toISOString(),
      duration: 'PT0S',
      correlationId: call.headers['x-ms-correlation-request-id'] ?? randomUUID(),
      providers: providersOf(opened.resources.map(({ type }) => type)),
      dependencies: [],
    },
    hidden: {
      progress: { operationId, startedAt: world.clock.now(), steps: [], cancelled: false },
    },
  };
  world.resources.put(deployment);
  void run(world, deployment, opened);
  const status = `https://management.azure.com${deployment.id}/operationStatuses/${operationId}?api-version=${versionIn(call.query) ?? ''}`;
  return {
    status: existing === undefined ? 201 : 200,
    headers: { 'Azure-AsyncOperation': status, 'Retry-After': '0' },
    body: shown(deployment, world),
  };
}

export function readOne(call: Call, world: World): Answer {
  return { status: 200, body: shown(deploymentOf(call, world), world) };
}

export function exists(call: Call, world: World): Answer {
  return { status: world.resources.get(pathOf(call)) === undefined ? 404 : 204 };
}

export function list(call: Call, world: World): Answer {
  const scope = scopeOf(world, pathOf(call));
  const value = world.resources
    .below(scope)
    .filter(({ type }) => type === DEPLOYMENTS)
    .map((deployment) => shown(deployment, world));
  return { status: 200, body: { value } };
}

export function removeOne(call: Call, world: World): Answer {
  groupOf(world, pathOf(call));
  const deployment = world.resources.get(pathOf(call));
  if (deployment !== undefined && isActive(deployment)) throw stillActive(deployment);
  world.resources.delete(pathOf(call));
  return { status: 204 };
}

/** Stops what has not begun yet; requests under way end by themselves. */
export function cancel(call: Call, world: World): Answer {
  const deployment = deploymentOf(call, world);
  if (!isActive(deployment)) {
    throw conflict(
      'DeploymentCannotBeCancelled',
      `The deployment '${deployment.name}' cannot be cancelled because it is in state '${stateOf(deployment)}'.`,
    );
  }
  progressOf(deployment).cancelled = true;
  finish(deployment, world, 'Canceled', {
    error: {
      code: 'DeploymentCanceled',
      message: `The deployment '${deployment.name}' was canceled.`,
    },
  });
  return { status: 204 };
}

/** The poll of a deployment; waits a moment while it runs, so that clients told not to wait do not spin. */
export async function statusOf(call: Call, world: World): Promise<Answer> {
  const id = pathOf(call).replace(/\/operationStatuses\/[^/]+$/i, '');
  const deployment = found(id, world);
  if (isActive(deployment)) await world.clock.sleep(50);
  const { error } = deployment.properties;
  const body = { status: stateOf(deployment), ...(error === undefined ? {} : { error }) };
  return { status: 200, headers: isActive(deployment) ? { 'Retry-After': '0' } : {}, body };
}

export function listSteps(call: Call, world: World): Answer {
  const deployment = found(owner(call), world);
  const value = progressOf(deployment).steps.map((step) => shownStep(deployment, step));
  return { status: 200, body: { value } };
}

/** The deployment of a path to its operations; ARM's own path to them leaves the provider out. */
function owner(call: Call): string {
  return pathOf(call)
    .replace(/\/operations(\/[^/]+)?$/i, '')
    .replace(/(\/resourceGroups\/[^/]+)(\/deployments\/)/i, '$1/providers/Microsoft.Resources$2');
}

export function readStep(call: Call, world: World): Answer {
  const deployment = found(owner(call), world);
  const wanted = call.params['step'] ?? '';
  const step = progressOf(deployment).steps.find((one) => one.operationId === wanted);
  if (step === undefined) {
    throw new ArmError(
      404,
      'DeploymentOperationNotFound',
      `The operation '${wanted}' could not be found.`,
    );
  }
  return { status: 200, body: shownStep(deployment, step) };
}

function shownStep(deployment: StoredResource, step: Step): Json {
  const ended = step.endedAt ?? step.startedAt;
  return {
    id: `${deployment.id}/operations/${step.operationId}`,
    operationId: step.operationId,
    properties: {
      provisioningOperation: 'Create',
      provisioningState: step.state,
      timestamp: new Date(ended).toISOString(),
      duration: `PT${((ended - step.startedAt) / 1000).toFixed(3)}S`,
      trackingId: step.operationId,
      statusCode: step.statusCode,
      ...(step.error === undefined ? {} : { statusMessage: { error: step.error } }),
      targetResource: step.target,
    },
  };
}

function deploymentOf(call: Call, world: World): StoredResource {
  return found(pathOf(call).replace(/\/cancel$/i, ''), world);
}

function found(id: string, world: World): StoredResource {
  groupOf(world, id);
  const deployment = world.resources.get(id);
  if (deployment === undefined) {
    throw new ArmError(404, 'DeploymentNotFound', `Deployment '${nameOf(id)}' could not be found.`);
  }
  return deployment;
}

function stillActive(deployment: StoredResource): ArmError {
  const { startedAt }: Progress = progressOf(deployment);
  const from = new Date(startedAt).toISOString();
  const until = new Date(startedAt + 7 * 24 * 3600 * 1000).toISOString();
  return conflict(
    'DeploymentActive',
    `Unable to edit or replace deployment '${deployment.name}': previous deployment from '${from}' is ` +
      `still active (expiration time is '${until}'). Please see https://aka.ms/arm-deploy for usage details.`,
  );
}

function providersOf(types: readonly string[]): Json[] {
  const distinct = [...new Set(types)];
  const namespaces = new Set(distinct.map((type) => type.split('/')[0] ?? ''));
  return [...namespaces].map((namespace) => ({
    namespace,
    resourceTypes: distinct
      .filter((type) => type.startsWith(`${namespace}/`))
      .map((type) => ({ resourceType: type.slice(namespace.length + 1) })),
  }));
}
