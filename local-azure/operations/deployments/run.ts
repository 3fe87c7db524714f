import { randomUUID } from 'node:crypto';
import { ArmError, detailOf } from '../../arm/errors.ts';
import type { ErrorDetail } from '../../arm/errors.ts';
import { keyOf, nameOf } from '../../arm/ids.ts';
import { asObject, asText, textAt } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { bodyOf, matching, runtimeCalls } from '../../arm/templates/resources.ts';
import type { TemplateResource } from '../../arm/templates/resources.ts';
import { evaluateAll } from '../../arm/templates/scope.ts';
import type { Answer } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { dispatchOf, sendAndWait } from './dispatching.ts';
import type { Opened } from './opening.ts';
import { finish, progressOf } from './record.ts';
import type { Step } from './record.ts';

/** Deploys every resource as soon as those it waits for are there, then works out the outputs. Never throws. */
export async function run(world: World, deployment: StoredResource, opened: Opened): Promise<void> {
  const progress = progressOf(deployment);
  // The answer to the PUT says Accepted, so nothing happens before it has been given.
  await world.clock.sleep(0);
  if (!progress.cancelled) deployment.properties['provisioningState'] = 'Running';
  const results = new Map<string, Promise<boolean>>();
  const result = (resource: TemplateResource): Promise<boolean> => {
    const key = keyOf(resource.id);
    const known = results.get(key) ?? deployAfter(resource);
    results.set(key, known);
    return known;
  };
  const deployAfter = async (resource: TemplateResource): Promise<boolean> => {
    const needed = opened.resources.filter((one) => resource.needs.has(keyOf(one.id)));
    const ready = await Promise.all(needed.map(result));
    if (progress.cancelled || ready.includes(false)) return false;
    return deployOne(world, deployment, opened, resource);
  };
  const succeeded = await Promise.all(opened.resources.map(result));
  if (progress.cancelled) return;
  if (succeeded.includes(false))
    finish(deployment, world, 'Failed', { error: failureOf(deployment) });
  else await finishWithOutputs(world, deployment, opened);
}

async function deployOne(
  world: World,
  deployment: StoredResource,
  opened: Opened,
  resource: TemplateResource,
): Promise<boolean> {
  if (resource.existing) return true;
  const step = beginStep(world, deployment, resource);
  try {
    await learn(world, opened, resource.source, resource.scope);
    const request = {
      method: 'PUT',
      path: resource.id,
      apiVersion: resource.apiVersion,
      body: bodyOf(resource),
      caller: opened.caller,
    };
    const answer = await sendAndWait(world, request, () => progressOf(deployment).cancelled);
    endStep(world, step, answer.status, errorIn(answer, resource));
  } catch (thrown) {
    endStep(world, step, 400, thrownDetail(thrown));
  }
  return step.state === 'Succeeded';
}

/** Asks for what `reference(…)` and `list…(…)` in a value name. A resource that is missing stays unknown. */
async function learn(
  world: World,
  { caller, resources, runtime }: Opened,
  value: unknown,
  scope: TemplateResource['scope'],
): Promise<void> {
  const dispatch = dispatchOf(world);
  for (const { name, target, apiVersion } of runtimeCalls(value, scope)) {
    const own = target.startsWith('/') ? undefined : matching(target, resources)[0];
    const id = own?.id ?? target;
    const known = resources.find((one) => keyOf(one.id) === keyOf(id));
    const version = apiVersion ?? known?.apiVersion ?? '2025-01-01';
    const reads = name.toLowerCase() === 'reference';
    const answer = reads
      ? await dispatch('GET', id, version, undefined, caller)
      : await dispatch('POST', `${id}/${name}`, version, undefined, caller);
    if (answer.status < 300) runtime.set(reads ? 'reference' : name, target, answer.body);
  }
}

async function finishWithOutputs(
  world: World,
  deployment: StoredResource,
  opened: Opened,
): Promise<void> {
  try {
    const { scope, outputs } = opened.open;
    await learn(world, opened, outputs, scope);
    const values = Object.entries(outputs)
      .map(([name, output]) => [name, asObject(output)] as const)
      .filter(
        ([, output]) =>
          output['condition'] === undefined || evaluateAll(output['condition'], scope) === true,
      )
      .map(([name, output]) => [
        name,
        { type: typeName(output['type']), value: evaluateAll(output['value'], scope) },
      ]);
    finish(deployment, world, 'Succeeded', {
      outputs: Object.fromEntries(values) as Json,
      outputResources: opened.resources.map(({ id }) => ({ id })),
    });
  } catch (thrown) {
    const detail = { ...thrownDetail(thrown), code: 'DeploymentOutputEvaluationFailed' };
    finish(deployment, world, 'Failed', { error: detail });
  }
}

/** ARM writes types of outputs with a capital: String, Bool, SecureString. */
function typeName(type: unknown): string {
  const text = asText(type) ?? 'string';
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function failureOf(deployment: StoredResource): ErrorDetail {
  const details = progressOf(deployment).steps.flatMap((step) => step.error ?? []);
  return {
    code: 'DeploymentFailed',
    target: deployment.id,
    message:
      'At least one resource deployment operation failed. Please list deployment operations for ' +
      'details. Please see https://aka.ms/arm-deployment-operations for usage details.',
    details,
  };
}

function beginStep(world: World, deployment: StoredResource, resource: TemplateResource): Step {
  const step: Step = {
    operationId: randomUUID().replaceAll('-', '').toUpperCase().slice(0, 16),
    target: { id: resource.id, resourceType: resource.type, resourceName: resource.name },
    state: 'Running',
    startedAt: world.clock.now(),
    endedAt: undefined,
    statusCode: 'Accepted',
    error: undefined,
  };
  progressOf(deployment).steps.push(step);
  return step;
}

function endStep(world: World, step: Step, status: number, error: ErrorDetail | undefined): void {
  step.endedAt = world.clock.now();
  step.state = error === undefined ? 'Succeeded' : 'Failed';
  step.error = error;
  step.statusCode = error === undefined ? 'OK' : (STATUS_NAMES[status] ?? 'Conflict');
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
};

/** What is wrong in the last answer of a request: a refusal, or work that ended in failure. */
function errorIn(answer: Answer, resource: TemplateResource): ErrorDetail | undefined {
  const body = asObject(answer.body);
  const error = asObject(body['error']);
  if (answer.status >= 400 && Object.keys(body).length > 1) {
    // What is more than ARM's own form arrives as a text (microsoft/AzureTRE#1255).
    return {
      code: STATUS_NAMES[answer.status] ?? 'Conflict',
      target: resource.id,
      message: JSON.stringify(body, undefined, 2),
    };
  }
  if (answer.status >= 400) {
    return {
      code: textAt(error, 'code', String(answer.status)),
      target: resource.id,
      ...messageIn(error),
    };
  }
  const state = asText(body['status']) ?? asText(asObject(body['properties'])['provisioningState']);
  if (state === undefined || !/^(Failed|Canceled)$/i.test(state)) return undefined;
  const { code } = error;
  return {
    code: 'ResourceDeploymentFailure',
    target: resource.id,
    message:
      'The resource write operation failed to complete successfully, because it reached terminal ' +
      `provisioning state '${state}'.`,
    // Some services say only in the resource itself why they failed.
    ...(typeof code === 'string' && code !== ''
      ? { details: [{ code, target: nameOf(resource.id), ...messageIn(error) }] }
      : {}),
  };
}

function messageIn(error: Json): { message: string; details?: readonly ErrorDetail[] } {
  const message = asText(error['message']) ?? '';
  const { details } = error;
  return Array.isArray(details) ? { message, details: details as ErrorDetail[] } : { message };
}

function thrownDetail(thrown: unknown): ErrorDetail {
  if (thrown instanceof ArmError) return detailOf(thrown);
  return {
    code: 'InternalServerError',
    message: thrown instanceof Error ? thrown.message : String(thrown),
  };
}
