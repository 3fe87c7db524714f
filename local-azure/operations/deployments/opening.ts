import { allowed } from '../../arm/access.ts';
import { ArmError, badRequest } from '../../arm/errors.ts';
import { groupOf, pathOf } from '../../arm/place.ts';
import { asObject, isObject } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { unfold } from '../../arm/templates/resources.ts';
import type { TemplateResource } from '../../arm/templates/resources.ts';
import type { Surroundings } from '../../arm/templates/scope.ts';
import { openTemplate } from '../../arm/templates/template.ts';
import type { OpenTemplate } from '../../arm/templates/template.ts';
import type { Call, Caller } from '../../operation.ts';
import type { World } from '../../world.ts';
import { subscriptionOf } from '../resources/subscriptions.ts';

/** A request for a deployment, understood. */
export interface Opened {
  readonly name: string;
  readonly group: string;
  readonly caller: Caller;
  readonly mode: string;
  readonly open: OpenTemplate;
  readonly resources: readonly TemplateResource[];
  readonly runtime: Known;
}

/** What deployed resources answered to `reference` and `list…`, by call and target. */
export class Known {
  private readonly answers = new Map<string, unknown>();

  set(call: string, target: string, answer: unknown): void {
    this.answers.set(`${call}|${target}`.toLowerCase(), answer);
  }

  get(call: string, target: string): unknown {
    const answer = this.answers.get(`${call}|${target}`.toLowerCase());
    if (answer !== undefined) return answer;
    throw badRequest(
      'InvalidTemplate',
      `Deployment template validation failed: 'The resource '${target}' that ${call}() names was not found'.`,
    );
  }
}

/** Reads a deployment's request: template, parameters, resources. Throws what ARM answers to a wrong one. */
export function openDeployment(call: Call, world: World): Opened {
  const group = groupOf(world, pathOf(call));
  const properties = asObject(asObject(call.body)['properties']);
  const { template, parameters, mode } = properties;
  if (!isObject(template)) {
    throw badRequest(
      'InvalidRequestContent',
      "The request content was invalid: a 'template' is needed; template links are not simulated.",
    );
  }
  if (mode !== 'Incremental') {
    throw badRequest(
      'InvalidDeploymentMode',
      `The deployment mode '${String(mode)}' is not simulated: use 'Incremental'.`,
    );
  }
  if (call.caller === undefined) throw new ArmError(401, 'AuthenticationFailed', 'No caller.');
  const runtime = new Known();
  const name = call.params['deployment'] ?? '';
  const surroundings = surroundingsOf(world, group, name, call.caller, template);
  const open = openTemplate(template, asObject(parameters), surroundings, {
    reference: (target, full) => {
      const found = asObject(runtime.get('reference', target));
      return full ? found : found['properties'];
    },
    list: (action, target) => runtime.get(action, target),
  });
  return { name, group, caller: call.caller, mode, open, resources: unfold(open), runtime };
}

/** Refuses a deployment by a caller who may not write all of its resources. */
export function checkRights(world: World, { resources, caller }: Opened): void {
  const denied = resources
    .filter((resource) => !resource.existing)
    .filter(({ id, type }) => !allowed(world, caller, `${type}/write`, id));
  if (denied.length === 0) return;
  const sentences = denied.map(
    ({ id, type, name }) =>
      `Authorization failed for template resource '${name}' of type '${type}'. The client ` +
      `'${caller.objectId}' with object id '${caller.objectId}' does not have permission to perform ` +
      `action '${type}/write' at scope '${id}'.`,
  );
  throw new ArmError(
    403,
    'InvalidTemplateDeployment',
    `Deployment failed with multiple errors: '${sentences.join(':')}'`,
  );
}

function surroundingsOf(
  world: World,
  groupId: string,
  name: string,
  caller: Caller,
  template: Json,
): Surroundings {
  const group = world.resources.get(groupId);
  return {
    subscription: subscriptionOf(world),
    resourceGroup: {
      id: groupId,
      name: group?.name,
      type: group?.type,
      location: group?.location,
      tags: group?.tags ?? {},
      properties: { provisioningState: 'Succeeded' },
    },
    deployment: { name, properties: { template, mode: 'Incremental' } },
    deployer: { objectId: caller.objectId, tenantId: caller.tenantId },
    tenantId: world.tenantId,
    now: world.clock.now(),
  };
}
