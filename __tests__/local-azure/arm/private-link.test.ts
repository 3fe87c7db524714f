import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Json } from '../../../local-azure/arm/json.ts';
import { codeOf, GROUP, startWithGroup } from './azure.ts';
import type { Azure } from './azure.ts';

const NETWORK = `${GROUP}/providers/Microsoft.Network`;
const VNET = `${NETWORK}/virtualNetworks/net`;
const location = 'westeurope';
const ENDPOINT = `${NETWORK}/privateEndpoints/pe`;
const REGISTRY = `${GROUP}/providers/Microsoft.ContainerRegistry/registries/images`;
const zoneId = (name: string): string => `${NETWORK}/privateDnsZones/${name}`;
const ZONE = zoneId('privatelink.azurecr.io');

let azure: Azure;

beforeEach(async () => {
  azure = await startWithGroup();
  const properties = { addressSpace: { addressPrefixes: ['10.1.0.0/16'] } };
  await azure.send(`PUT ${VNET}`, { location, properties });
  await azure.send(`PUT ${VNET}/subnets/default`, {
    properties: { addressPrefixes: ['10.1.0.0/24'] },
  });
  await azure.send(`PUT ${ZONE}`, { location: 'global' });
  await azure.send(`PUT ${REGISTRY}`, { location, sku: { name: 'Premium' }, properties: {} });
});

function endpoint(target: string, group: string) {
  const link = { name: 'link', properties: { privateLinkServiceId: target, groupIds: [group] } };
  const properties = {
    subnet: { id: `${VNET}/subnets/default` },
    privateLinkServiceConnections: [link],
  };
  return azure.send(`PUT ${ENDPOINT}`, { location, properties });
}

function group(zones: readonly string[]) {
  const privateDnsZoneConfigs = zones.map((zone, index) => ({
    name: `config${index}`,
    properties: { privateDnsZoneId: zone },
  }));
  return azure.send(`PUT ${ENDPOINT}/privateDnsZoneGroups/default`, {
    properties: { privateDnsZoneConfigs },
  });
}

async function addressIn(zone: string, name: string): Promise<unknown> {
  const reply = await azure.send(`GET ${zone}/A/${name}`);
  const { aRecords } = (reply.json['properties'] ?? {}) as { aRecords?: { ipv4Address: string }[] };
  return aRecords?.[0]?.ipv4Address;
}

describe('a private endpoint', () => {
  it('makes a network interface with one address per member of its target', async () => {
    const reply = await endpoint(REGISTRY, 'registry');
    const { networkInterfaces, customDnsConfigs } = reply.json['properties'] as {
      networkInterfaces: { id: string }[];
      customDnsConfigs: Json[];
    };
    const card = await azure.send(`GET ${networkInterfaces[0]?.id ?? ''}`);
    expect((card.json['properties'] as Json)['ipConfigurations']).toMatchObject([
      { properties: { privateIPAddress: '10.1.0.4' } },
      { properties: { privateIPAddress: '10.1.0.5' } },
    ]);
    expect(customDnsConfigs).toEqual([
      { fqdn: 'images.westeurope.data.azurecr.io', ipAddresses: ['10.1.0.4'] },
      { fqdn: 'images.azurecr.io', ipAddresses: ['10.1.0.5'] },
    ]);
    expect(codeOf(await azure.send(`DELETE ${networkInterfaces[0]?.id ?? ''}`))).toBe(
      'NicInUseWithPrivateEndpoint',
    );
  });

  it('shows as an approved connection on its target', async () => {
    await endpoint(REGISTRY, 'registry');
    expect((await azure.send(`GET ${REGISTRY}`)).json).toMatchObject({
      properties: {
        privateEndpointConnections: [
          {
            properties: {
              privateEndpoint: { id: ENDPOINT },
              privateLinkServiceConnectionState: { status: 'Approved' },
            },
          },
        ],
      },
    });
  });

  it('refuses a target or a zone that is not there', async () => {
    expect(codeOf(await endpoint(`${REGISTRY}2`, 'registry'))).toBe('InvalidResourceReference');
    await endpoint(REGISTRY, 'registry');
    expect(codeOf(await group([zoneId('none.example')]))).toBe('InvalidResourceReference');
  });

  it('writes its records into the zones of its group and takes them back', async () => {
    await endpoint(REGISTRY, 'registry');
    const reply = await group([ZONE]);
    expect(reply.status).toBe(201);
    expect(await addressIn(ZONE, 'images')).toBe('10.1.0.5');
    expect(await addressIn(ZONE, 'images.westeurope.data')).toBe('10.1.0.4');
    expect((await azure.send(`GET ${ENDPOINT}`)).json).toMatchObject({
      properties: { customDnsConfigs: [] },
    });
    await azure.send(`DELETE ${ENDPOINT}`);
    expect(await addressIn(ZONE, 'images')).toBeUndefined();
    expect(azure.world.resources.ofType('Microsoft.Network/networkInterfaces')).toEqual([]);
  });

  it('serves the three addresses of a workspace in two zones', async () => {
    const part = (path: string, body: Json) =>
      azure.send(`PUT ${GROUP}/providers/${path}`, { location, ...body });
    await part('Microsoft.Storage/storageAccounts/store', {});
    const sku = { family: 'A', name: 'standard' };
    await part('Microsoft.KeyVault/vaults/vault1', { properties: { sku } });
    const workspace = `${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/lab-ml`;
    const made = await part('Microsoft.MachineLearningServices/workspaces/lab-ml', {
      identity: { type: 'SystemAssigned' },
      properties: {
        storageAccount: `${GROUP}/providers/Microsoft.Storage/storageAccounts/store`,
        keyVault: `${GROUP}/providers/Microsoft.KeyVault/vaults/vault1`,
      },
    });
    const id = String((made.json['properties'] as Json)['workspaceId']);
    const [api, notebooks] = ['privatelink.api.azureml.ms', 'privatelink.notebooks.azure.net'].map(
      zoneId,
    );
    for (const zone of [api, notebooks]) await azure.send(`PUT ${zone}`, { location: 'global' });
    await endpoint(workspace, 'amlworkspace');
    await group([api ?? '', notebooks ?? '']);
    expect(await addressIn(api ?? '', `${id}.workspace.westeurope`)).toBe('10.1.0.4');
    expect(await addressIn(api ?? '', `${id}.workspace.westeurope.cert`)).toBe('10.1.0.4');
    expect(await addressIn(notebooks ?? '', `ml-lab-ml-westeurope-${id}.westeurope`)).toBe(
      '10.1.0.5',
    );
    expect(await addressIn(api ?? '', `*.${id}.inference.westeurope`)).toBe('10.1.0.6');
  });
});

describe('a private DNS zone', () => {
  const link = (name: string, zone = ZONE) =>
    azure.send(`PUT ${zone}/virtualNetworkLinks/${name}`, {
      location: 'global',
      properties: { registrationEnabled: false, virtualNetwork: { id: VNET } },
    });

  it('has a start of authority from the beginning', async () => {
    expect((await azure.send(`GET ${ZONE}/SOA/@`)).json).toMatchObject({
      name: '@',
      properties: { ttl: 3600, soaRecord: { host: 'azureprivatedns.net' } },
    });
  });

  it('cannot go while a network is linked, and is linked to a network once', async () => {
    expect((await link('one')).json).toMatchObject({
      properties: { virtualNetworkLinkState: 'Completed' },
    });
    expect(codeOf(await link('two'))).toBe('Conflict');
    const deletion = await azure.send(`DELETE ${ZONE}`);
    expect([deletion.status, codeOf(deletion)]).toEqual([409, 'CannotDeleteResource']);
    await azure.send(`DELETE ${ZONE}/virtualNetworkLinks/one`);
    expect((await azure.send(`DELETE ${ZONE}`)).status).toBe(200);
    expect((await azure.send(`GET ${ZONE}/SOA/@`)).status).toBe(404);
  });

  it('keeps records written by hand', async () => {
    const body = { properties: { ttl: 60, aRecords: [{ ipv4Address: '10.1.0.99' }] } };
    expect((await azure.send(`PUT ${ZONE}/A/hand`, body)).status).toBe(201);
    expect((await azure.send(`GET ${ZONE}/A/hand`)).json).toMatchObject({
      properties: {
        fqdn: 'hand.privatelink.azurecr.io.',
        aRecords: [{ ipv4Address: '10.1.0.99' }],
      },
    });
    expect((await azure.send(`PUT ${ZONE}/A/hand`, { properties: {} })).status).toBe(400);
  });
});
