import type { World } from '../world.ts';
import { sameId } from './ids.ts';

/**
 * Names that somebody else in Azure holds: `takenNames` in the world's data, a set of
 * `<type>/<name>` in lower case.
 */
function takenElsewhere(world: World): ReadonlySet<string> {
  return (world.data.get('takenNames') as ReadonlySet<string> | undefined) ?? new Set();
}

/** True where a global name is held by another resource than `id`, here or elsewhere in Azure. */
export function isTaken(world: World, type: string, name: string, id = ''): boolean {
  if (takenElsewhere(world).has(`${type}/${name}`.toLowerCase())) return true;
  return world.resources
    .ofType(type)
    .some((resource) => sameId(resource.name, name) && !sameId(resource.id, id));
}
