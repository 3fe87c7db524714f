import { apis } from '../azure/api-versions.ts';
import { fine, groupOf, shortList, subscriptionOf, wrong } from './check.ts';
import type { Check, Look } from './check.ts';
import { actionsOf, environmentNeeds, stateNeeds } from './needed-actions.ts';

/** What one role allows, as ARM lists it. */
export interface Permission {
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
}

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

/**
 * Whether the login may create the environment: by roles on the subscription, or on the group of the
 * environment and the group of its state where somebody has made these.
 */
export const rolesCheck: Check = {
  name: 'roles of the login',
  async run(look) {
    const missing = await Promise.all([
      missingIn('environment', actionsOf(environmentNeeds), look),
      missingIn('state', actionsOf(stateNeeds), look),
    ]);
    const actions = [...new Set(missing.flat())];
    if (actions.length === 0) return fine('may create, and may give roles');
    return wrong(
      `The identity ${look.session.clientId} may not: ${shortList(actions)}.`,
      `give it the roles of docs/setup.md, step 3, on the subscription, or on both resource groups ${look.names.resourceGroup} and ${look.names.stateGroup}, which somebody must have made then.`,
    );
  },
};

async function missingIn(
  which: 'environment' | 'state',
  needed: readonly string[],
  look: Look,
): Promise<readonly string[]> {
  const onSubscription = await permissionsAt(look, subscriptionOf(look));
  const missing = needed.filter((action) => !allows(onSubscription, action));
  if (missing.length === 0 || !(await look.facts.group(which))) return missing;
  const onGroup = await permissionsAt(look, groupOf(look, which));
  return missing.filter((action) => !allows(onGroup, action));
}

function permissionsAt({ facts }: Look, scope: string): Promise<readonly Permission[]> {
  return facts.list<Permission>(
    `${scope}/providers/Microsoft.Authorization/permissions`,
    apis.roles,
  );
}
