import { randomUUID } from 'node:crypto';
import { versionIn } from '../../arm/api-versions.ts';
import { badRequest, conflict, groupNotFound } from '../../arm/errors.ts';
import { asObject, asText, isObject, mergePatch, textAt, withoutNulls } from '../../arm/json.ts';
import { isLocation, normalLocation, regions } from '../../arm/locations.ts';
import { refuseLocked } from '../../arm/locks.ts';
import { begin, hasEnded, hold } from '../../arm/long-running.ts';
import { armOperation } from '../../arm/operation.ts';
import { shown } from '../../arm/read.ts';
import { removeTree } from '../../arm/remove.ts';
import { registered } from '../../arm/resource-type.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';

const TYPE = 'Microsoft.Resources/resourceGroups';
const RIGHT = 'Microsoft.Resources/subscriptions/resourceGroups';
const LIST = '/subscriptions/{subscription}/resourceGroups';
const ONE = `${LIST}/{group}`;

/** Seconds Azure takes to delete an empty group; the slowest resource in it comes on top. */
const DELETE_SECONDS = 15;

export const groupOperations: readonly Operation[] = [
  armOperation({ route: `PUT ${ONE}`, needs: `${RIGHT}/write`, answer: put }),
  armOperation({ route: `PATCH ${ONE}`, needs: `${RIGHT}/write`, answer: patch }),
  armOperation({ route: `GET ${ONE}`, needs: `${RIGHT}/read`, answer: get }),
  armOperation({ route: `HEAD ${ONE}`, needs: `${RIGHT}/read`, answer: head }),
  armOperation({ route: `DELETE ${ONE}`, needs: `${RIGHT}/delete`, answer: remove }),
  armOperation({ route: `GET ${LIST}`, needs: `${RIGHT}/read`, answer: list }),
];

function put(call: Call, world: World): Answer {
  const name = call.params['group'] ?? '';
  checkName(name);
  const existing = world.resources.get(idOf(name, world));
  if (existing?.properties['provisioningState'] === 'Deleting') throw beingDeleted(existing.name);
  const body = asObject(withoutNulls(call.body));
  const location = checkedLocation(body['location'], existing);
  const group: StoredResource = {
    id: existing?.id ?? idOf(name, world),
    name: existing?.name ?? name,
    type: TYPE,
    location,
    ...(isObject(body['tags']) ? { tags: body['tags'] as Record<string, string> } : {}),
    ...(body['managedBy'] === undefined ? {} : { managedBy: body['managedBy'] }),
    properties: { provisioningState: 'Succeeded' },
    etag: `W/"${randomUUID()}"`,
  };
  world.resources.put(group);
  world.events.emit(existing === undefined ? 'created' : 'updated', group);
  return { status: existing === undefined ? 201 : 200, body: shown(group, world) };
}

function patch(call: Call, world: World): Answer {
  const group = groupOf(call, world);
  const sent = asObject(call.body)['tags'];
  if (sent !== undefined) {
    group.tags = asObject(mergePatch({}, sent)) as Record<string, string>;
  }
  return { status: 200, body: shown(group, world) };
}

async function get(call: Call, world: World): Promise<Answer> {
  const work = world.operations.get(textAt(groupOf(call, world).hidden, 'work'));
  if (work !== undefined) await hold(world, work);
  return { status: 200, body: shown(groupOf(call, world), world) };
}

function head(call: Call, world: World): Answer {
  const found = world.resources.get(idOf(call.params['group'] ?? '', world));
  return { status: found === undefined ? 404 : 204 };
}

function list(_call: Call, world: World): Answer {
  const groups = world.resources.ofType(TYPE);
  return { status: 200, body: { value: groups.map((group) => shown(group, world)) } };
}

function remove(call: Call, world: World): Answer {
  const group = groupOf(call, world);
  refuseLocked(world, group.id, 'delete');
  group.properties['provisioningState'] = 'Deleting';
  const work = begin(world, secondsFor(group, world), () => {
    removeTree(world, group.id);
    return undefined;
  });
  if (hasEnded(world, work)) return { status: 200 };
  group.hidden = { ...group.hidden, work: work.id };
  const poll = `https://management.azure.com/subscriptions/${world.subscriptionId}/operationresults/${work.id}`;
  const seconds = Math.min(15, Math.floor((work.endsAt - world.clock.now()) / 1000));
  const headers = {
    Location: `${poll}?api-version=${versionIn(call.query) ?? ''}`,
    'Retry-After': String(seconds),
  };
  return { status: 202, headers };
}

function secondsFor(group: StoredResource, world: World): number {
  const each = world.resources
    .below(group.id)
    .map((resource) => registered(resource.type)?.seconds?.delete ?? 0);
  return DELETE_SECONDS + Math.max(0, ...each);
}

function groupOf(call: Call, world: World): StoredResource {
  const name = call.params['group'] ?? '';
  const group = world.resources.get(idOf(name, world));
  if (group === undefined) throw groupNotFound(name);
  return group;
}

function idOf(name: string, world: World): string {
  return `/subscriptions/${world.subscriptionId}/resourceGroups/${name}`;
}

function checkName(name: string): void {
  if (/^[\w().-]{1,90}$/u.test(name) && !name.endsWith('.')) return;
  throw badRequest(
    'InvalidResourceGroup',
    `The provided resource group name '${name}' has these invalid characters or is too long. ` +
      'The name can only be a letter, digit, "-", ".", "(", ")" or "_".',
  );
}

function checkedLocation(sent: unknown, existing: StoredResource | undefined): string {
  const text = asText(sent) ?? existing?.location;
  if (text === undefined || !isLocation(text)) {
    throw badRequest(
      text === undefined ? 'LocationRequired' : 'LocationNotAvailableForResourceGroup',
      `The provided location '${text ?? ''}' is not available for resource group. List of ` +
        `available regions is '${regions.map((region) => region.name).join(',')}'.`,
    );
  }
  const location = normalLocation(text);
  if (existing?.location !== undefined && existing.location !== location) {
    throw conflict(
      'InvalidResourceGroupLocation',
      `Invalid resource group location '${location}'. The Resource group already exists in ` +
        `location '${existing.location}'.`,
    );
  }
  return location;
}

function beingDeleted(name: string): Error {
  return conflict(
    'ResourceGroupBeingDeleted',
    `The resource group '${name}' is in deprovisioning state and cannot perform this operation.`,
  );
}
