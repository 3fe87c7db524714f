import { apis } from '../azure/api-versions.ts';
import { isAtOrAbove, rolesHeld } from '../azure/roles.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { passKeyOf, siteOf } from '../terraform/resource-ids.ts';

/** Built-in roles, the same in every tenant (learn.microsoft.com, "Azure built-in roles"). */
const roles = {
  Owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  Contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  Reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  'AzureML Data Scientist': 'f6c7c914-8db3-469d-8ca1-694a8f32e121',
  'Key Vault Administrator': '00482a5a-887f-4fb3-b363-3b7fe8e74483',
  'Key Vault Secrets Officer': 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6',
} as const;

type Role = keyof typeof roles;

/** What the app's identity must have on a resource, and broader roles that do as well. */
const onWorkspace: readonly (readonly Role[])[] = [
  ['Reader', 'Contributor', 'Owner'],
  ['AzureML Data Scientist', 'Contributor', 'Owner'],
];
const onKey: readonly (readonly Role[])[] = [
  ['Key Vault Secrets User', 'Key Vault Secrets Officer', 'Key Vault Administrator'],
];

/** Roles on the workspace that ARM has no assignment of, for the app's identity; empty where all are there. */
export function rolesMissingOnWorkspace(
  outputs: Outputs,
  session: Pick<Session, 'arm'>,
): Promise<readonly string[]> {
  return missing(outputs.workspaceId, onWorkspace, outputs, session);
}

/** The same for the secret with the pass key. */
export function rolesMissingOnKey(
  outputs: Outputs,
  session: Pick<Session, 'arm'>,
): Promise<readonly string[]> {
  return missing(passKeyOf(outputs), onKey, outputs, session);
}

async function missing(
  target: string,
  wanted: readonly (readonly Role[])[],
  outputs: Outputs,
  session: Pick<Session, 'arm'>,
): Promise<readonly string[]> {
  const principal = await principalOf(outputs, session);
  if (principal === undefined) return wanted.map(([role]) => role ?? '');
  const held = await rolesOn(target, principal, session);
  return wanted
    .filter((any) => !any.some((role) => held.has(roles[role])))
    .map(([role]) => role ?? '');
}

interface SiteIdentity {
  readonly identity?: {
    readonly userAssignedIdentities?: Readonly<
      Record<string, { readonly principalId?: string; readonly clientId?: string }>
    >;
  };
}

/** Object id of the identity the app signs in with; undefined where the app does not have that identity. */
async function principalOf(
  outputs: Outputs,
  { arm }: Pick<Session, 'arm'>,
): Promise<string | undefined> {
  const site = await arm.get<SiteIdentity>(siteOf(outputs), apis.web);
  const identities = Object.values(site?.identity?.userAssignedIdentities ?? {});
  const client = outputs.inferenceIdentityClientId.toLowerCase();
  return identities.find(({ clientId }) => clientId?.toLowerCase() === client)?.principalId;
}

/** GUIDs of the roles that somebody holds at a resource or above it. */
async function rolesOn(
  target: string,
  principal: string,
  { arm }: Pick<Session, 'arm'>,
): Promise<ReadonlySet<string>> {
  const listed = await rolesHeld(arm, target, principal);
  const held = listed.filter(({ properties }) => isAtOrAbove(properties?.scope, target));
  return new Set(held.map(({ properties }) => guidOf(properties?.roleDefinitionId)));
}

function guidOf(id = ''): string {
  return (id.split('/').at(-1) ?? '').toLowerCase();
}
