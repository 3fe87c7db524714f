import { asObject, isObject } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { keyOf } from '../../arm/ids.ts';
import { begin, hasEnded, pollHeaders } from '../../arm/long-running.ts';
import { versionIn } from '../../arm/api-versions.ts';
import { bodyOf } from '../../arm/templates/resources.ts';
import type { TemplateResource } from '../../arm/templates/resources.ts';
import type { Answer, Call } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { dispatchOf } from './dispatching.ts';
import { checkRights, openDeployment } from './opening.ts';
import type { Opened } from './opening.ts';
import { levelOf } from './validate.ts';
import { shown } from '../../arm/read.ts';

/** Seconds Azure takes to look. */
const SECONDS = 4;

/** Answers `whatIf`: what a deployment would create, change and leave alone. */
export async function whatIf(call: Call, world: World): Promise<Answer> {
  const opened = openDeployment(call, world);
  if (levelOf(call) === 'Provider') checkRights(world, opened);
  const own = await Promise.all(
    opened.resources.filter(({ existing }) => !existing).map((one) => changeOf(one, opened, world)),
  );
  const changes = [...own, ...ignored(opened, world)];
  const body = {
    status: 'Succeeded',
    properties: {
      correlationId: call.headers['x-ms-correlation-request-id'],
      changes: resultOnlyIds(call) ? changes.map(withoutPayload) : changes,
      potentialChanges: [],
      diagnostics: [],
    },
  };
  const work = begin(world, SECONDS, () => body);
  if (hasEnded(world, work)) return { status: 200, body };
  const place = {
    subscription: world.subscriptionId,
    namespace: 'Microsoft.Resources',
    location: 'global',
    apiVersion: versionIn(call.query) ?? '',
  };
  return { status: 202, headers: pollHeaders(world, work, place, ['Location']) };
}

type Change = Json & { readonly resourceId: string; readonly changeType: string };

async function changeOf(resource: TemplateResource, opened: Opened, world: World): Promise<Change> {
  const dispatch = dispatchOf(world);
  const answer = await dispatch('GET', resource.id, resource.apiVersion, undefined, opened.caller);
  const after: Json = {
    ...safeBody(resource),
    apiVersion: resource.apiVersion,
    id: resource.id,
    name: resource.name.split('/').at(-1),
    type: resource.type,
  };
  if (answer.status === 404) return { resourceId: resource.id, changeType: 'Create', after };
  const before = asObject(answer.body);
  if (answer.status >= 400) {
    const unsupportedReason = String(asObject(before['error'])['message']);
    return { resourceId: resource.id, changeType: 'Unsupported', after, unsupportedReason };
  }
  const delta = differences(before, safeBody(resource), '');
  return delta.length === 0
    ? { resourceId: resource.id, changeType: 'NoChange', before, after: before }
    : { resourceId: resource.id, changeType: 'Modify', before, after, delta };
}

/** The body as far as it can be told before anything is deployed; an expression that needs more stays one. */
function safeBody(resource: TemplateResource): Json {
  try {
    return bodyOf(resource);
  } catch {
    return Object.fromEntries(
      Object.entries(resource.source).filter(([name]) =>
        ['location', 'tags', 'properties'].includes(name),
      ),
    );
  }
}

/** What of the template differs from what is there; what only Azure says does not count. */
function differences(before: unknown, after: unknown, path: string): Json[] {
  if (isObject(after) && isObject(before)) {
    return Object.entries(after).flatMap(([name, value]) =>
      differences(memberOf(before, name), value, path === '' ? name : `${path}.${name}`),
    );
  }
  if (same(before, after)) return [];
  const propertyChangeType =
    before === undefined ? 'Create' : Array.isArray(after) ? 'Array' : 'Modify';
  if (before === undefined && (after === null || isEmpty(after))) return [];
  return [{ path, propertyChangeType, before, after, children: null }];
}

function memberOf(value: Json, name: string): unknown {
  const key = Object.keys(value).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : value[key];
}

function same(before: unknown, after: unknown): boolean {
  if (typeof before === 'string' && typeof after === 'string') {
    return before.toLowerCase().replaceAll(' ', '') === after.toLowerCase().replaceAll(' ', '');
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return (
      before.length === after.length &&
      after.every((value, index) => differences(before[index], value, '').length === 0)
    );
  }
  return JSON.stringify(before) === JSON.stringify(after);
}

function isEmpty(value: unknown): boolean {
  return (
    (isObject(value) && Object.keys(value).length === 0) ||
    (Array.isArray(value) && value.length === 0)
  );
}

/** What lies in the group and not in the template: an incremental deployment leaves it alone. */
function ignored(opened: Opened, world: World): Change[] {
  const own = new Set(opened.resources.map(({ id }) => keyOf(id)));
  return world.resources
    .below(opened.group)
    .filter((resource) => resource.location !== undefined && !own.has(keyOf(resource.id)))
    .map((resource: StoredResource) => {
      const before = shown(resource, world);
      return { resourceId: resource.id, changeType: 'Ignore', before, after: before };
    });
}

function resultOnlyIds(call: Call): boolean {
  const settings = asObject(asObject(asObject(call.body)['properties'])['whatIfSettings']);
  return settings['resultFormat'] === 'ResourceIdOnly';
}

function withoutPayload({ resourceId, changeType }: Change): Json {
  return { resourceId, changeType };
}
