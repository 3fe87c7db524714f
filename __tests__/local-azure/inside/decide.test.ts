import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decide } from '../../../local-azure/inside/decide.ts';
import type { Source } from '../../../local-azure/inside/source.ts';
import type { World } from '../../../local-azure/world.ts';
import {
  app,
  applicationCollection,
  change,
  closedNetwork,
  group,
  machine,
  network,
  networkCollection,
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

  it('shows where a service endpoint leads past the firewall, unless its policy says whose account', () => {
    const policy = `${group}/providers/Microsoft.Network/serviceEndpointPolicies/own`;
    change(world, subnet('probe'), { serviceEndpoints: [{ service: 'Microsoft.Storage' }] });
    expect(way(probe, 'stranger.blob.core.windows.net')).toBe('service-endpoint');
    put(world, policy, {
      serviceEndpointPolicyDefinitions: [{ properties: { serviceResources: [account] } }],
    });
    change(world, subnet('probe'), { serviceEndpointPolicies: [{ id: policy }] });
    expect(way(probe, 'stranger.blob.core.windows.net')).toBe('not: service-endpoint-policy');
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
