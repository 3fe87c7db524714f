import { keyOf, pathBelowProvider, sameId } from '../ids.ts';
import { asObject, asObjects, asText, isObject, textsIn } from '../json.ts';
import type { Json } from '../json.ts';
import { callsIn, evaluate, invalidTemplate, isExpression, parseExpression } from './expression.ts';
import type { Expression } from './expression.ts';
import { evaluateAll, evaluateText, functionsOf } from './scope.ts';
import type { Scope } from './scope.ts';
import type { OpenTemplate } from './template.ts';

/** One resource of a template, unfolded: its body still waits for what it refers to. */
export interface TemplateResource {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly apiVersion: string;
  readonly symbol: string | undefined;
  /** Ids of the resources it waits for, by key. */
  readonly needs: ReadonlySet<string>;
  /** True for `existing: true`: read, never written. */
  readonly existing: boolean;
  /** Members that go into the request, unevaluated. */
  readonly source: Json;
  readonly scope: Scope;
}

/** Members of a resource that steer the deployment and are no part of the request. */
const STEERING = new Set([
  'apiversion',
  'type',
  'name',
  'dependson',
  'condition',
  'copy',
  'comments',
  'metadata',
  'resources',
  'existing',
  'scope',
  '__symbol',
]);

interface Draft extends Omit<TemplateResource, 'needs'> {
  readonly dependsOn: readonly string[];
}

/** Unfolds loops, conditions and nested resources, and finds who waits for whom. Throws InvalidTemplate. */
export function unfold(open: OpenTemplate): TemplateResource[] {
  const drafts = open.resources.flatMap((resource) => unfoldOne(resource, open.scope, undefined));
  const twice = drafts.find(
    (one, at) => drafts.findIndex((other) => sameId(other.id, one.id)) !== at,
  );
  if (twice !== undefined) {
    throw invalidTemplate(
      `The resource '${twice.type}/${twice.name}' is defined multiple times in a template`,
    );
  }
  const resources = drafts.map((draft) => withNeeds(draft, drafts, open));
  checkCircles(resources);
  return resources;
}

/** The request body of a resource. */
export function bodyOf(resource: TemplateResource): Json {
  const members = Object.entries(resource.source).filter(
    ([name]) => !STEERING.has(name.toLowerCase()),
  );
  if (sameId(resource.type, 'Microsoft.Resources/deployments'))
    return nestedBody(members, resource);
  return asObject(evaluateAll(Object.fromEntries(members), resource.scope));
}

/** A nested template is evaluated by its own deployment. */
function nestedBody(members: readonly [string, unknown][], resource: TemplateResource): Json {
  const { properties, ...rest } = Object.fromEntries<unknown>(members);
  const { template, ...others } = asObject(properties);
  return {
    ...asObject(evaluateAll(rest, resource.scope)),
    properties: { ...asObject(evaluateAll(others, resource.scope)), template },
  };
}

/** The calls of `reference(…)` and `list…(…)` in a value whose target can be told before anything is deployed. */
export function runtimeCalls(
  value: unknown,
  scope: Scope,
): { readonly name: string; readonly target: string; readonly apiVersion: string | undefined }[] {
  const found = [];
  for (const text of textsIn(value)) {
    if (!isExpression(text)) continue;
    for (const { name, args } of callsIn(parseExpression(text))) {
      if (!/^(reference|list\w*)$/i.test(name)) continue;
      const target = attempt(args[0], scope);
      const version = attempt(args[1], scope);
      if (target !== undefined) found.push({ name, target, apiVersion: version });
    }
  }
  return found;
}

function attempt(expression: Expression | undefined, scope: Scope): string | undefined {
  if (expression === undefined) return undefined;
  try {
    return asText(evaluate(expression, functionsOf(scope)));
  } catch {
    return undefined;
  }
}

function unfoldOne(resource: Json, scope: Scope, parent: Draft | undefined): Draft[] {
  const copy = asObject(resource['copy']);
  if (!isObject(resource['copy'])) return unfoldCopy(resource, scope, parent);
  const count = Number(evaluateAll(copy['count'], scope));
  const loop = String(copy['name']).toLowerCase();
  return Array.from({ length: count }, (_, index) => {
    const copies = new Map([...(scope.copies ?? []), [loop, index]] as [string, number][]);
    return unfoldCopy(resource, { ...scope, copies }, parent);
  }).flat();
}

function unfoldCopy(resource: Json, scope: Scope, parent: Draft | undefined): Draft[] {
  if (resource['condition'] !== undefined && evaluateAll(resource['condition'], scope) !== true) {
    return [];
  }
  const draft = draftOf(resource, scope, parent);
  const children = asObjects(resource['resources']);
  return [draft, ...children.flatMap((child) => unfoldOne(child, scope, draft))];
}

function draftOf(resource: Json, scope: Scope, parent: Draft | undefined): Draft {
  const ownName = String(evaluateText(asText(resource['name']) ?? '', scope));
  const ownType = asText(resource['type']) ?? '';
  const type = parent === undefined ? ownType : `${parent.type}/${ownType}`;
  const name = parent === undefined ? ownName : `${parent.name}/${ownName}`;
  const apiVersion = asText(resource['apiVersion']);
  if (type === '' || ownName === '' || apiVersion === undefined) {
    throw invalidTemplate(
      `The resource '${type}/${name}' must have a type, a name and an apiVersion`,
    );
  }
  if (type.split('/').length - 1 !== name.split('/').length) {
    throw invalidTemplate(
      `The template resource '${name}' for type '${type}' has incorrect segment lengths. A nested ` +
        'resource type must have identical number of segments as its resource name',
    );
  }
  const above = asText(resource['scope']);
  const group = String(scope.surroundings.resourceGroup['id']);
  const base = above === undefined ? group : absolute(String(evaluateText(above, scope)), group);
  const dependsOn = (Array.isArray(resource['dependsOn']) ? resource['dependsOn'] : []).map((one) =>
    String(evaluateText(String(one), scope)),
  );
  return {
    id: `${base}/providers/${type.split('/')[0] ?? ''}/${pathBelowProvider(type, name)}`,
    type,
    name,
    apiVersion,
    symbol: asText(resource['__symbol']),
    existing: resource['existing'] === true,
    source: resource,
    scope,
    dependsOn: parent === undefined ? dependsOn : [...dependsOn, parent.id],
  };
}

/** `Microsoft.X/type/name` of a `scope` member as an id in the group. */
function absolute(target: string, group: string): string {
  return target.startsWith('/') ? target : `${group}/providers/${target}`;
}

function withNeeds(draft: Draft, all: readonly Draft[], open: OpenTemplate): TemplateResource {
  const { dependsOn, ...resource } = draft;
  const needs = new Set<string>();
  for (const target of dependsOn) {
    const found = matching(target, all);
    if (found.length === 0 && !isLeftOut(target, open)) {
      throw invalidTemplate(`The resource '${target}' is not defined in the template`);
    }
    for (const one of found) needs.add(keyOf(one.id));
  }
  for (const call of runtimeCalls(draft.source, draft.scope)) {
    for (const one of matching(call.target, all)) {
      if (!sameId(one.id, draft.id)) needs.add(keyOf(one.id));
    }
  }
  return { ...resource, needs };
}

/** The resources a dependency names: by id, by name, by symbol, or by the name of their loop. */
export function matching<
  T extends { id: string; name: string; symbol: string | undefined; source: Json },
>(target: string, all: readonly T[]): T[] {
  return all.filter(
    (one) =>
      sameId(one.id, target) ||
      sameId(one.name, target) ||
      one.symbol === target ||
      asObject(one.source['copy'])['name'] === target ||
      keyOf(one.id).endsWith(`/${keyOf(target)}`),
  );
}

/** A dependency on a resource whose condition is false is fine. */
function isLeftOut(target: string, open: OpenTemplate): boolean {
  return open.resources.some((resource) => {
    if (resource['condition'] === undefined) return false;
    const name = String(evaluateText(asText(resource['name']) ?? '', open.scope));
    return resource['__symbol'] === target || keyOf(target).endsWith(keyOf(name));
  });
}

function checkCircles(resources: readonly TemplateResource[]): void {
  const done = new Set<string>();
  let left = [...resources];
  while (left.length > 0) {
    const ready = left.filter((one) => [...one.needs].every((need) => done.has(need)));
    if (ready.length === 0) {
      throw invalidTemplate(
        `Circular dependency detected on resource: '${left.map(({ id }) => id).join(', ')}'`,
      );
    }
    for (const one of ready) done.add(keyOf(one.id));
    left = left.filter((one) => !ready.includes(one));
  }
}
