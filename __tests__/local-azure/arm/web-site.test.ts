import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Json } from '../../../local-azure/arm/json.ts';
import {
  appSettingsOf,
  connectionStringsOf,
} from '../../../local-azure/operations/web-site/configuration.ts';
import { codeOf, GROUP, startWithGroup, SUBSCRIPTION } from './azure.ts';
import type { Azure } from './azure.ts';

const PLAN = `${GROUP}/providers/Microsoft.Web/serverFarms/plan`;
const SITE = `${GROUP}/providers/Microsoft.Web/sites/lab-app`;
const VNET = `${GROUP}/providers/Microsoft.Network/virtualNetworks/net`;
const location = 'westeurope';

let azure: Azure;

function put(properties: Json = {}) {
  return azure.send(`PUT ${SITE}`, {
    location,
    identity: { type: 'SystemAssigned' },
    properties: { serverFarmId: PLAN, ...properties },
  });
}

beforeEach(async () => {
  azure = await startWithGroup();
  await azure.send(`PUT ${PLAN}`, {
    location,
    sku: { name: 'P0v3' },
    properties: { reserved: true },
  });
});

describe('a web app', () => {
  it('answers 200 with names, addresses and identity', async () => {
    const reply = await put({ siteConfig: { linuxFxVersion: 'PYTHON|3.12', alwaysOn: true } });
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      kind: 'app,linux',
      identity: {
        principalId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        tenantId: azure.world.tenantId,
      },
      properties: {
        defaultHostName: 'lab-app.azurewebsites.net',
        enabledHostNames: ['lab-app.azurewebsites.net', 'lab-app.scm.azurewebsites.net'],
        state: 'Running',
      },
    });
    const before = (reply.json['identity'] as Json)['principalId'];
    const after = ((await put()).json['identity'] as Json)['principalId'];
    expect(after).toBe(before);
  });

  it('needs its plan, which then cannot go', async () => {
    expect(codeOf(await put({ serverFarmId: `${PLAN}2` }))).toBe('NotFound');
    await put();
    expect((await azure.send(`DELETE ${PLAN}`)).status).toBe(409);
    await azure.send(`DELETE ${SITE}`);
    expect((await azure.send(`DELETE ${PLAN}`)).status).toBe(200);
  });

  it('joins only a subnet that is delegated to it', async () => {
    const addressSpace = { addressPrefixes: ['10.1.0.0/16'] };
    await azure.send(`PUT ${VNET}`, { location, properties: { addressSpace } });
    const subnet = `${VNET}/subnets/inference`;
    await azure.send(`PUT ${subnet}`, { properties: { addressPrefix: '10.1.2.0/26' } });
    expect(codeOf(await put({ virtualNetworkSubnetId: subnet }))).toBe('BadRequest');
    const delegations = [{ name: 'web', properties: { serviceName: 'Microsoft.Web/serverFarms' } }];
    await azure.send(`PUT ${subnet}`, {
      properties: { addressPrefix: '10.1.2.0/26', delegations },
    });
    expect((await put({ virtualNetworkSubnetId: subnet })).status).toBe(200);
    expect(codeOf(await azure.send(`DELETE ${subnet}`))).toBe('InUseSubnetCannotBeDeleted');
    expect((await azure.send(`GET ${SITE}/networkConfig/virtualNetwork`)).json).toMatchObject({
      properties: { subnetResourceId: subnet },
    });
  });

  it('shows its settings only to a POST', async () => {
    await put({ siteConfig: { appSettings: [{ name: 'CLUSTER', value: 'cpu' }] } });
    const site = await azure.send(`GET ${SITE}`);
    expect(JSON.stringify(site.json)).not.toContain('cpu');
    const list = () => azure.send(`POST ${SITE}/config/appSettings/list`);
    expect((await list()).json).toMatchObject({ properties: { CLUSTER: 'cpu' } });
    await azure.send(`PUT ${SITE}/config/appsettings`, {
      properties: { CLUSTER: 'gpu', OTHER: '1' },
    });
    expect((await list()).json['properties']).toEqual({ CLUSTER: 'gpu', OTHER: '1' });
    const secret = { SECRET: { type: 'Custom', value: '@Microsoft.KeyVault(SecretUri=x)' } };
    await azure.send(`PUT ${SITE}/config/connectionStrings`, { properties: secret });
    const stored = azure.world.resources.get(SITE);
    expect(stored && appSettingsOf(stored)).toEqual({ CLUSTER: 'gpu', OTHER: '1' });
    expect(stored && connectionStringsOf(stored)).toEqual(secret);
    await put({ httpsOnly: true });
    expect((await list()).json['properties']).toEqual({ CLUSTER: 'gpu', OTHER: '1' });
  });

  it('has configuration with Azure’s usual values until it is written', async () => {
    await put({ siteConfig: { http20Enabled: true } });
    expect((await azure.send(`GET ${SITE}/config/web`)).json).toMatchObject({
      properties: { http20Enabled: true, minTlsVersion: '1.2' },
    });
    await azure.send(`PATCH ${SITE}/config/web`, { properties: { appCommandLine: 'start' } });
    expect((await azure.send(`GET ${SITE}/config/web`)).json).toMatchObject({
      properties: { appCommandLine: 'start', http20Enabled: true },
    });
    const policy = `${SITE}/basicPublishingCredentialsPolicies/scm`;
    expect((await azure.send(`GET ${policy}`)).json).toMatchObject({ properties: { allow: true } });
    expect((await azure.send(`PUT ${policy}`, { properties: { allow: false } })).status).toBe(200);
    expect((await azure.send(`GET ${policy}`)).json).toMatchObject({
      properties: { allow: false },
    });
    expect((await azure.send(`POST ${SITE}/config/backup/list`)).status).toBe(404);
    expect((await azure.send(`GET ${SITE}/config/logs`)).status).toBe(200);
  });

  it('has a name that is free, or is refused', async () => {
    const check = () =>
      azure.send(`POST ${SUBSCRIPTION}/providers/Microsoft.Web/checknameavailability`, {
        name: 'LAB-app',
        type: 'Microsoft.Web/sites',
      });
    expect((await check()).json['nameAvailable']).toBe(true);
    azure.world.data.set('takenNames', new Set(['microsoft.web/sites/lab-app']));
    expect((await check()).json['nameAvailable']).toBe(false);
    expect((await put()).status).toBe(409);
  });
});
