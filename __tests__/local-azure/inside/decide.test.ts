import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decide } from '../../../local-azure/inside/decide.ts';
import { startupHosts } from '../../../local-azure/inside/startup-storage.ts';
import type { Source } from '../../../local-azure/inside/source.ts';
import type { World } from '../../../local-azure/world.ts';
import {
  app,
  applicationCollection,
  card,
  change,
  closedNetwork,
  firewallAddress,
  group,
  machine,
  network,
  networkCollection,
  policy,
  put,
  routeTable,
  rules,
  securityGroup,
  subnet,
  account,
  workspaceGuid,
  zone,
} from './closed-network.ts';

const probe: Source = { kind: 'machine', id: machine };
const webApp: Source = { kind: 'app', id: app };

let world: World;
let remove: () => Promise<void>;
beforeEach(async () => ({ world, remove } = await closedNetwork()));
afterEach(() => remove());

/** The way out, or what stops it. */
function way(source: Source, host: string, port = 443): string {
  const decision = decide(world, source, host, port);
  return decision.allowed ? decision.via : `not: ${decision.obstacle}`;
}

describe('names inside', () => {
  it.each([
    ['kv1.vault.azure.net', '10.1.0.10'],
    ['store1.blob.core.windows.net', '10.1.0.11'],
    [`${workspaceGuid}.workspace.westeurope.api.azureml.ms`, '10.1.0.12'],
    ['app1.azurewebsites.net', '10.1.0.13'],
  ])('lead %s to its private endpoint', (host, address) => {
    expect(decide(world, probe, host, 443)).toMatchObject({
      allowed: true,
      via: 'private-endpoint',
      address,
    });
  });

  it('stay public where the zone is not linked to the network', () => {
    world.resources.delete(`${zone('privatelink.vaultcore.azure.net')}/virtualNetworkLinks/link`);
    expect(way(probe, 'kv1.vault.azure.net')).toBe('not: firewall');
  });

  it('do not exist where a linked zone lacks the record', () => {
    world.resources.delete(`${zone('privatelink.vaultcore.azure.net')}/A/kv1`);
    expect(way(probe, 'kv1.vault.azure.net')).toBe('not: name');
  });

  it('lead nowhere where the record has an address that no endpoint has', () => {
    change(world, `${zone('privatelink.vaultcore.azure.net')}/A/kv1`, {
      aRecords: [{ ipv4Address: '10.1.0.99' }],
    });
    expect(way(probe, 'kv1.vault.azure.net')).toBe('not: endpoint');
  });

  it('stay public where the resource has no private endpoint', () => {
    put(world, `${group}/providers/Microsoft.KeyVault/vaults/kv2`);
    expect(way(probe, 'kv2.vault.azure.net')).toBe('not: firewall');
  });
});

describe('zones and resolvers', () => {
  const host = 'kv1.vault.azure.net';
  const vaultZone = zone('privatelink.vaultcore.azure.net');

  it('send a name back to the internet where the link says so', () => {
    world.resources.delete(`${vaultZone}/A/kv1`);
    change(world, `${vaultZone}/virtualNetworkLinks/link`, {
      resolutionPolicy: 'NxDomainRedirect',
    });
    expect(way(probe, host)).toBe('not: firewall');
  });

  it('answer by the zone with the longest name', () => {
    put(world, zone('azure.net'));
    put(world, `${zone('azure.net')}/virtualNetworkLinks/link`, {
      virtualNetwork: { id: network },
    });
    expect(way(probe, host)).toBe('not: name');
    put(world, zone('vault.azure.net'));
    put(world, `${zone('vault.azure.net')}/virtualNetworkLinks/link`, {
      virtualNetwork: { id: network },
    });
    put(world, `${zone('vault.azure.net')}/A/*`, { aRecords: [{ ipv4Address: '10.1.0.10' }] });
    expect(way(probe, host)).toBe('private-endpoint');
  });

  it('say nothing where the network asks a resolver of its own, unless it is the firewall', () => {
    change(world, network, { dhcpOptions: { dnsServers: ['10.1.9.9'] } });
    expect(way(probe, 'management.azure.com')).toBe('not: name');
    change(world, network, { dhcpOptions: { dnsServers: [firewallAddress] } });
    change(world, policy, { dnsSettings: { enableProxy: true } });
    expect(way(probe, 'management.azure.com')).toBe('firewall');
  });
});

describe('the way out of a closed network', () => {
  it('lets out what a network rule names by service tag', () => {
    expect(decide(world, probe, 'management.azure.com', 443)).toMatchObject({
      allowed: true,
      via: 'firewall',
    });
  });

  it('lets out what an application rule names, with and without wildcard', () => {
    expect(decide(world, probe, 'ml.azure.com', 443).allowed).toBe(true);
    expect(decide(world, probe, 'westeurope.api.azureml.ms', 443).allowed).toBe(true);
    expect(decide(world, probe, 'azureml.ms', 443).allowed).toBe(false);
  });

  it.each(['example.com', 'api.github.com', 'evil-ml.azure.com'])('stops %s', (host) => {
    expect(decide(world, probe, host, 443)).toMatchObject({ allowed: false, obstacle: 'firewall' });
  });

  it('stops an allowed name on another port', () => {
    expect(way(probe, 'ml.azure.com', 8443)).toBe('not: firewall');
    expect(way(probe, 'management.azure.com', 80)).toBe('not: firewall');
  });

  it('is shut for everything where the policy has no rule', () => {
    world.resources.delete(rules);
    expect(decide(world, probe, 'management.azure.com', 443).allowed).toBe(false);
  });

  it("keeps to a rule's source addresses", () => {
    change(world, rules, {
      ruleCollections: [applicationCollection(['ml.azure.com'], ['10.1.2.0/26'])],
    });
    expect(decide(world, probe, 'ml.azure.com', 443).allowed).toBe(false);
    expect(decide(world, webApp, 'ml.azure.com', 443).allowed).toBe(true);
  });

  it('takes network rules before application rules, whatever their priority', () => {
    const deny = {
      ...networkCollection([{ tags: ['*'] }]),
      priority: 900,
      action: { type: 'Deny' },
    };
    change(world, rules, { ruleCollections: [applicationCollection(['ml.azure.com']), deny] });
    expect(decide(world, probe, 'ml.azure.com', 443).allowed).toBe(false);
  });

  it("counts a stranger's storage account for every region of the tag", () => {
    expect(decide(world, probe, 'stranger.blob.core.windows.net', 443).allowed).toBe(true);
  });

  it('keeps a regional tag to accounts of its region', () => {
    const other = `${group}/providers/Microsoft.Storage/storageAccounts/far1`;
    put(world, other, {}, { location: 'eastus' });
    expect(decide(world, probe, 'far1.blob.core.windows.net', 443).allowed).toBe(false);
  });
});

describe('a hole in the network', () => {
  it('shows as the internet where the route to the firewall is missing and default outbound is on', () => {
    change(world, routeTable, { routes: [] });
    expect(way(probe, 'example.com')).toBe('not: no-outbound');
    change(world, subnet('probe'), { defaultOutboundAccess: true });
    expect(decide(world, probe, 'example.com', 443)).toMatchObject({
      allowed: true,
      via: 'internet',
    });
  });

  it('shows where the route leads to an address that is no firewall', () => {
    world.resources.delete(`${group}/providers/Microsoft.Network/azureFirewalls/fw`);
    expect(way(probe, 'management.azure.com')).toBe('not: route');
  });

  it('shows where a more precise route goes past the firewall', () => {
    change(world, subnet('probe'), { defaultOutboundAccess: true });
    put(world, `${routeTable}/routes/direct`, {
      addressPrefix: '198.18.0.0/15',
      nextHopType: 'Internet',
    });
    expect(way(probe, 'example.com')).toBe('internet');
  });

  it('shows where the app does not send all its traffic through the network', () => {
    change(world, app, { siteConfig: { vnetRouteAllEnabled: false } });
    expect(way(webApp, 'example.com')).toBe('internet');
    expect(way(webApp, 'kv1.vault.azure.net')).toBe('private-endpoint');
  });

  it('shows where an appliance that forwards stands in the way of the firewall', () => {
    change(world, routeTable, { routes: [] });
    put(world, `${routeTable}/routes/out`, {
      addressPrefix: '0.0.0.0/0',
      nextHopType: 'VirtualAppliance',
      nextHopIpAddress: '10.1.4.4',
    });
    expect(decide(world, probe, 'example.com', 443)).toMatchObject({
      obstacle: 'route',
      reason: expect.stringContaining('jumpbox, which forwards nothing'),
    });
    change(world, card('jumpbox'), { enableIPForwarding: true });
    change(world, subnet('jumpbox'), { routeTable: undefined, defaultOutboundAccess: true });
    expect(way(probe, 'example.com')).toBe('internet');
  });

  it('does not show where appliances lead in a circle, or a route to a gateway that is not there', () => {
    const out = (hop: object) => ({
      name: 'out',
      properties: { addressPrefix: '0.0.0.0/0', ...hop },
    });
    change(world, card('jumpbox'), { enableIPForwarding: true });
    change(world, routeTable, {
      routes: [out({ nextHopType: 'VirtualAppliance', nextHopIpAddress: '10.1.4.4' })],
    });
    expect(decide(world, probe, 'example.com', 443)).toMatchObject({
      reason: expect.stringContaining('in a circle'),
    });
    change(world, routeTable, { routes: [out({ nextHopType: 'VirtualNetworkGateway' })] });
    expect(way(probe, 'example.com')).toBe('not: route');
  });
});

describe('a service endpoint of the subnet', () => {
  const guard = `${group}/providers/Microsoft.Network/serviceEndpointPolicies/own`;
  const [startup = ''] = startupHosts('westeurope');
  const definition = (service: string, serviceResources: readonly string[]) => ({
    properties: { service, serviceResources },
  });
  const endpoint = (service: string): void =>
    change(world, subnet('probe'), { serviceEndpoints: [{ service }] });
  const guarded = (...definitions: readonly object[]): void => {
    endpoint('Microsoft.Storage');
    put(world, guard, { serviceEndpointPolicyDefinitions: definitions });
    change(world, subnet('probe'), { serviceEndpointPolicies: [{ id: guard }] });
  };

  it('leads past the firewall to every account, unless a policy says to whose', () => {
    endpoint('Microsoft.Storage');
    expect(way(probe, 'stranger.blob.core.windows.net')).toBe('service-endpoint');
    guarded(definition('Microsoft.Storage', [account]));
    expect(way(probe, 'stranger.blob.core.windows.net')).toBe('not: service-endpoint-policy');
    expect(way(probe, startup)).toBe('not: service-endpoint-policy');
    expect(way(probe, 'store1.blob.core.windows.net')).toBe('private-endpoint');
  });

  it('leads to the start-up storage of machine learning where the policy names its alias', () => {
    guarded(definition('Global', ['/services/Azure/MachineLearning']));
    expect(way(probe, startup)).toBe('service-endpoint');
    expect(way(probe, 'stranger.blob.core.windows.net')).toBe('not: service-endpoint-policy');
    guarded(definition('Microsoft.Storage', ['/services/Azure/MachineLearning']));
    expect(way(probe, startup)).toBe('not: service-endpoint-policy');
  });

  it('takes whole groups and subscriptions as well', () => {
    world.resources.delete(`${group}/providers/Microsoft.Network/privateEndpoints/blob-pe`);
    guarded(definition('Microsoft.Storage', [group]));
    expect(way(probe, 'store1.blob.core.windows.net')).toBe('service-endpoint');
  });

  it('reaches the accounts of its own region alone, unless it is the global one', () => {
    put(
      world,
      `${group}/providers/Microsoft.Storage/storageAccounts/far1`,
      {},
      { location: 'eastus' },
    );
    endpoint('Microsoft.Storage');
    expect(way(probe, 'far1.blob.core.windows.net')).toBe('not: firewall');
    endpoint('Microsoft.Storage.Global');
    expect(way(probe, 'far1.blob.core.windows.net')).toBe('service-endpoint');
  });

  it("leads to everybody's vaults where it is one for vaults", () => {
    expect(way(probe, 'stranger.vault.azure.net')).toBe('not: firewall');
    endpoint('Microsoft.KeyVault');
    expect(way(probe, 'stranger.vault.azure.net')).toBe('service-endpoint');
  });

  it('tells the other side its subnet, and its private address', () => {
    endpoint('Microsoft.Storage');
    expect(decide(world, probe, 'stranger.blob.core.windows.net', 443)).toMatchObject({
      subnetId: subnet('probe'),
      seenAs: '10.1.3.4',
    });
    expect(decide(world, probe, 'management.azure.com', 443)).toMatchObject({
      seenAs: '203.0.113.1',
    });
  });
});

describe('the firewall', () => {
  const web = (protocolType: string, port: number): void =>
    change(world, rules, {
      ruleCollections: [
        {
          ...applicationCollection([]),
          rules: [
            {
              ruleType: 'ApplicationRule',
              name: 'web',
              protocols: [{ protocolType, port }],
              sourceAddresses: ['*'],
              targetFqdns: ['example.com'],
            },
          ],
        },
      ],
    });

  it('tells plain HTTP from HTTPS, on whatever port', () => {
    web('Http', 80);
    expect([way(probe, 'example.com', 80), way(probe, 'example.com', 443)]).toEqual([
      'firewall',
      'not: firewall',
    ]);
    web('Http', 8080);
    const plain = decide(world, probe, 'example.com', 8080, { speaks: 'http' });
    expect([plain.allowed, way(probe, 'example.com', 8080)]).toEqual([true, 'not: firewall']);
  });

  it('tells UDP from TCP', () => {
    const tundra = (protocol: 'TCP' | 'UDP') =>
      decide(world, probe, 'westeurope.tundra.azureml.ms', 5831, { protocol }).allowed;
    const allow = networkCollection([{ tags: ['AzureMachineLearning'], ports: ['5831'] }]);
    change(world, rules, { ruleCollections: [allow] });
    expect([tundra('TCP'), tundra('UDP')]).toEqual([true, false]);
    const [rule] = allow['rules'] as [object];
    change(world, rules, {
      ruleCollections: [{ ...allow, rules: [{ ...rule, ipProtocols: ['UDP'] }] }],
    });
    expect([tundra('TCP'), tundra('UDP')]).toEqual([false, true]);
  });

  it('lets a bare address out by a rule that names it, and by no tag and no host name', () => {
    expect(way(probe, '198.18.7.7')).toBe('not: firewall');
    change(world, rules, { ruleCollections: [networkCollection([{ tags: ['198.18.0.0/16'] }])] });
    expect(way(probe, '198.18.7.7')).toBe('firewall');
    change(world, rules, { ruleCollections: [applicationCollection(['*'])] });
    expect(way(probe, '198.18.7.7')).toBe('not: firewall');
  });
});

describe('addresses of the network itself', () => {
  it('lead to endpoints and machines, and nowhere else', () => {
    expect(way(probe, '10.1.0.10')).toBe('private-endpoint');
    expect(way(probe, '10.1.4.4', 3389)).toBe('network');
    expect(way(probe, '10.1.4.5', 3389)).toBe('not: route');
  });

  it('are guarded by the security group of the machine that has them', () => {
    const deny = {
      name: 'deny-inbound',
      properties: {
        priority: 4096,
        direction: 'Inbound',
        access: 'Deny',
        protocol: '*',
        sourceAddressPrefix: '*',
        destinationAddressPrefix: '*',
        destinationPortRange: '*',
      },
    };
    change(world, securityGroup, { securityRules: [deny] });
    expect(way(probe, '10.1.4.4', 3389)).toBe('not: security-group');
    expect(way(probe, 'kv1.vault.azure.net')).toBe('private-endpoint');
    change(world, subnet('default'), { privateEndpointNetworkPolicies: 'Enabled' });
    expect(way(probe, 'kv1.vault.azure.net')).toBe('not: security-group');
  });
});

describe('security groups', () => {
  const denyInternet = {
    name: 'no-internet',
    properties: {
      priority: 400,
      direction: 'Outbound',
      access: 'Deny',
      protocol: '*',
      sourceAddressPrefix: '*',
      destinationAddressPrefix: 'Internet',
      destinationPortRange: '*',
    },
  };

  it('stop the internet and leave private endpoints alone', () => {
    change(world, securityGroup, { securityRules: [denyInternet] });
    expect(way(probe, 'management.azure.com')).toBe('not: security-group');
    expect(way(probe, 'kv1.vault.azure.net')).toBe('private-endpoint');
  });

  it('let a rule with a smaller number win, also where it is a resource of its own', () => {
    change(world, securityGroup, { securityRules: [denyInternet] });
    put(world, `${securityGroup}/securityRules/arm`, {
      ...denyInternet.properties,
      priority: 300,
      access: 'Allow',
      destinationAddressPrefix: 'AzureResourceManager',
    });
    expect(way(probe, 'management.azure.com')).toBe('firewall');
    expect(way(probe, 'ml.azure.com')).toBe('not: security-group');
  });

  it('of the interface itself are asked, too', () => {
    const own = `${group}/providers/Microsoft.Network/networkSecurityGroups/own`;
    put(world, own, { securityRules: [denyInternet] });
    change(world, card('probe'), { networkSecurityGroup: { id: own } });
    expect(way(probe, 'management.azure.com')).toBe('not: security-group');
  });

  it('stop a private endpoint where a rule names its address', () => {
    const rule = { ...denyInternet.properties, destinationAddressPrefix: '10.1.0.10/32' };
    change(world, securityGroup, { securityRules: [{ name: 'vault', properties: rule }] });
    expect(way(probe, 'kv1.vault.azure.net')).toBe('not: security-group');
  });
});

describe('what hangs in no network', () => {
  it('gets nowhere', () => {
    world.resources.delete(subnet('probe'));
    expect(way(probe, 'management.azure.com')).toBe('not: no-network');
  });

  it('sees only public names where it is an app without integration', () => {
    change(world, app, { virtualNetworkSubnetId: undefined });
    expect(way(webApp, 'kv1.vault.azure.net')).toBe('internet');
    expect(network).toContain('vnet');
  });
});
