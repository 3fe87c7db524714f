import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../world.ts';
import { namespaces, setRegistration } from './providers.ts';

/** GUIDs of built-in roles: Azure RBAC documentation, "Azure built-in roles", the same in every tenant. */
export const builtIn = {
  owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  accessAdministrator: 'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
} as const;

/** What the deployer may do: as docs/setup.md advises, or one of the broad roles people use instead. */
export type DeployerRole = 'deployer' | 'contributor' | 'owner';

/**
 * What a subscription has before anybody deploys: every namespace registered, and the deployer
 * (`deployerObjectId` in the world's data) with its role, effective at once.
 */
export function seedSubscription(world: World, role: DeployerRole = 'owner'): void {
  for (const namespace of namespaces) setRegistration(world, namespace, 'Registered');
  const deployer = world.data.get('deployerObjectId');
  if (typeof deployer !== 'string') return;
  grant(world, deployer, role === 'deployer' ? customRole(world, 'deployer') : builtIn[role]);
  if (role !== 'owner') grant(world, deployer, builtIn.accessAdministrator);
}

/**
 * Makes a custom role of the subscription from its file below `examples/roles`, the way
 * `az role definition create` does; gives its GUID. A role of that name that is there already is kept.
 */
export function customRole(world: World, file: 'deployer' | 'plan' | 'use'): string {
  const text = readFileSync(join(import.meta.dirname, '../../examples/roles', `${file}.json`));
  const role = JSON.parse(text.toString()) as RoleFile;
  const known = world.resources
    .ofType(DEFINITIONS)
    .find(({ properties }) => properties['roleName'] === role.Name);
  if (known !== undefined) return known.name;
  const name = randomUUID();
  const subscription = `/subscriptions/${world.subscriptionId}`;
  world.resources.put({
    id: `${subscription}/providers/${DEFINITIONS}/${name}`,
    name,
    type: DEFINITIONS,
    properties: {
      roleName: role.Name,
      type: 'CustomRole',
      description: role.Description,
      assignableScopes: [subscription],
      permissions: [
        {
          actions: role.Actions,
          notActions: role.NotActions,
          dataActions: role.DataActions,
          notDataActions: role.NotDataActions,
        },
      ],
    },
  });
  return name;
}

const DEFINITIONS = 'Microsoft.Authorization/roleDefinitions';

/** A role as the Azure CLI takes it (`az role definition create --role-definition`). */
interface RoleFile {
  readonly Name: string;
  readonly Description: string;
  readonly Actions: readonly string[];
  readonly NotActions: readonly string[];
  readonly DataActions: readonly string[];
  readonly NotDataActions: readonly string[];
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
