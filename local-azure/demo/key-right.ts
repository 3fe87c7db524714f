import { applicationOf } from '../operations/entra/directory.ts';
import type { World } from '../world.ts';

/** By hand: lets the application with this client id read the pass key, as others may already. */
export function letReadKey(world: World, clientId: string): void {
  const [given] = world.resources
    .ofType('Microsoft.Authorization/roleAssignments')
    .filter(({ id }) => id.toLowerCase().includes('/secrets/inference-api-key/'));
  if (given === undefined) throw new Error('nobody has a role on the key');
  const name = '00000000-0000-4000-8000-000000000077';
  const id = given.id.replace(/[^/]+$/, name);
  const principalId = applicationOf(world, clientId)?.objectId;
  world.resources.put({ ...given, id, name, properties: { ...given.properties, principalId } });
}
