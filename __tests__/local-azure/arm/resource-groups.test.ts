import { describe, expect, it } from '@jest/globals';
import { codeOf, GROUP, settled, startAzure, startWithGroup, SUBSCRIPTION } from './azure.ts';

describe('a resource group', () => {
  it('is created with 201, updated with 200, and found under any spelling', async () => {
    const azure = startAzure();
    expect((await azure.send(`PUT ${GROUP}`, { location: 'West Europe' })).status).toBe(201);
    const again = await azure.send(`PUT ${SUBSCRIPTION}/resourcegroups/LAB`, {
      location: 'westeurope',
      tags: { owner: 'me' },
    });
    expect(again.status).toBe(200);
    expect(again.json).toMatchObject({ id: GROUP, name: 'lab', location: 'westeurope' });
    expect((await azure.send(`HEAD ${GROUP}`)).status).toBe(204);
  });

  it('refuses a move, an unknown region and a bad name', async () => {
    const azure = await startWithGroup();
    const moved = await azure.send(`PUT ${GROUP}`, { location: 'northeurope' });
    expect([moved.status, codeOf(moved)]).toEqual([409, 'InvalidResourceGroupLocation']);
    const nowhere = await azure.send(`PUT ${SUBSCRIPTION}/resourceGroups/a`, { location: 'moon' });
    expect(codeOf(nowhere)).toBe('LocationNotAvailableForResourceGroup');
    const named = await azure.send(`PUT ${SUBSCRIPTION}/resourceGroups/a.`, {
      location: 'uksouth',
    });
    expect(codeOf(named)).toBe('InvalidResourceGroup');
  });

  it('takes everything in it along, after a while', async () => {
    const azure = await startWithGroup(1);
    const network = `${GROUP}/providers/Microsoft.Network/virtualNetworks/net`;
    const body = {
      location: 'westeurope',
      properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } },
    };
    await settled(azure, await azure.send(`PUT ${network}`, body));
    const deletion = await azure.send(`DELETE ${GROUP}`);
    expect(deletion.status).toBe(202);
    expect((await azure.send(`GET ${GROUP}`)).json).toMatchObject({
      properties: { provisioningState: 'Deleting' },
    });
    expect(codeOf(await azure.send(`PUT ${network}2`, body))).toBe('ResourceGroupBeingDeleted');
    await settled(azure, deletion);
    expect(codeOf(await azure.send(`GET ${GROUP}`))).toBe('ResourceGroupNotFound');
    expect(codeOf(await azure.send(`GET ${network}`))).toBe('ResourceGroupNotFound');
    expect(azure.world.resources.below(GROUP)).toEqual([]);
  });

  it('lists what lies in it by type and by tag', async () => {
    const azure = await startWithGroup();
    const identities = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities`;
    await azure.send(`PUT ${identities}/a`, { location: 'westeurope', tags: { env: 'one' } });
    await azure.send(`PUT ${identities}/b`, { location: 'westeurope', tags: { env: 'two' } });
    const namesFor = async (filter: string): Promise<unknown[]> => {
      const reply = await azure.send(`GET ${GROUP}/resources`, undefined, {
        query: new URLSearchParams({ $filter: filter }).toString(),
      });
      return (reply.json['value'] as { name: string }[]).map(({ name }) => name);
    };
    expect(
      await namesFor("resourceType eq 'microsoft.managedidentity/userassignedidentities'"),
    ).toEqual(['a', 'b']);
    expect(await namesFor("tagName eq 'env' and tagValue eq 'two'")).toEqual(['b']);
    expect(await namesFor("resourceType eq 'Microsoft.Network/virtualNetworks'")).toEqual([]);
  });
});

describe('the front door of ARM', () => {
  it('wants an api-version that is a date', async () => {
    const azure = await startWithGroup();
    const without = await azure.send(`GET ${GROUP}`, undefined, { apiVersion: null });
    expect([without.status, codeOf(without)]).toEqual([400, 'MissingApiVersionParameter']);
    const wrong = await azure.send(`GET ${GROUP}`, undefined, { apiVersion: 'latest' });
    expect(codeOf(wrong)).toBe('InvalidApiVersionParameter');
  });

  it('knows its own subscription only', async () => {
    const azure = startAzure();
    const other = '/subscriptions/00000000-0000-4000-8000-0000000000ff';
    const reply = await azure.send(`GET ${other}/operationresults/any`);
    expect([reply.status, codeOf(reply)]).toEqual([404, 'SubscriptionNotFound']);
  });

  it('wants the group and the parent of what is written', async () => {
    const azure = await startWithGroup();
    const vnet = (group: string): string =>
      `${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.Network/virtualNetworks/net`;
    expect(codeOf(await azure.send(`PUT ${vnet('none')}`, {}))).toBe('ResourceGroupNotFound');
    const orphan = await azure.send(`PUT ${vnet('lab')}/subnets/a`, {
      properties: { addressPrefix: '10.0.0.0/24' },
    });
    expect([orphan.status, codeOf(orphan)]).toEqual([404, 'ParentResourceNotFound']);
    expect(codeOf(await azure.send(`GET ${vnet('lab')}`))).toBe('ResourceNotFound');
  });

  it('refuses a namespace that is not registered, until it is', async () => {
    const azure = await startWithGroup(1);
    const provider = `${SUBSCRIPTION}/providers/Microsoft.Storage`;
    await azure.send(`POST ${provider}/unregister`);
    const account = `${GROUP}/providers/Microsoft.Storage/storageAccounts/abc`;
    const refused = await azure.send(`PUT ${account}`, { location: 'westeurope' });
    expect([refused.status, codeOf(refused)]).toEqual([409, 'MissingSubscriptionRegistration']);
    expect((await azure.send(`POST ${provider}/register`)).json['registrationState']).toBe(
      'Registering',
    );
    azure.clock.advance(60);
    expect((await azure.send(`GET ${provider}`)).json['registrationState']).toBe('Registered');
    expect((await azure.send(`PUT ${account}`, { location: 'westeurope' })).status).toBe(202);
  });

  it('minds ETags', async () => {
    const azure = await startWithGroup();
    const table = `${GROUP}/providers/Microsoft.Network/routeTables/routes`;
    const body = { location: 'westeurope', properties: {} };
    const first = await azure.send(`PUT ${table}`, body);
    const etag = String(first.headers?.['ETag']);
    const put = (headers: Record<string, string>) => azure.send(`PUT ${table}`, body, { headers });
    expect((await put({ 'if-none-match': '*' })).status).toBe(412);
    expect((await put({ 'if-match': 'W/"other"' })).status).toBe(412);
    expect((await put({ 'if-match': etag })).status).toBe(200);
    expect((await put({ 'if-match': etag })).status).toBe(412);
  });

  it('refuses a second region for the same resource', async () => {
    const azure = await startWithGroup();
    const table = `${GROUP}/providers/Microsoft.Network/routeTables/routes`;
    await azure.send(`PUT ${table}`, { location: 'westeurope' });
    expect(codeOf(await azure.send(`PUT ${table}`, { location: 'uksouth' }))).toBe(
      'InvalidResourceLocation',
    );
    expect(codeOf(await azure.send(`PUT ${table}2`, {}))).toBe('LocationRequired');
  });
});
