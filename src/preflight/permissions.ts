import { findGroup } from '../azure/groups.ts';
import { fine, subscriptionOf, wrong } from './check.ts';
import type { Check, Look } from './check.ts';

/** What one role allows, as ARM lists it. */
export interface Permission {
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
}

/** One action for each kind of thing that a deploy does. */
export const neededActions = [
  'Microsoft.Resources/subscriptions/resourceGroups/write',
  'Microsoft.Resources/deployments/write',
  'Microsoft.Authorization/roleAssignments/write',
  'Microsoft.Compute/virtualMachines/write',
  'Microsoft.Compute/virtualMachines/runCommands/write',
  'Microsoft.ContainerRegistry/registries/write',
  'Microsoft.Insights/components/write',
  'Microsoft.KeyVault/vaults/write',
  'Microsoft.MachineLearningServices/workspaces/write',
  'Microsoft.ManagedIdentity/userAssignedIdentities/write',
  'Microsoft.Network/virtualNetworks/write',
  'Microsoft.OperationalInsights/workspaces/write',
  'Microsoft.Storage/storageAccounts/write',
  'Microsoft.Web/sites/write',
] as const;

/** Whether a set of roles allows an action: one role must, by itself (Azure subtracts per role). */
export function allows(permissions: readonly Permission[], action: string): boolean {
  const fits = (pattern: string): boolean => wildcard(pattern).test(action);
  return permissions.some(
    ({ actions = [], notActions = [] }) => actions.some(fits) && !notActions.some(fits),
  );
}

function wildcard(pattern: string): RegExp {
  const literal = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`, 'i');
}

/** Whether the login may create the environment and give its parts their roles. */
export const rolesCheck: Check = {
  name: 'roles of the login',
  async run(look) {
    const missing = await missingActions(look);
    if (missing.length === 0) return fine('may create and assign roles');
    return wrong(
      `The identity ${look.session.clientId} may not: ${missing.join(', ')}.`,
      `give it the roles of docs/setup.md on the subscription, or on the resource groups ${look.names.resourceGroup} and ${look.names.stateGroup} where these exist already.`,
    );
  },
};

async function missingActions(look: Look): Promise<readonly string[]> {
  const onSubscription = await permissionsAt(look, subscriptionOf(look));
  const missing = neededActions.filter((action) => !allows(onSubscription, action));
  if (missing.length === 0) return [];
  const { session, names, tools } = look;
  // roles on the group are enough where somebody has made the group
  if (!(await findGroup(session, names.resourceGroup, tools))) return missing;
  const group = `${subscriptionOf(look)}/resourceGroups/${names.resourceGroup}`;
  const onGroup = await permissionsAt(look, group);
  return missing.filter((action) => !allows(onGroup, action));
}

function permissionsAt({ arm }: Look, scope: string): Promise<readonly Permission[]> {
  return arm.list<Permission>(
    `${scope}/providers/Microsoft.Authorization/permissions`,
    '2022-04-01',
  );
}
