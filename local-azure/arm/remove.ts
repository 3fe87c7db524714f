import type { Answer, Call } from '../operation.ts';
import type { StoredResource, World } from '../world.ts';
import { conflict } from './errors.ts';
import { keyOf } from './ids.ts';
import { begin, hasEnded, pollHeaders } from './long-running.ts';
import { refuseLocked } from './locks.ts';
import { groupOf, pathOf } from './place.ts';
import { workOn } from './read.ts';
import { registered } from './resource-type.ts';
import type { ResourceType } from './resource-type.ts';
import { pollPlace, takeLock } from './write.ts';

/** Answers a DELETE: 204 where there is nothing, else 200 or 202, unless the resource is in use. */
export function remove(type: ResourceType, call: Call, world: World): Answer {
  const path = pathOf(call);
  const resource = world.resources.get(path);
  if (resource === undefined) {
    if (path.toLowerCase().includes('/resourcegroups/')) groupOf(world, path);
    return { status: 204 };
  }
  refuseLocked(world, resource.id, 'delete');
  const running = workOn(world, path);
  if (running !== undefined && type.lock === undefined && isDeleting(resource)) {
    throw conflict('Conflict', `The resource '${resource.id}' is already being deleted.`);
  }
  const lock = type.lock?.(resource.id);
  if (lock !== undefined) takeLock(world, lock);
  const reason = type.inUse?.(resource, world);
  if (reason !== undefined) throw reason;
  return startRemoval(type, call, world, resource);
}

/** Deletes a resource and everything below it at once, in the way each type wants it. */
export function removeTree(world: World, id: string): void {
  const top = world.resources.get(id);
  const below = world.resources.below(id).sort((one, other) => other.id.length - one.id.length);
  const tree = top === undefined ? below : [...below, top];
  for (const resource of tree) registered(resource.type)?.leaving?.(resource, world);
  for (const resource of tree) forget(world, resource);
}

function startRemoval(
  type: ResourceType,
  call: Call,
  world: World,
  resource: StoredResource,
): Answer {
  if (type.stateful !== false) resource.properties['provisioningState'] = 'Deleting';
  const purges = call.query.get('forceToPurge') === 'true';
  resource.hidden = { ...resource.hidden, purges };
  const work = begin(world, type.seconds?.delete ?? 0, () => {
    removeTree(world, resource.id);
    return undefined;
  });
  if (hasEnded(world, work)) return { status: 200 };
  resource.hidden = { ...resource.hidden, work: work.id };
  const kinds = ['Azure-AsyncOperation', 'Location'] as const;
  const headers = pollHeaders(world, work, pollPlace(call, resource, world), kinds);
  return { status: type.deletes ?? 202, headers };
}

/** Once only: the hook of one resource may already have taken another with it. */
function forget(world: World, resource: StoredResource): void {
  if (!world.resources.delete(keyOf(resource.id))) return;
  registered(resource.type)?.removed?.(resource, world);
  world.events.emit('deleted', resource);
}

function isDeleting(resource: StoredResource): boolean {
  return resource.properties['provisioningState'] === 'Deleting';
}
