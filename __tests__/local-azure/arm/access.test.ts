import { describe, expect, it } from '@jest/globals';
import { allowed, allowedData } from '../../../local-azure/arm/access.ts';
import { builtInRoles } from '../../../local-azure/arm/built-in-roles.ts';
import type { Json } from '../../../local-azure/arm/json.ts';
import { callerOf, codeOf, GROUP, startWithGroup, SUBSCRIPTION } from './azure.ts';
import type { Azure } from './azure.ts';

const SOMEBODY = '00000000-0000-4000-8000-0000000000aa';
const ROLES = `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions`;
const NETWORK = `${GROUP}/providers/Microsoft.Network/virtualNetworks/net`;
const WRITE = 'Microsoft.Network/virtualNetworks/write';

function guidOf(roleName: string): string {
  return builtInRoles.find((role) => role.roleName === roleName)?.guid ?? '';
}

let names = 0;

function assign(azure: Azure, roleName: string, scope: string, name?: string) {
  names += 1;
  const guid = name ?? `00000000-0000-4000-8000-${String(names).padStart(12, '0')}`;
  return azure.send(`PUT ${scope}/providers/Microsoft.Authorization/roleAssignments/${guid}`, {
    properties: { principalId: SOMEBODY, roleDefinitionId: `${ROLES}/${guidOf(roleName)}` },
  });
}

describe('access', () => {
  it('follows the scope of an assignment, downwards only', async () => {
    const azure = await startWithGroup();
    const somebody = callerOf(azure.world, SOMEBODY);
    expect(allowed(azure.world, somebody, WRITE, NETWORK)).toBe(false);
    await assign(azure, 'Contributor', GROUP);
    expect(allowed(azure.world, somebody, WRITE, NETWORK.toUpperCase())).toBe(true);
    expect(allowed(azure.world, somebody, WRITE, SUBSCRIPTION)).toBe(false);
    expect(allowed(azure.world, somebody, WRITE, `${GROUP}2/providers/x/y/z`)).toBe(false);
  });

  it('honours what a role withholds', async () => {
    const azure = await startWithGroup();
    await assign(azure, 'Contributor', GROUP);
    const refused = await azure.send(
      `PUT ${GROUP}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-0000000000ff`,
      {},
      { caller: callerOf(azure.world, SOMEBODY) },
    );
    expect([refused.status, codeOf(refused)]).toEqual([403, 'AuthorizationFailed']);
  });

  it('keeps actions and data actions apart', async () => {
    const azure = await startWithGroup();
    const somebody = callerOf(azure.world, SOMEBODY);
    const read = 'Microsoft.KeyVault/vaults/secrets/getSecret/action';
    await assign(azure, 'Owner', GROUP);
    expect(allowedData(azure.world, somebody, read, NETWORK)).toBe(false);
    await assign(azure, 'Key Vault Secrets User', GROUP);
    expect(allowedData(azure.world, somebody, read, NETWORK)).toBe(true);
    expect(
      allowedData(
        azure.world,
        somebody,
        'Microsoft.KeyVault/vaults/secrets/setSecret/action',
        NETWORK,
      ),
    ).toBe(false);
  });

  it('lets a data scientist use a workspace but not change it', async () => {
    const azure = await startWithGroup();
    const somebody = callerOf(azure.world, SOMEBODY);
    await assign(azure, 'AzureML Data Scientist', GROUP);
    const may = (right: string): boolean =>
      allowed(
        azure.world,
        somebody,
        `Microsoft.MachineLearningServices/workspaces/${right}`,
        GROUP,
      );
    const rights = [
      'jobs/write',
      'read',
      'write',
      'computes/read',
      'computes/write',
      'listKeys/action',
    ];
    expect(rights.map(may)).toEqual([true, true, false, true, false, false]);
  });

  it('comes late, as it does in Azure', async () => {
    const azure = await startWithGroup(1);
    const somebody = callerOf(azure.world, SOMEBODY);
    await assign(azure, 'Reader', GROUP);
    expect(allowed(azure.world, somebody, 'Microsoft.Network/virtualNetworks/read', NETWORK)).toBe(
      false,
    );
    azure.clock.advance(31);
    expect(allowed(azure.world, somebody, 'Microsoft.Network/virtualNetworks/read', NETWORK)).toBe(
      true,
    );
  });

  it('comes as late as the world is told', async () => {
    const azure = await startWithGroup(1);
    azure.world.data.set('roleDelayMs', 300_000);
    await assign(azure, 'Reader', GROUP);
    azure.clock.advance(299);
    const somebody = callerOf(azure.world, SOMEBODY);
    expect(allowed(azure.world, somebody, '*/read', NETWORK)).toBe(false);
    azure.clock.advance(2);
    expect(allowed(azure.world, somebody, 'a/b/read', NETWORK)).toBe(true);
  });

  it('follows custom roles', async () => {
    const azure = await startWithGroup();
    const somebody = callerOf(azure.world, SOMEBODY);
    const guid = '00000000-0000-4000-8000-00000000cccc';
    const role = `${GROUP}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
    const permissions = [
      { actions: ['Microsoft.Compute/virtualMachines/runCommands/*'], notActions: [] },
    ];
    const properties = { roleName: 'run', permissions, assignableScopes: [GROUP] };
    expect((await azure.send(`PUT ${role}`, { properties })).status).toBe(201);
    expect((await azure.send(`PUT ${role}`, { properties })).status).toBe(201);
    const assignment = `${GROUP}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-00000000dddd`;
    await azure.send(`PUT ${assignment}`, {
      properties: { principalId: SOMEBODY, roleDefinitionId: role },
    });
    const run = 'Microsoft.Compute/virtualMachines/runCommands/write';
    expect(allowed(azure.world, somebody, run, GROUP)).toBe(true);
    expect(codeOf(await azure.send(`DELETE ${role}`))).toBe('RoleDefinitionHasAssignments');
    await azure.send(`DELETE ${assignment}`);
    expect(allowed(azure.world, somebody, run, GROUP)).toBe(false);
    expect((await azure.send(`DELETE ${role}`)).status).toBe(200);
  });
});

describe('a role assignment', () => {
  it('is refused twice, changed, or for a role that does not exist', async () => {
    const azure = await startWithGroup();
    const name = '00000000-0000-4000-8000-0000000000ee';
    expect((await assign(azure, 'Reader', GROUP, name)).status).toBe(201);
    expect((await assign(azure, 'Reader', GROUP, name)).status).toBe(200);
    expect(codeOf(await assign(azure, 'Reader', GROUP))).toBe('RoleAssignmentExists');
    expect(codeOf(await assign(azure, 'Owner', GROUP, name))).toBe(
      'RoleAssignmentUpdateNotPermitted',
    );
    expect(codeOf(await assign(azure, 'No such role', GROUP))).toBe('RoleDefinitionDoesNotExist');
  });

  it('is listed where it counts', async () => {
    const azure = await startWithGroup();
    await assign(azure, 'Reader', GROUP);
    const query = new URLSearchParams({ $filter: `assignedTo('${SOMEBODY}')` }).toString();
    const at = async (scope: string): Promise<number> => {
      const path = `GET ${scope}/providers/Microsoft.Authorization/roleAssignments`;
      return ((await azure.send(path, undefined, { query })).json['value'] as unknown[]).length;
    };
    expect([await at(GROUP), await at(SUBSCRIPTION)]).toEqual([1, 1]);
  });
});

describe('a built-in role', () => {
  it('is found by its name, at any scope, and by its id', async () => {
    const azure = await startWithGroup();
    const query = new URLSearchParams({ $filter: "roleName eq 'AcrPull'" }).toString();
    const path = `${GROUP}/providers/Microsoft.Authorization/roleDefinitions`;
    const reply = await azure.send(`GET ${path}`, undefined, { query });
    const [found] = reply.json['value'] as Json[];
    expect(found).toMatchObject({
      id: `${ROLES}/7f951dda-4ed3-4680-a7ca-43fe172d538d`,
      properties: { roleName: 'AcrPull', type: 'BuiltInRole' },
    });
    expect((await azure.send(`GET ${String(found?.['id'])}`)).json).toEqual(found);
  });

  it('has a GUID of its own', () => {
    const guids = builtInRoles.map((role) => role.guid);
    expect(new Set(guids).size).toBe(guids.length);
    for (const guid of guids) expect(guid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});
