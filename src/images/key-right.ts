import { apis } from '../azure/api-versions.ts';
import type { Resource } from '../azure/arm.ts';
import type { Difference } from '../azure/difference.ts';
import { farewellArm } from '../azure/farewell.ts';
import { scopes } from '../azure/pipeline.ts';
import { assignRole, builtInRoles, takeRole } from '../azure/roles.ts';
import { waitUntil } from '../azure/waiting.ts';
import { claimsOf, principalTypeOf } from '../login/claims.ts';
import type { Session } from '../login/session.ts';
import { allows } from '../preflight/permissions.ts';
import type { Permission } from '../preflight/permissions.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Place } from './place.ts';

const listKeys = 'Microsoft.Storage/storageAccounts/listKeys/action';
const roleId = builtInRoles.storageAccountKeyOperator;

/** Seconds that a new role assignment may take to be effective everywhere (Azure says up to ten minutes). */
const effectiveWithin = 900;

/**
 * Does something that needs the key of the images' account. The deployer's role lists no keys, so the
 * login gives itself the right to the key of this one account, and takes it back whatever happens; a
 * login that has the right anyway keeps it.
 */
export async function withKeyRight<T>(
  { account, accountId }: Pick<Place, 'account' | 'accountId'>,
  session: Session,
  tools: Toolbox,
  work: () => Promise<T>,
): Promise<T> {
  if (await mayListKeys(accountId, session)) return work();
  const token = await session.credential.getToken(scopes.management);
  const principalType = principalTypeOf(claimsOf(token?.token ?? ''));
  const { principalId, arm } = session;
  const right = { scope: accountId, principalId, principalType, roleId };
  tools.log.info(`The right to the key of ${account} is given for this step.`);
  try {
    await assignRole(arm, right, tools);
    await waitUntil(
      `The right to the key of ${account}`,
      async () => (await mayListKeys(accountId, session)) || undefined,
      effectiveWithin,
      tools,
    );
    return await work();
  } finally {
    await takeRole(farewellArm(session, tools), right);
    tools.log.info(`The right to the key of ${account} is taken back.`);
  }
}

/** Takes back what a run that was cut off left behind. */
export async function takeBackKeyRight(
  { accountId }: Pick<Place, 'accountId'>,
  { arm, principalId }: Session,
): Promise<void> {
  await takeRole(arm, { scope: accountId, principalId, roleId });
}

/** Assignments of that role on this one account, whoever holds them: outside a deploy there is none. */
export async function keyRights(
  { account, accountId }: Pick<Place, 'account' | 'accountId'>,
  { arm }: Pick<Session, 'arm'>,
): Promise<Difference[]> {
  const path = `${accountId}/providers/Microsoft.Authorization/roleAssignments?$filter=atScope()`;
  const assignments = await arm.list(path, apis.roles);
  const holders = assignments.filter((one) => isOn(accountId, one)).map(holderOf);
  if (holders.length === 0) return [];
  const attribute = 'right to its key';
  return [{ resource: account, attribute, wanted: 'nobody', found: holders.join(', ') }];
}

function isOn(accountId: string, { properties }: Resource): boolean {
  const [scope, role] = [properties?.['scope'], properties?.['roleDefinitionId']];
  if (typeof scope !== 'string' || typeof role !== 'string') return false;
  return scope.toLowerCase() === accountId.toLowerCase() && role.toLowerCase().endsWith(roleId);
}

function holderOf({ properties }: Resource): string {
  const id = properties?.['principalId'];
  return typeof id === 'string' ? id : 'somebody';
}

async function mayListKeys(accountId: string, { arm }: Session): Promise<boolean> {
  const path = `${accountId}/providers/Microsoft.Authorization/permissions`;
  return allows(await arm.list<Permission>(path, apis.roles), listKeys);
}
