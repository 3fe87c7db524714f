import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { arrive } from '../../../local-azure/inside/arriving.ts';
import type { World } from '../../../local-azure/world.ts';
import {
  card,
  change,
  closedNetwork,
  group,
  jumpbox,
  policy,
  publicIp,
  put,
  routeTable,
  securityGroup,
  subnet,
} from './closed-network.ts';

let world: World;
let remove: () => Promise<void>;
beforeEach(async () => ({ world, remove } = await closedNetwork()));
afterEach(() => remove());

const firewallAddress = '203.0.113.1';
const ownAddress = '203.0.113.9';

/** What is reached, or why nothing is. */
function knock(address: string, port = 3389): string {
  const arrival = arrive(world, address, port);
  return arrival.reached ? arrival.what : `not: ${arrival.reason}`;
}

function inbound(more: Record<string, unknown>, priority = 100): Record<string, unknown> {
  return {
    name: `rule-${priority}`,
    properties: {
      priority,
      direction: 'Inbound',
      access: 'Allow',
      protocol: 'Tcp',
      sourceAddressPrefix: '*',
      destinationAddressPrefix: '*',
      destinationPortRange: '3389',
      ...more,
    },
  };
}

const denyAll = inbound({ access: 'Deny', protocol: '*', destinationPortRange: '*' }, 4096);

/** A group that lets nobody in but by these rules, as terraform's do. */
function guard(id: string, ...rules: readonly object[]): void {
  put(world, id, { securityRules: [...rules, denyAll] });
}

function translate(more: Record<string, unknown> = {}): void {
  put(world, `${policy}/ruleCollectionGroups/inbound`, {
    priority: 100,
    ruleCollections: [
      {
        name: 'nat',
        priority: 100,
        ruleCollectionType: 'FirewallPolicyNatRuleCollection',
        action: { type: 'DNAT' },
        rules: [
          {
            ruleType: 'NatRule',
            name: 'rdp',
            ipProtocols: ['TCP'],
            sourceAddresses: ['*'],
            destinationAddresses: [firewallAddress],
            destinationPorts: ['3389'],
            translatedAddress: '10.1.4.4',
            translatedPort: '3389',
            ...more,
          },
        ],
      },
    ],
  });
}

describe('the address of the firewall', () => {
  it('leads nowhere without a NAT rule', () => {
    expect(knock(firewallAddress)).toMatch(/^not: no NAT rule/);
  });

  it('leads to the machine that a NAT rule names, on that port alone', () => {
    translate();
    expect([knock(firewallAddress), knock(firewallAddress, 22)]).toEqual([
      'jumpbox',
      expect.stringMatching(/^not: no NAT rule/),
    ]);
  });

  it('leads there past the security group of the machine, which sees the firewall come', () => {
    translate();
    guard(securityGroup, inbound({ sourceAddressPrefix: '168.63.129.16/32' }));
    expect(knock(firewallAddress)).toContain('stopped by rule "rule-4096"');
    guard(securityGroup, inbound({ sourceAddressPrefix: '10.1.1.0/26' }));
    expect(knock(firewallAddress)).toBe('jumpbox');
  });

  it('leads to a private endpoint as well, and out into the world', () => {
    translate({ destinationPorts: ['443'], translatedAddress: '10.1.0.10', translatedPort: '443' });
    expect(knock(firewallAddress, 443)).toBe('private endpoint vault-pe');
    translate({ translatedAddress: '10.1.4.99' });
    expect(knock(firewallAddress)).toBe('not: nothing has the address 10.1.4.99');
    translate({ translatedAddress: undefined, translatedFqdn: 'vault.example' });
    expect(knock(firewallAddress)).toBe('vault.example');
  });

  it("keeps to the rule's sources", () => {
    translate({ sourceAddresses: ['192.0.2.0/24'] });
    expect(knock(firewallAddress)).toMatch(/^not: /);
    expect(arrive(world, firewallAddress, 3389, '192.0.2.7').reached).toBe(true);
  });

  it('has a name where it was given a label', () => {
    translate();
    change(world, publicIp, { dnsSettings: { domainNameLabel: 'lab' } });
    expect(knock('lab.westeurope.cloudapp.azure.com')).toBe('jumpbox');
  });
});

describe('an address on a machine', () => {
  const id = `${group}/providers/Microsoft.Network/publicIPAddresses/own`;
  beforeEach(() => {
    put(world, id, { ipAddress: ownAddress }, { sku: { name: 'Standard' } });
    const properties = {
      subnet: { id: subnet('jumpbox') },
      privateIPAddress: '10.1.4.4',
      publicIPAddress: { id },
    };
    change(world, card('jumpbox'), { ipConfigurations: [{ properties }] });
  });

  it('is shut by the groups as terraform makes them', () => {
    guard(securityGroup, inbound({ sourceAddressPrefix: '168.63.129.16/32' }));
    expect(knock(ownAddress)).toContain('stopped by rule "rule-4096"');
  });

  it.each(['*', 'Internet', '0.0.0.0/0', '198.51.100.0/24', 'AzureCloud.westeurope'])(
    'is open where the group lets in %s',
    (sourceAddressPrefix) => {
      guard(securityGroup, inbound({ sourceAddressPrefix }));
      expect([knock(ownAddress), knock(ownAddress, 22)]).toEqual([
        'jumpbox',
        expect.stringMatching(/^not: /),
      ]);
    },
  );

  it.each(['VirtualNetwork', 'AzureLoadBalancer', '192.0.2.0/24', 'Storage'])(
    'stays shut where the group lets in %s',
    (sourceAddressPrefix) => {
      change(world, routeTable, { routes: [] });
      guard(securityGroup, inbound({ sourceAddressPrefix }));
      expect(knock(ownAddress)).toMatch(/^not: /);
    },
  );

  it("is open by Azure's own rules where the default route makes everybody part of the network", () => {
    put(world, securityGroup, { securityRules: [] });
    expect(knock(ownAddress)).toBe('jumpbox');
    change(world, routeTable, { routes: [] });
    expect(knock(ownAddress)).toContain('DenyAllInBound');
  });

  it('asks the group of the subnet and that of the interface', () => {
    const own = `${group}/providers/Microsoft.Network/networkSecurityGroups/own`;
    guard(securityGroup, inbound({}));
    guard(own);
    change(world, card('jumpbox'), { networkSecurityGroup: { id: own } });
    expect(knock(ownAddress)).toContain('of own');
    guard(own, inbound({}));
    expect(knock(ownAddress)).toBe('jumpbox');
  });

  it('is shut without any group where it is a Standard one, and open where it is Basic', () => {
    change(world, subnet('jumpbox'), { networkSecurityGroup: undefined });
    expect(knock(ownAddress)).toContain('Standard address');
    put(world, id, { ipAddress: ownAddress }, { sku: { name: 'Basic' } });
    expect(knock(ownAddress)).toBe('jumpbox');
  });

  it('reaches no machine that is off', () => {
    guard(securityGroup, inbound({}));
    const machine = world.resources.get(jumpbox);
    if (machine !== undefined) machine.hidden = { power: 'deallocated' };
    expect(knock(ownAddress)).toBe('not: jumpbox is off');
  });
});

describe('any other address', () => {
  it('reaches nothing', () => {
    expect(knock('203.0.113.77')).toBe('not: nobody here has this address');
    put(world, `${group}/providers/Microsoft.Network/publicIPAddresses/spare`, {
      ipAddress: '203.0.113.8',
    });
    expect(knock('203.0.113.8')).toBe('not: nothing that answers holds this address');
  });
});
