import type { Call } from '../operation.ts';
import type { World } from '../world.ts';
import { groupNotFound, parentNotFound, resourceNotFound } from './errors.ts';
import type { ArmError } from './errors.ts';
import { groupIdOf, nameOf, parentOf, typeOf } from './ids.ts';
import { registered, spellingOf } from './resource-type.ts';
import type { ResourceType } from './resource-type.ts';

const SUBSCRIPTION = '/subscriptions/{subscription}';
const GROUP = `${SUBSCRIPTION}/resourceGroups/{group}`;

/** The scopes an extension resource can stand on, as routes. */
export const extensionScopes: readonly string[] = [
  SUBSCRIPTION,
  GROUP,
  ...[1, 2, 3].map((depth) => {
    const pairs = Array.from({ length: depth }, (_, i) => `{type${i + 1}}/{name${i + 1}}`);
    return `${GROUP}/providers/{namespace}/${pairs.join('/')}`;
  }),
];

/** The routes of the collections a type's resources are in, without the method. */
export function collectionRoutes(type: ResourceType): string[] {
  const [namespace = '', ...segments] = spellingOf(type).split('/');
  const last = segments.pop() ?? '';
  const parents = segments.map((segment) => `${segment}/{${singular(segment)}}`);
  const below = ['', 'providers', namespace, ...parents, last].join('/');
  const scopes = type.stands === 'extension' ? extensionScopes : [GROUP];
  return scopes.map((scope) => `${scope}${below}`);
}

/** The routes of single resources of a type, without the method. */
export function resourceRoutes(type: ResourceType): string[] {
  const names = type.fixedNames ?? ['{name}'];
  return collectionRoutes(type).flatMap((route) => names.map((name) => `${route}/${name}`));
}

/** The route of all resources of a type in the subscription. */
export function subscriptionRoute(type: ResourceType): string | undefined {
  const [namespace = '', ...segments] = spellingOf(type).split('/');
  const listed = segments.length === 1 && type.stands !== 'extension';
  return listed ? `${SUBSCRIPTION}/providers/${namespace}/${segments[0] ?? ''}` : undefined;
}

/**
 * The id a path names, spelt as Azure keeps it: the group and the parents as they were first spelt,
 * types as their service spells them. Throws the 404 of whatever is missing above it.
 */
export function placeOf(world: World, path: string): string {
  const existing = world.resources.get(path);
  if (existing !== undefined) return existing.id;
  const typeName = typeOf(path);
  const type = registered(typeName);
  const spelling = (type === undefined ? typeName : spellingOf(type)).split('/');
  const parent = parentOf(path);
  const last = `${spelling.at(-1) ?? ''}/${nameOf(path)}`;
  if (parent !== undefined) return `${parentIn(world, parent, spelling.join('/'))}/${last}`;
  return `${scopeOf(world, path)}/providers/${spelling[0] ?? ''}/${last}`;
}

/** The scope a path's last provider stands on, as spelt by Azure; 404 where it is missing. */
export function scopeOf(world: World, path: string): string {
  const scope = path.slice(0, path.toLowerCase().lastIndexOf('/providers/'));
  return existingScope(world, scope);
}

/** A scope as Azure spells it; 404 where there is no such scope. */
export function existingScope(world: World, scope: string): string {
  if (/^\/subscriptions\/[^/]+$/i.test(scope)) return `/subscriptions/${world.subscriptionId}`;
  const group = groupOf(world, scope);
  if (groupIdOf(scope) === scope) return group;
  const found = world.resources.get(scope);
  if (found !== undefined) return found.id;
  const vault = /^(.*\/providers\/Microsoft\.KeyVault\/vaults\/[^/]+)(\/secrets\/[^/]+)$/i.exec(
    scope,
  );
  const owner = world.resources.get(vault?.[1] ?? '');
  // ARM keeps no list of a vault's secrets, so it takes roles on one that does not exist yet (from memory).
  if (owner !== undefined) return `${owner.id}${vault?.[2] ?? ''}`;
  throw missing(scope);
}

/** The id of the group a path lies in, as spelt when it was made; 404 where it is missing. */
export function groupOf(world: World, path: string): string {
  const id = groupIdOf(path);
  const group = id === undefined ? undefined : world.resources.get(id);
  if (group === undefined) throw groupNotFound(nameOf(id ?? path));
  return group.id;
}

/** The 404 of a resource that is not there. */
export function missing(id: string): ArmError {
  const group = groupIdOf(id);
  const at = id.toLowerCase().lastIndexOf('/providers/');
  const names = id
    .slice(at + '/providers/'.length)
    .split('/')
    .filter((_, index) => index > 0 && index % 2 === 0)
    .join('/');
  return resourceNotFound(typeOf(id), names, group && nameOf(group));
}

/** The path of a request without the slash some clients put behind it. */
export function pathOf(call: Call): string {
  return call.path.replace(/\/+$/, '');
}

function parentIn(world: World, parent: string, child: string): string {
  groupOf(world, parent);
  const found = world.resources.get(parent);
  if (found === undefined) throw parentNotFound(child);
  return found.id;
}

function singular(segment: string): string {
  if (segment.endsWith('ies')) return `${segment.slice(0, -3)}y`;
  if (segment.endsWith('sses')) return segment.slice(0, -2);
  return segment.endsWith('s') ? segment.slice(0, -1) : segment;
}
