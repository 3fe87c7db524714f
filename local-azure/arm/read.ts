import type { Answer } from '../operation.ts';
import type { RunningOperation, StoredResource, World } from '../world.ts';
import { isWithin, typeOf } from './ids.ts';
import { hasEnded, hold } from './long-running.ts';
import { registered } from './resource-type.ts';
import { existingScope, groupOf, missing } from './place.ts';
import { textAt } from './json.ts';
import type { Json } from './json.ts';

/** A resource as GET gives it: without what is hidden, with what its type adds. */
export function shown(resource: StoredResource, world: World): Json {
  const visible: Json = { ...resource };
  delete visible['hidden'];
  const added = registered(resource.type)?.view?.(resource, world);
  return added === undefined
    ? visible
    : { ...visible, properties: { ...resource.properties, ...added } };
}

/** Answers a GET; waits a moment where the resource is just about to change. */
export async function read(world: World, path: string): Promise<Answer> {
  const operation = workOn(world, path);
  if (operation !== undefined) await hold(world, operation);
  const resource = world.resources.get(path);
  if (resource === undefined) {
    groupOf(world, path);
    throw missing(path);
  }
  return { status: 200, headers: etagOf(resource), body: shown(resource, world) };
}

/** Answers a GET of a collection: the resources of its type directly in the path's scope. */
export function readCollection(world: World, path: string, type: string): Answer {
  const found = world.resources
    .ofType(type)
    .filter((resource) => isInCollection(resource, path, world));
  return { status: 200, body: { value: found.map((resource) => shown(resource, world)) } };
}

/** The operation that works on a resource now, or undefined. */
export function workOn(world: World, id: string): RunningOperation | undefined {
  const operation = world.operations.get(textAt(world.resources.get(id)?.hidden, 'work'));
  return operation === undefined || hasEnded(world, operation) ? undefined : operation;
}

/** The ETag header of a resource that has one. */
export function etagOf(resource: StoredResource): Record<string, string> {
  const etag = resource['etag'];
  return typeof etag === 'string' ? { ETag: etag } : {};
}

function isInCollection(resource: StoredResource, path: string, world: World): boolean {
  const owner = path.slice(0, path.lastIndexOf('/'));
  const nested = typeOf(path).split('/').length > 2;
  if (!nested) {
    const scope = existingScope(
      world,
      path.slice(0, path.toLowerCase().lastIndexOf('/providers/')),
    );
    return isWithin(resource.id, scope);
  }
  if (world.resources.get(owner) === undefined) throw missing(owner);
  return isWithin(resource.id, owner);
}
