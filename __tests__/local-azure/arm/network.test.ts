import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Json } from '../../../local-azure/arm/json.ts';
import { codeOf, GROUP, startWithGroup } from './azure.ts';
import type { Azure } from './azure.ts';

const NETWORK = `${GROUP}/providers/Microsoft.Network`;
const VNET = `${NETWORK}/virtualNetworks/net`;
const SUBNET = `${VNET}/subnets/default`;
const location = 'westeurope';

let azure: Azure;

beforeEach(async () => {
  azure = await startWithGroup();
  await azure.send(`PUT ${VNET}`, {
    location,
    properties: { addressSpace: { addressPrefixes: ['10.1.0.0/16'] }, subnets: [] },
  });
  await subnet('default', '10.1.0.0/24');
});

function subnet(name: string, prefix: string, more: Json = {}) {
  const properties = { addressPrefixes: [prefix], ...more };
  return azure.send(`PUT ${VNET}/subnets/${name}`, { properties });
}

function card(name: string, more: Json = {}) {
  const configuration = { name: 'cfg', properties: { subnet: { id: SUBNET }, ...more } };
  const properties = { ipConfigurations: [configuration] };
  return azure.send(`PUT ${NETWORK}/networkInterfaces/${name}`, { location, properties });
}

function addressOf(reply: { json: Json }): unknown {
  const { ipConfigurations } = reply.json['properties'] as {
    ipConfigurations: { properties: Json }[];
  };
  return ipConfigurations[0]?.properties['privateIPAddress'];
}

describe('a virtual network', () => {
  it('shows its subnets, which are resources of their own', async () => {
    const reply = await azure.send(`GET ${VNET}`);
    expect(reply.json).toMatchObject({
      properties: {
        resourceGuid: expect.any(String),
        provisioningState: 'Succeeded',
        subnets: [
          { id: SUBNET, name: 'default', properties: { addressPrefixes: ['10.1.0.0/24'] } },
        ],
      },
    });
  });

  it('refuses subnets outside its space and subnets that overlap', async () => {
    expect(codeOf(await subnet('a', '10.2.0.0/24'))).toBe('NetcfgInvalidSubnet');
    expect(codeOf(await subnet('a', '10.1.0.128/25'))).toBe('NetcfgSubnetRangesOverlap');
    expect(codeOf(await subnet('a', '10.1.1.1/24'))).toBe('NetcfgInvalidSubnet');
    expect((await subnet('a', '10.1.1.0/24')).status).toBe(201);
  });

  it('loses the subnets that a PUT leaves out, and keeps all where it names none', async () => {
    const addressSpace = { addressPrefixes: ['10.1.0.0/16'] };
    await azure.send(`PUT ${VNET}`, { location, properties: { addressSpace } });
    expect((await azure.send(`GET ${SUBNET}`)).status).toBe(200);
    await azure.send(`PUT ${VNET}`, { location, properties: { addressSpace, subnets: [] } });
    expect((await azure.send(`GET ${SUBNET}`)).status).toBe(404);
  });

  it('takes one write at a time', async () => {
    const slow = await startWithGroup(1);
    const body = { location, properties: { addressSpace: { addressPrefixes: ['10.1.0.0/16'] } } };
    await slow.send(`PUT ${VNET}`, body);
    const early = await slow.send(`PUT ${SUBNET}`, {
      properties: { addressPrefix: '10.1.0.0/24' },
    });
    expect([early.status, codeOf(early)]).toEqual([429, 'AnotherOperationInProgress']);
    slow.clock.advance(60);
    const later = await slow.send(`PUT ${SUBNET}`, {
      properties: { addressPrefix: '10.1.0.0/24' },
    });
    expect(later.status).toBe(201);
  });
});

describe('what is in use', () => {
  it('cannot be deleted: a subnet with a network interface, and its network', async () => {
    await card('nic');
    const reply = await azure.send(`DELETE ${SUBNET}`);
    expect([reply.status, codeOf(reply)]).toEqual([400, 'InUseSubnetCannotBeDeleted']);
    expect(codeOf(await azure.send(`DELETE ${VNET}`))).toBe('InUseSubnetCannotBeDeleted');
    await azure.send(`DELETE ${NETWORK}/networkInterfaces/nic`);
    expect((await azure.send(`DELETE ${SUBNET}`)).status).toBe(200);
    expect((await azure.send(`DELETE ${SUBNET}`)).status).toBe(204);
  });

  it.each([
    ['networkSecurityGroups', 'networkSecurityGroup', 'InUseNetworkSecurityGroupCannotBeDeleted'],
    ['routeTables', 'routeTable', 'InUseRouteTableCannotBeDeleted'],
  ])('cannot be deleted: one of %s on a subnet', async (type, member, code) => {
    const id = `${NETWORK}/${type}/one`;
    expect(codeOf(await subnet('a', '10.1.3.0/24', { [member]: { id } }))).toBe(
      'InvalidResourceReference',
    );
    await azure.send(`PUT ${id}`, { location, properties: {} });
    expect((await subnet('a', '10.1.3.0/24', { [member]: { id } })).status).toBe(201);
    expect(codeOf(await azure.send(`DELETE ${id}`))).toBe(code);
    expect((await azure.send(`GET ${id}`)).json).toMatchObject({
      properties: { subnets: [{ id: `${VNET}/subnets/a` }] },
    });
    await subnet('a', '10.1.3.0/24');
    expect((await azure.send(`DELETE ${id}`)).status).toBe(200);
  });
});

describe('a network interface', () => {
  it('gets the next free address of its subnet and keeps it', async () => {
    expect(addressOf(await card('one'))).toBe('10.1.0.4');
    expect(addressOf(await card('two'))).toBe('10.1.0.5');
    expect(addressOf(await card('one'))).toBe('10.1.0.4');
    await azure.send(`DELETE ${NETWORK}/networkInterfaces/one`);
    expect(addressOf(await card('three'))).toBe('10.1.0.4');
  });

  it('takes a static address only where it is free and inside', async () => {
    const fixed = (address: string) => ({
      privateIPAllocationMethod: 'Static',
      privateIPAddress: address,
    });
    expect(addressOf(await card('one', fixed('10.1.0.9')))).toBe('10.1.0.9');
    expect(codeOf(await card('two', fixed('10.1.0.9')))).toBe('PrivateIPAddressIsAllocated');
    expect(codeOf(await card('two', fixed('10.9.0.9')))).toBe('PrivateIPAddressNotInSubnet');
  });
});

describe('a route table', () => {
  it('shows its routes inline and at their own address', async () => {
    const table = `${NETWORK}/routeTables/rt`;
    const route = (next: string): Json => ({
      name: 'out',
      properties: {
        addressPrefix: '0.0.0.0/0',
        nextHopType: 'VirtualAppliance',
        nextHopIpAddress: next,
      },
    });
    await azure.send(`PUT ${table}`, { location, properties: { routes: [route('10.1.1.4')] } });
    expect((await azure.send(`GET ${table}/routes/out`)).json).toMatchObject({
      id: `${table}/routes/out`,
    });
    expect((await azure.send(`PUT ${table}/routes/out`, route('10.1.1.5'))).status).toBe(200);
    expect((await azure.send(`GET ${table}`)).json).toMatchObject({
      properties: { routes: [{ properties: { nextHopIpAddress: '10.1.1.5' } }] },
    });
    expect((await azure.send(`DELETE ${table}/routes/out`)).status).toBe(200);
    expect((await azure.send(`GET ${table}/routes/out`)).status).toBe(404);
  });
});

describe('a firewall', () => {
  const policy = `${NETWORK}/firewallPolicies/policy`;
  const address = `${NETWORK}/publicIPAddresses/ip`;
  const firewall = `${NETWORK}/azureFirewalls/fw`;
  const put = (subnetName: string) =>
    azure.send(`PUT ${firewall}`, {
      location,
      properties: {
        sku: { name: 'AZFW_VNet', tier: 'Standard' },
        firewallPolicy: { id: policy },
        ipConfigurations: [
          {
            name: 'cfg',
            properties: {
              subnet: { id: `${VNET}/subnets/${subnetName}` },
              publicIPAddress: { id: address },
            },
          },
        ],
      },
    });

  beforeEach(async () => {
    await subnet('AzureFirewallSubnet', '10.1.1.0/26');
    await azure.send(`PUT ${policy}`, { location, properties: {} });
    const properties = { publicIPAllocationMethod: 'Static' };
    await azure.send(`PUT ${address}`, { location, sku: { name: 'Standard' }, properties });
  });

  it('holds the first address of its own subnet, and its parts', async () => {
    expect(codeOf(await put('default'))).toBe('AzureFirewallSubnetNameIsIncorrect');
    expect(addressOf(await put('AzureFirewallSubnet'))).toBe('10.1.1.4');
    expect(codeOf(await azure.send(`DELETE ${address}`))).toBe('PublicIPAddressCannotBeDeleted');
    expect(codeOf(await azure.send(`DELETE ${policy}`))).toBe('FirewallPolicyInUse');
    expect((await azure.send(`GET ${address}`)).json).toMatchObject({
      properties: {
        ipAddress: expect.stringMatching(/^203\.0\.113\./),
        ipConfiguration: { id: `${firewall}/azureFirewallIpConfigurations/cfg` },
      },
    });
  });

  it('takes rule collection groups with unique names and a priority', async () => {
    const group = (properties: Json) =>
      azure.send(`PUT ${policy}/ruleCollectionGroups/egress`, { properties });
    expect(codeOf(await group({ priority: 1 }))).toBe(
      'FirewallPolicyRuleCollectionGroupInvalidPriority',
    );
    const twice = [{ name: 'a' }, { name: 'a' }];
    expect(codeOf(await group({ priority: 200, ruleCollections: twice }))).toBe(
      'FirewallPolicyRuleCollectionNameNotUnique',
    );
    expect((await group({ priority: 200, ruleCollections: [] })).status).toBe(201);
  });
});
