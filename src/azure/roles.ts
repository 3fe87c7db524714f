import { createHash } from 'node:crypto';
import type { Toolbox } from '../toolbox/index.ts';
import { apis } from './api-versions.ts';
import type { Arm } from './arm.ts';
import { codeOf } from './explain.ts';
import { waitUntil } from './waiting.ts';

/** Ids of built-in roles, the same in every tenant (learn.microsoft.com, "Azure built-in roles"). */
export const builtInRoles = {
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
  storageAccountKeyOperator: '81a9662b-bebf-436f-a333-f67b29880f12',
} as const;

export interface RoleAssignment {
  /** ARM id of what the role is for. */
  readonly scope: string;
  readonly principalId: string;
  readonly principalType: 'ServicePrincipal' | 'User' | 'Group';
  /** GUID of the role definition. */
  readonly roleId: string;
}

/** How long a new identity may take to be known everywhere in Entra. */
const principalDeadline = 300;

/**
 * Gives a role, once: the assignment's name follows from scope, principal and role, and one that is
 * there already is fine. Waits while Entra does not know the principal yet.
 */
export async function assignRole(
  arm: Arm,
  wanted: RoleAssignment,
  tools: Pick<Toolbox, 'clock' | 'log'>,
): Promise<void> {
  const { scope, principalId, principalType, roleId } = wanted;
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0] ?? '';
  const path = pathOf(wanted);
  const body = {
    properties: {
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
      principalId,
      principalType,
    },
  };
  const what = `Assigning a role on ${scope.split('/').at(-1) ?? scope}`;
  await waitUntil(
    what,
    async () => {
      try {
        await arm.put(path, apis.roles, body, { what, deadlineSeconds: principalDeadline });
        return true;
      } catch (error) {
        if (codeOf(error) === 'RoleAssignmentExists') return true;
        if (codeOf(error) === 'PrincipalNotFound') return undefined;
        throw error;
      }
    },
    principalDeadline,
    tools,
  );
}

/** Takes back a role that `assignRole` gave; one that is gone already is fine. */
export async function takeRole(
  arm: Arm,
  given: Pick<RoleAssignment, 'scope' | 'principalId' | 'roleId'>,
): Promise<void> {
  await arm.delete(pathOf(given), apis.roles);
}

/** A role assignment as ARM gives it. */
export interface HeldRole {
  readonly properties?: {
    readonly scope?: string;
    readonly roleDefinitionId?: string;
    readonly condition?: string | null;
    /** ISO 8601. */
    readonly createdOn?: string;
  };
}

/** The role assignments of a principal, also by its groups, that ARM lists at a scope: made there, above or below. */
export function rolesHeld(
  arm: Arm,
  scope: string,
  principalId: string,
): Promise<readonly HeldRole[]> {
  const filter = encodeURIComponent(`assignedTo('${principalId}')`);
  const path = `${scope}/providers/Microsoft.Authorization/roleAssignments?$filter=${filter}`;
  return arm.list(path, apis.roles);
}

/** Whether what is given at a scope holds at a target; management groups and the root lie above every subscription that shows their assignments. */
export function isAtOrAbove(scope: string | undefined, target: string): boolean {
  if (scope === undefined) return false;
  const above = scope.toLowerCase().replace(/\/$/, '');
  if (!above.startsWith('/subscriptions/')) return true;
  return `${target.toLowerCase()}/`.startsWith(`${above}/`);
}

function pathOf(wanted: Pick<RoleAssignment, 'scope' | 'principalId' | 'roleId'>): string {
  return `${wanted.scope}/providers/Microsoft.Authorization/roleAssignments/${nameOf(wanted)}`;
}

/** Fixed for ever: names of assignments made earlier follow from it. */
const namespace = 'c2c4b6a0-5a3e-4d0e-9c55-6f6f0f6e7a11';

function nameOf(wanted: Pick<RoleAssignment, 'scope' | 'principalId' | 'roleId'>): string {
  const { scope, principalId, roleId } = wanted;
  return uuid5(`${scope}|${principalId}|${roleId}`.toLowerCase(), namespace);
}

/** Name-based UUID (RFC 9562, version 5). */
export function uuid5(name: string, space: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(space.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
    .subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
