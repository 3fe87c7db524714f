import { apis } from '../azure/api-versions.ts';
import type { Resource } from '../azure/arm.ts';
import { isAtOrAbove, rolesHeld } from '../azure/roles.ts';
import { fine, groupOf, subscriptionOf, wrong } from './check.ts';
import type { Check, Look } from './check.ts';
import { environmentRoles, stateRoles } from './needed-actions.ts';
import { allows } from './permissions.ts';
import type { Permission } from './permissions.ts';

const write = 'Microsoft.Authorization/roleAssignments/write';

/**
 * Which roles may be given: the condition on the login's own role assignments lists them. A
 * condition of another form than the one in docs/setup.md is left to Azure.
 */
export const conditionsCheck: Check = {
  name: 'roles it may give',
  async run(look) {
    const grants = await grantsOf(look);
    const missing = [
      ...missingIn(groupOf(look), environmentRoles, grants),
      ...missingIn(groupOf(look, 'state'), stateRoles, grants),
    ];
    if (missing.length === 0) return fine('all that a deploy gives');
    return wrong(
      `A condition on its role assignment does not let the identity ${look.session.clientId} give: ${[...new Set(missing)].join(', ')}.`,
      'delete that role assignment, and make it again with the condition of docs/setup.md, step 3.',
    );
  },
};

/** Where the login may give which roles (GUIDs in lower case); undefined: all, or nobody can tell from here. */
interface Grant {
  readonly scope: string;
  readonly roles: ReadonlySet<string> | undefined;
}

function missingIn(
  group: string,
  needed: Readonly<Record<string, string>>,
  grants: readonly Grant[],
): readonly string[] {
  const here = grants.filter(({ scope }) => isAtOrAbove(scope, group));
  if (here.length === 0) return []; // that it may give none is the finding of the roles
  return Object.entries(needed)
    .filter(([, id]) => !here.some(({ roles }) => roles === undefined || roles.has(id)))
    .map(([name]) => name);
}

async function grantsOf(look: Look): Promise<readonly Grant[]> {
  const { session, arm } = look;
  const assignments = await rolesHeld(arm, subscriptionOf(look), session.principalId);
  const ids = [...new Set(assignments.map(({ properties }) => properties?.roleDefinitionId ?? ''))];
  const giving = new Set<string>();
  await Promise.all(
    ids.map(async (id) => {
      const role = await arm.get(id, apis.roles);
      if (allows(permissionsOf(role), write)) giving.add(id);
    }),
  );
  return assignments
    .filter(({ properties }) => giving.has(properties?.roleDefinitionId ?? ''))
    .map(({ properties }) => ({
      scope: properties?.scope ?? '',
      roles: rolesIn(properties?.condition ?? ''),
    }));
}

function permissionsOf(role: Resource | undefined): readonly Permission[] {
  const { permissions } = (role?.properties ?? {}) as { readonly permissions?: Permission[] };
  return permissions ?? [];
}

/** The roles that a condition lists as the only ones. */
function rolesIn(condition: string): ReadonlySet<string> | undefined {
  const list =
    /@Request\[Microsoft\.Authorization\/roleAssignments:RoleDefinitionId\]\s*ForAnyOfAnyValues:GuidEquals\s*\{([^}]*)\}/i;
  const found = list.exec(condition)?.[1];
  return found === undefined
    ? undefined
    : new Set(found.split(',').map((id) => id.trim().toLowerCase()));
}
