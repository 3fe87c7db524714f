import type { Caller } from '../operation.ts';
import type { StoredResource, World } from '../world.ts';
import { builtInRoles } from './built-in-roles.ts';
import type { Permission } from './built-in-roles.ts';
import { isWithin, nameOf } from './ids.ts';
import { asObjects, asText } from './json.ts';

/** How long (milliseconds, at pace 1) a new role assignment takes to be effective; Azure says up to minutes. */
const USUAL_DELAY = 30_000;

/**
 * True where `caller` may do `action` (control plane, such as Microsoft.Network/virtualNetworks/write)
 * at `scope`, by the role assignments that are effective now.
 */
export function allowed(world: World, caller: Caller, action: string, scope: string): boolean {
  return permits(world, caller, scope, (permission) =>
    covers(permission.actions, permission.notActions, action),
  );
}

/** The same for data actions, such as reading a blob or a secret. */
export function allowedData(world: World, caller: Caller, action: string, scope: string): boolean {
  return permits(world, caller, scope, (permission) =>
    covers(permission.dataActions ?? [], permission.notDataActions ?? [], action),
  );
}

/**
 * When an assignment made now takes effect (milliseconds since the epoch): `roleDelayMs` in the
 * world's data, or the usual delay scaled by its pace.
 */
export function effectiveAt(world: World): number {
  const delay = world.data.get('roleDelayMs');
  return world.clock.now() + (typeof delay === 'number' ? delay : USUAL_DELAY * world.pace);
}

/** The permissions of a role, built in or custom, by the id an assignment names. */
export function permissionsOf(world: World, roleDefinitionId: string): readonly Permission[] {
  const guid = nameOf(roleDefinitionId).toLowerCase();
  const builtIn = builtInRoles.find((role) => role.guid === guid);
  if (builtIn !== undefined) return builtIn.permissions;
  const custom = world.resources
    .ofType('Microsoft.Authorization/roleDefinitions')
    .find((role) => role.name.toLowerCase() === guid);
  return asObjects(custom?.properties['permissions']) as unknown as Permission[];
}

/** Everything the caller's effective assignments grant at `scope`. */
export function effectivePermissions(
  world: World,
  caller: Caller,
  scope: string,
): readonly Permission[] {
  return world.resources
    .ofType('Microsoft.Authorization/roleAssignments')
    .filter((assignment) => isEffective(assignment, world, caller, scope))
    .flatMap((assignment) =>
      permissionsOf(world, asText(assignment.properties['roleDefinitionId']) ?? ''),
    );
}

function permits(
  world: World,
  caller: Caller,
  scope: string,
  grants: (permission: Permission) => boolean,
): boolean {
  return effectivePermissions(world, caller, scope).some(grants);
}

function isEffective(
  assignment: StoredResource,
  world: World,
  caller: Caller,
  scope: string,
): boolean {
  const { principalId, scope: assigned } = assignment.properties;
  const from = Number(assignment.hidden?.['effectiveAt'] ?? 0);
  return (
    asText(principalId)?.toLowerCase() === caller.objectId.toLowerCase() &&
    isWithin(scope, asText(assigned) ?? '') &&
    world.clock.now() >= from
  );
}

function covers(granted: readonly string[], withheld: readonly string[], action: string): boolean {
  return (
    granted.some((pattern) => matches(pattern, action)) &&
    !withheld.some((pattern) => matches(pattern, action))
  );
}

// `*` stands for any text, slashes included; as a part of its own (as in `workspaces/*/write`) also
// for no part at all: only so does the documented effect of AzureML Data Scientist come about, which
// withholds `workspaces/write` and `computes/*/write` from `workspaces/*/write`.
function matches(pattern: string, action: string): boolean {
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\/\*\/|\*/g, (part) => (part === '*' ? '.*' : '(?:/.*)?/'));
  return new RegExp(`^${source}$`, 'i').test(action);
}
