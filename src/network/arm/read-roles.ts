import { apis } from '../../azure/api-versions.ts';
import { distinct, listAt, nameOf, textAt, textsAt } from './fields.ts';
import type { Reading } from './reading.ts';
import type { Assignment, Identity } from './service-facts.ts';

/**
 * Who has which role on the group, above it and below it. Roles that somebody has through a group of
 * people are listed under that group; who is in it, ARM does not say.
 */
export async function readAssignments(
  group: string,
  reading: Reading,
): Promise<readonly Assignment[]> {
  const path = `${group}/providers/Microsoft.Authorization/roleAssignments`;
  const found = await reading.list(path, apis.roles);
  const ids = distinct(found.flatMap((one) => textAt(one, 'properties', 'roleDefinitionId') ?? []));
  const definitions = new Map(
    await Promise.all(
      ids.map(async (id) => [id.toLowerCase(), await reading.get(id, apis.roles)] as const),
    ),
  );
  return found.map((one) => {
    const id = textAt(one, 'properties', 'roleDefinitionId') ?? '';
    const definition = definitions.get(id.toLowerCase());
    return {
      principalId: textAt(one, 'properties', 'principalId') ?? '',
      principalType: textAt(one, 'properties', 'principalType') ?? 'unknown',
      scope: textAt(one, 'properties', 'scope') ?? '',
      role: textAt(definition, 'properties', 'roleName'),
      actions: (listAt(definition, 'properties', 'permissions') ?? []).flatMap((permission) =>
        textsAt(permission, 'actions'),
      ),
    };
  });
}

/** The group's user-assigned identities, with the issuers whose tokens Entra takes for them. */
export async function readIdentities(
  group: string,
  reading: Reading,
): Promise<readonly Identity[]> {
  const path = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`;
  const found = await reading.list(path, apis.identity);
  return Promise.all(found.map((raw) => readIdentity(raw, reading)));
}

async function readIdentity(raw: unknown, reading: Reading): Promise<Identity> {
  const id = textAt(raw, 'id') ?? '';
  const path = `${id}/federatedIdentityCredentials`;
  const credentials = await reading.list(path, apis.identity);
  return {
    id,
    name: textAt(raw, 'name') ?? nameOf(id),
    principalId: textAt(raw, 'properties', 'principalId'),
    trusts: credentials.map((one) => {
      const said = (member: string): string => textAt(one, 'properties', member) ?? '?';
      return `${said('subject')} of ${said('issuer')}`;
    }),
  };
}
