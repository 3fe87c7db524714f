import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWorld } from '../../../local-azure/create-world.ts';
import { endPrograms } from '../../../local-azure/inside/process.ts';
import type { LocalClock, StoredResource, World } from '../../../local-azure/world.ts';

export const subscription = '11111111-2222-3333-4444-555555555555';
export const group = `/subscriptions/${subscription}/resourceGroups/net`;
export const network = `${group}/providers/Microsoft.Network/virtualNetworks/vnet`;
export const subnet = (name: string): string => `${network}/subnets/${name}`;
export const machine = `${group}/providers/Microsoft.Compute/virtualMachines/probe`;
export const jumpbox = `${group}/providers/Microsoft.Compute/virtualMachines/jumpbox`;
export const vault = `${group}/providers/Microsoft.KeyVault/vaults/kv1`;
export const app = `${group}/providers/Microsoft.Web/sites/app1`;
export const account = `${group}/providers/Microsoft.Storage/storageAccounts/store1`;
export const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/ws1`;
export const workspaceGuid = '0a1b2c3d-0000-4000-8000-000000000001';
export const policy = `${group}/providers/Microsoft.Network/firewallPolicies/policy`;
export const rules = `${policy}/ruleCollectionGroups/egress`;
export const routeTable = `${group}/providers/Microsoft.Network/routeTables/rt`;
export const securityGroup = `${group}/providers/Microsoft.Network/networkSecurityGroups/nsg`;
export const zone = (name: string): string =>
  `${group}/providers/Microsoft.Network/privateDnsZones/${name}`;
export const firewallAddress = '10.1.1.4';

/** The type of a resource id: the segments after its last provider. */
function typeOf(id: string): string {
  const [namespace = '', ...rest] = id.split('/providers/').at(-1)?.split('/') ?? [];
  return [namespace, ...rest.filter((_, index) => index % 2 === 0)].join('/');
}

/** Puts a resource with these properties (and top-level extras) into a world. */
export function put(
  world: World,
  id: string,
  properties: Record<string, unknown> = {},
  extras: Partial<StoredResource> = {},
): StoredResource {
  const name = id.slice(id.lastIndexOf('/') + 1);
  const resource = { id, name, type: typeOf(id), location: 'westeurope', properties, ...extras };
  world.resources.put(resource);
  return resource;
}

/** Changes the properties of a resource that is there. */
export function change(world: World, id: string, properties: Record<string, unknown>): void {
  const resource = world.resources.get(id);
  if (resource === undefined) throw new Error(`no ${id}`);
  resource.properties = { ...resource.properties, ...properties };
}

/** A private endpoint with interface, zone, link and record. */
export function connect(
  world: World,
  endpoint: { target: string; group: string; zone: string; record: string; address: string },
): void {
  const id = `${group}/providers/Microsoft.Network/privateEndpoints/${endpoint.group}-pe`;
  const card = `${group}/providers/Microsoft.Network/networkInterfaces/${endpoint.group}-pe.nic`;
  const configuration = { properties: { privateIPAddress: endpoint.address } };
  put(world, card, { ipConfigurations: [configuration] });
  put(world, id, {
    subnet: { id: subnet('default') },
    networkInterfaces: [{ id: card }],
    privateLinkServiceConnections: [
      {
        name: endpoint.group,
        properties: {
          groupIds: [endpoint.group],
          privateLinkServiceId: endpoint.target,
          privateLinkServiceConnectionState: { status: 'Approved' },
        },
      },
    ],
  });
  put(world, zone(endpoint.zone));
  put(world, `${zone(endpoint.zone)}/virtualNetworkLinks/link`, {
    virtualNetwork: { id: network },
    registrationEnabled: false,
  });
  put(world, `${zone(endpoint.zone)}/A/${endpoint.record}`, {
    aRecords: [{ ipv4Address: endpoint.address }],
  });
}

function putNetwork(world: World): void {
  put(world, group);
  put(world, network, { addressSpace: { addressPrefixes: ['10.1.0.0/16'] } });
  const closed = (prefix: string): Record<string, unknown> => ({
    addressPrefixes: [prefix],
    defaultOutboundAccess: false,
    routeTable: { id: routeTable },
    networkSecurityGroup: { id: securityGroup },
  });
  put(world, subnet('default'), closed('10.1.0.0/24'));
  put(world, subnet('inference'), closed('10.1.2.0/26'));
  put(world, subnet('probe'), closed('10.1.3.0/28'));
  put(world, subnet('jumpbox'), closed('10.1.4.0/28'));
  put(world, securityGroup, { securityRules: [] });
  put(world, routeTable, {
    routes: [
      {
        name: 'out',
        properties: {
          addressPrefix: '0.0.0.0/0',
          nextHopType: 'VirtualAppliance',
          nextHopIpAddress: firewallAddress,
        },
      },
    ],
  });
}

/** The firewall's public address. */
export const publicIp = `${group}/providers/Microsoft.Network/publicIPAddresses/fw-ip`;

function putFirewall(world: World): void {
  put(world, policy, { sku: { tier: 'Standard' } });
  put(world, publicIp, { ipAddress: '203.0.113.1' }, { sku: { name: 'Standard' } });
  put(world, subnet('AzureFirewallSubnet'), { addressPrefixes: ['10.1.1.0/26'] });
  put(world, `${group}/providers/Microsoft.Network/azureFirewalls/fw`, {
    firewallPolicy: { id: policy },
    ipConfigurations: [
      {
        properties: {
          privateIPAddress: firewallAddress,
          publicIPAddress: { id: publicIp },
          subnet: { id: subnet('AzureFirewallSubnet') },
        },
      },
    ],
  });
  put(world, rules, {
    priority: 200,
    ruleCollections: [
      networkCollection([
        { tags: ['AzureActiveDirectory', 'AzureResourceManager', 'Storage.WestEurope'] },
      ]),
      applicationCollection(['ml.azure.com', '*.azureml.ms', 'state1.blob.core.windows.net']),
    ],
  });
}

/** A network rule collection that allows tags on a TCP port from the whole network. */
export function networkCollection(
  allowed: readonly { tags: readonly string[]; ports?: readonly string[] }[],
): Record<string, unknown> {
  return {
    name: 'services',
    priority: 100,
    ruleCollectionType: 'FirewallPolicyFilterRuleCollection',
    action: { type: 'Allow' },
    rules: allowed.map(({ tags, ports }, index) => ({
      ruleType: 'NetworkRule',
      name: `tags-${index}`,
      ipProtocols: ['TCP'],
      sourceAddresses: ['10.1.0.0/16'],
      destinationAddresses: tags,
      destinationPorts: ports ?? ['443'],
    })),
  };
}

/** An application rule collection that allows host names over HTTPS. */
export function applicationCollection(
  names: readonly string[],
  sources: readonly string[] = ['10.1.0.0/16'],
): Record<string, unknown> {
  return {
    name: 'hosts',
    priority: 200,
    ruleCollectionType: 'FirewallPolicyFilterRuleCollection',
    action: { type: 'Allow' },
    rules: [
      {
        ruleType: 'ApplicationRule',
        name: 'names',
        protocols: [{ protocolType: 'Https', port: 443 }],
        sourceAddresses: sources,
        targetFqdns: names,
      },
    ],
  };
}

/** The network interface of one of the two machines. */
export const card = (name: 'probe' | 'jumpbox'): string =>
  `${group}/providers/Microsoft.Network/networkInterfaces/${name}-nic`;

function putMachine(world: World, name: 'probe' | 'jumpbox', privateIPAddress: string): void {
  put(world, card(name), {
    ipConfigurations: [{ properties: { subnet: { id: subnet(name) }, privateIPAddress } }],
  });
  put(
    world,
    name === 'probe' ? machine : jumpbox,
    { networkProfile: { networkInterfaces: [{ id: card(name) }] }, provisioningState: 'Succeeded' },
    { identity: { type: 'SystemAssigned', principalId: `${name}-principal` } },
  );
}

function putServices(world: World): void {
  putMachine(world, 'probe', '10.1.3.4');
  putMachine(world, 'jumpbox', '10.1.4.4');
  put(world, vault, { publicNetworkAccess: 'Disabled', enableRbacAuthorization: true });
  put(world, account, { publicNetworkAccess: 'Disabled' });
  put(world, workspace, { publicNetworkAccess: 'Disabled', workspaceId: workspaceGuid });
  put(
    world,
    app,
    {
      publicNetworkAccess: 'Disabled',
      virtualNetworkSubnetId: subnet('inference'),
      siteConfig: { vnetRouteAllEnabled: true },
    },
    { identity: { type: 'SystemAssigned', principalId: 'app-principal' } },
  );
}

function putEndpoints(world: World): void {
  const record = `${workspaceGuid}.workspace.westeurope`;
  const endpoints = [
    [vault, 'vault', 'privatelink.vaultcore.azure.net', 'kv1'],
    [account, 'blob', 'privatelink.blob.core.windows.net', 'store1'],
    [workspace, 'amlworkspace', 'privatelink.api.azureml.ms', record],
    [app, 'sites', 'privatelink.azurewebsites.net', 'app1'],
  ] as const;
  for (const [index, [target, groupId, zoneName, name]] of endpoints.entries()) {
    const address = `10.1.0.${index + 10}`;
    connect(world, { target, group: groupId, zone: zoneName, record: name, address });
  }
}

/** Gives a site these app settings and Custom connection strings. */
export function configure(
  world: World,
  site: string,
  appSettings: Record<string, string>,
  connectionStrings: Record<string, string>,
): void {
  const resource = world.resources.get(site);
  if (resource === undefined) throw new Error(`no ${site}`);
  const custom = Object.entries(connectionStrings).map(([name, value]) => [
    name,
    { value, type: 'Custom' },
  ]);
  resource.hidden = {
    ...resource.hidden,
    configuration: { appsettings: appSettings, connectionstrings: Object.fromEntries(custom) },
  };
  world.events.emit('updated', resource);
}

/** Gives a principal a role that allows these data actions at a scope. */
export function allowData(
  world: World,
  principalId: string,
  scope: string,
  dataActions: readonly string[],
  actions: readonly string[] = [],
): void {
  const role = `role-${principalId}-${world.resources.all().length}`;
  const prefix = `/subscriptions/${subscription}/providers/Microsoft.Authorization`;
  put(world, `${prefix}/roleDefinitions/${role}`, {
    permissions: [{ actions, notActions: [], dataActions, notDataActions: [] }],
  });
  put(world, `${scope}/providers/Microsoft.Authorization/roleAssignments/a-${role}`, {
    principalId,
    roleDefinitionId: `${prefix}/roleDefinitions/${role}`,
    scope,
  });
}

/** A closed network as terraform deploys one, small: three subnets, firewall, endpoints, one of each service. */
export async function closedNetwork(
  options: { pace?: number; clock?: LocalClock } = {},
): Promise<{ world: World; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'closed-network-'));
  const world = createWorld({
    tenantId: '99999999-8888-7777-6666-555555555555',
    subscriptionId: subscription,
    folder,
    pace: options.pace ?? 0,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  putNetwork(world);
  putFirewall(world);
  putServices(world);
  putEndpoints(world);
  const remove = async (): Promise<void> => {
    await endPrograms(world);
    await rm(folder, { recursive: true, force: true });
  };
  return { world, remove };
}
