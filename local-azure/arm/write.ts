import { randomUUID } from 'node:crypto';
import type { Answer, Call } from '../operation.ts';
import type { StoredResource, World } from '../world.ts';
import { versionIn } from './api-versions.ts';
import { ArmError, badRequest, conflict } from './errors.ts';
import { identityOf } from './identity.ts';
import { groupIdOf, nameOf } from './ids.ts';
import { asObject, isObject, mergePatch, takeOut, withDefaults, withoutNulls } from './json.ts';
import type { Json } from './json.ts';
import { begin, hasEnded, pollHeaders } from './long-running.ts';
import type { PollPlace, Started } from './long-running.ts';
import { isLocation, normalLocation, regions } from './locations.ts';
import { missing, pathOf, placeOf } from './place.ts';
import { refuseLocked } from './locks.ts';
import { isOffered, isRegistered } from './providers.ts';
import { etagOf, shown, workOn } from './read.ts';
import type { ResourceType, Write } from './resource-type.ts';

/** Members of a request's body that are stored beside `properties`. */
const KEPT = ['location', 'tags', 'sku', 'kind', 'zones', 'plan', 'extendedLocation'] as const;

/** Answers a PUT of a resource. */
export function put(type: ResourceType, call: Call, world: World): Answer {
  const id = placeOf(world, pathOf(call));
  const existing = world.resources.get(id);
  const body = asObject(withoutNulls(call.body));
  checkNamespace(world, type);
  checkMatch(call, existing);
  return store(type, call, { world, id, existing, body, draft: draftOf(type, id, body, existing) });
}

/** Answers a PATCH of a resource: what is sent is merged into what is there. */
export function patch(type: ResourceType, call: Call, world: World): Answer {
  const existing = world.resources.get(pathOf(call));
  if (existing === undefined) throw missing(pathOf(call));
  checkMatch(call, existing);
  const before = { ...structuredClone(existing), properties: whole(existing) };
  const body = asObject(mergePatch(before, call.body));
  // Tags that are sent are all the tags there are: providers rely on that to take one away.
  const { tags } = asObject(call.body);
  if (isObject(tags)) body['tags'] = withoutNulls(tags);
  const draft = draftOf(type, existing.id, body, existing);
  return store(type, call, { world, id: existing.id, existing, body, draft });
}

/** Stores a resource that Azure makes by itself, without a request for it, and says so. */
export function make(world: World, resource: StoredResource): StoredResource {
  const made = { ...resource, etag: freshEtag() };
  world.resources.put(made);
  world.events.emit('created', made);
  return made;
}

function store(type: ResourceType, call: Call, write: Write): Answer {
  const { world, id, existing, draft } = write;
  checkLocation(type, write);
  refuseLocked(world, id, 'write');
  checkBusy(type, write);
  if (isObject(write.body['identity'])) {
    const identity = identityOf(world, write.body['identity'], existing);
    if (identity !== undefined) draft.identity = identity;
  } else if (existing?.identity !== undefined && call.method === 'PATCH') {
    draft.identity = existing.identity;
  }
  type.check?.(write);
  fillOnce(type, write);
  type.derive?.(write);
  const status = existing === undefined ? type.creates : (type.updates ?? 200);
  const work = startWork(type, write);
  const stored = world.resources.get(id) ?? draft;
  if (hasEnded(world, work)) {
    return { status, headers: etagOf(stored), body: shown(stored, world) };
  }
  return waitingAnswer(type, { world, call, work, stored, status });
}

function draftOf(
  type: ResourceType,
  id: string,
  body: Json,
  existing: StoredResource | undefined,
): StoredResource {
  const properties = withDefaults(asObject(body['properties']), type.defaults ?? {});
  const secrets = takeOut(properties, type.secrets ?? []);
  const kept = Object.fromEntries(
    KEPT.filter((name) => body[name] !== undefined).map((name) => [name, body[name]]),
  );
  return {
    ...kept,
    id,
    name: nameOf(id),
    type: type.type,
    properties,
    hidden: { ...existing?.hidden, ...secrets },
    etag: freshEtag(),
  };
}

function fillOnce(type: ResourceType, write: Write): void {
  const { draft, existing } = write;
  for (const [name, makeValue] of Object.entries(type.once ?? {})) {
    draft.properties[name] = existing?.properties[name] ?? makeValue(write);
  }
}

function startWork(type: ResourceType, write: Write): Started {
  const { world, id, existing, draft } = write;
  const created = existing === undefined;
  const stateful = type.stateful !== false;
  if (stateful) {
    draft.properties['provisioningState'] = type.working ?? (created ? 'Creating' : 'Updating');
  }
  world.resources.put(draft);
  const seconds = created ? type.seconds?.create : (type.seconds?.update ?? type.seconds?.create);
  const work = begin(world, seconds ?? 0, () => {
    const now = world.resources.get(id);
    if (now === undefined) return undefined;
    if (stateful) now.properties['provisioningState'] = 'Succeeded';
    type.settled?.(now, world, created);
    world.events.emit(created ? 'created' : 'updated', now);
    return shown(now, world);
  });
  const stored = world.resources.get(id);
  if (stored !== undefined) stored.hidden = { ...stored.hidden, work: work.id };
  return work;
}

function waitingAnswer(
  type: ResourceType,
  at: { world: World; call: Call; work: Started; stored: StoredResource; status: number },
): Answer {
  const { world, call, work, stored, status } = at;
  const place = pollPlace(call, stored, world);
  const waiting = type.waiting ?? 'header';
  if (waiting === 'accepted') {
    return { status: 202, headers: pollHeaders(world, work, place, ['Location']) };
  }
  const headers = etagOf(stored);
  const polls =
    waiting === 'header' ? pollHeaders(world, work, place, ['Azure-AsyncOperation']) : {};
  return { status, headers: { ...headers, ...polls }, body: shown(stored, world) };
}

/** Where a client polls for work on a resource. */
export function pollPlace(call: Call, resource: StoredResource, world: World): PollPlace {
  return {
    subscription: world.subscriptionId,
    namespace: resource.type.split('/')[0] ?? '',
    location: normalLocation(resource.location ?? 'global'),
    apiVersion: versionIn(call.query) ?? '',
  };
}

function checkNamespace(world: World, type: ResourceType): void {
  const namespace = type.type.split('/')[0] ?? '';
  if (isRegistered(world, namespace)) return;
  throw conflict(
    'MissingSubscriptionRegistration',
    `The subscription is not registered to use namespace '${namespace}'. ` +
      `See https://aka.ms/rps-not-found for how to register subscriptions.`,
  );
}

function checkLocation(type: ResourceType, write: Write): void {
  if (!type.located) return;
  const { draft, existing } = write;
  const location = draft.location ?? existing?.location;
  if (location === undefined) {
    throw badRequest(
      'LocationRequired',
      `The location property is required for this definition of '${type.type}'.`,
    );
  }
  draft.location = normalLocation(location);
  if (!isLocation(draft.location) || !isOffered(write.world, type.type, draft.location)) {
    throw noSuchLocation(type, location);
  }
  if (existing?.location !== undefined && existing.location !== draft.location) {
    throw conflict(
      'InvalidResourceLocation',
      `The resource '${draft.name}' already exists in location '${existing.location}' in resource ` +
        `group '${nameOf(groupIdOf(draft.id) ?? '')}'. A resource with the same name cannot be ` +
        `created in location '${draft.location}'. Please select a new resource name.`,
    );
  }
}

function noSuchLocation(type: ResourceType, location: string): ArmError {
  return badRequest(
    'LocationNotAvailableForResourceType',
    `The provided location '${location}' is not available for resource type '${type.type}'. ` +
      `List of available regions for the resource type is '${regions.map((r) => r.name).join(',')}'.`,
  );
}

function checkMatch(call: Call, existing: StoredResource | undefined): void {
  const match = call.headers['if-match'] || undefined; // the real provider sends it empty
  const noneMatch = call.headers['if-none-match'];
  const differs = match !== undefined && match !== '*' && match !== existing?.['etag'];
  const absent = match === '*' && existing === undefined;
  if (differs || absent || (noneMatch === '*' && existing !== undefined)) {
    throw new ArmError(
      412,
      'PreconditionFailed',
      `The condition of the request's If-Match or If-None-Match header is not met by '${call.path}'.`,
    );
  }
}

function checkBusy(type: ResourceType, write: Write): void {
  const { world, id, existing } = write;
  const group = world.resources.get(groupIdOf(id) ?? '');
  if (group?.properties['provisioningState'] === 'Deleting') {
    throw conflict(
      'ResourceGroupBeingDeleted',
      `The resource group '${group.name}' is in deprovisioning state and cannot perform this operation.`,
    );
  }
  if (existing?.properties['provisioningState'] === 'Deleting' && workOn(world, id)) {
    throw conflict('Conflict', `The resource '${id}' is being deleted.`);
  }
  const lock = type.lock?.(id);
  if (lock !== undefined) takeLock(world, lock);
}

/** Refuses work where another write to the same lock is under way. */
export function takeLock(world: World, lock: string): void {
  const busy = [lock, ...world.resources.below(lock).map((resource) => resource.id)]
    .map((id) => workOn(world, id))
    .find((work) => work !== undefined);
  if (busy === undefined) return;
  throw new ArmError(
    429,
    'AnotherOperationInProgress',
    'Another operation on this or dependent resource is in progress. To retrieve status of the ' +
      `operation use the operation '${busy.id}'.`,
    { headers: { 'Retry-After': '1' } },
  );
}

function whole(resource: StoredResource): Json {
  return structuredClone(resource.properties);
}

function freshEtag(): string {
  return `W/"${randomUUID()}"`;
}
