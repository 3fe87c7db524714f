import { randomUUID } from 'node:crypto';
import type { World } from '../world.ts';
import { namespaces, setRegistration } from './providers.ts';

const OWNER = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635';

/**
 * What a subscription has before anybody deploys: every namespace registered, and the deployer
 * (`deployerObjectId` in the world's data) as its Owner, effective at once.
 */
export function seedSubscription(world: World): void {
  for (const namespace of namespaces) setRegistration(world, namespace, 'Registered');
  const deployer = world.data.get('deployerObjectId');
  if (typeof deployer === 'string') grant(world, deployer, OWNER);
}

/** Makes a role assignment on the subscription that is effective at once; `role` is the role's GUID. */
export function grant(world: World, principalId: string, role: string): void {
  const subscription = `/subscriptions/${world.subscriptionId}`;
  const name = randomUUID();
  world.resources.put({
    id: `${subscription}/providers/Microsoft.Authorization/roleAssignments/${name}`,
    name,
    type: 'Microsoft.Authorization/roleAssignments',
    properties: {
      principalId,
      principalType: 'ServicePrincipal',
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
      scope: subscription,
    },
    hidden: { effectiveAt: 0 },
  });
}
