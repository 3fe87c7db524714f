import type { Outputs } from '../../terraform/outputs.ts';
import type { Evidence } from '../evidence.ts';
import { same } from './fields.ts';
import type { Facts, Route, Subnet } from './facts.ts';
import { workloadSubnets } from './subnets.ts';
import { each, judged, mustBe, row } from './verdict.ts';

/** Every subnet with workload has one way out, which is the firewall. */
export function judgeWaysOut(facts: Facts, outputs: Outputs): readonly Evidence[] {
  const subnets = workloadSubnets(facts, outputs);
  return each('way-out-by-firewall', 'subnets', subnets, (subnet) => {
    const subject = `subnet ${subnet.name}`;
    const table = facts.routeTables.find(({ id }) => same(id, subnet.routeTableId));
    const nat = subnet.natGatewayId === undefined ? [] : ['a NAT gateway is attached'];
    return [
      wayOut(subnet, facts),
      mustBe(
        'no-learnt-route',
        subject,
        // without a table there is nothing that keeps a gateway's routes away
        subnet.routeTableId === undefined ? true : table?.learns,
        false,
        ['gateways cannot add routes', 'gateways may add routes'],
      ),
      mustBe('no-default-outbound', subject, subnet.defaultOutbound ?? true, false, [
        "Azure's default way out is off",
        "Azure's default way out is on",
      ]),
      judged('no-nat-gateway', subject, nat, 'no NAT gateway'),
    ];
  });
}

function wayOut(subnet: Subnet, facts: Facts): Evidence {
  const check = 'way-out-by-firewall';
  const subject = `subnet ${subnet.name}`;
  if (subnet.routeTableId === undefined) {
    return row(check, subject, 'hole', 'no route table');
  }
  const table = facts.routeTables.find(({ id }) => same(id, subnet.routeTableId));
  if (table?.routes === undefined) {
    return row(check, subject, 'unproven', 'ARM does not give the routes of its table');
  }
  const firewalls = facts.firewalls.flatMap(({ privateAddresses }) => privateAddresses);
  const main = table.routes.find(({ prefix }) => prefix === '0.0.0.0/0');
  const wrong = [
    ...(main === undefined ? ['no route 0.0.0.0/0'] : []),
    // no route of ours holds it, and Azure Firewall takes IPv4 alone
    ...subnet.prefixes.filter(isIPv6).map((prefix) => `${prefix} does not pass the firewall`),
    ...table.routes.flatMap((route) => wrongWith(route, firewalls)),
  ];
  return judged(check, subject, wrong, `0.0.0.0/0 to the firewall, ${main?.address ?? ''}`);
}

function isIPv6(prefix: string): boolean {
  return prefix.includes(':');
}

/** A route leads to the firewall, stays in the network, or leads nowhere. */
function wrongWith({ name, prefix, hop, address }: Route, firewalls: readonly string[]): string[] {
  const leads = `route ${name}: ${prefix} leads to`;
  if (same(hop, 'VirtualAppliance')) {
    const right = address !== undefined && firewalls.includes(address);
    return right ? [] : [`${leads} ${address ?? 'no address'}, which is no firewall of the group`];
  }
  if (prefix !== '0.0.0.0/0' && (same(hop, 'None') || same(hop, 'VnetLocal'))) return [];
  return [`${leads} ${hop || 'what ARM does not say'}`];
}

/** The network stands alone: no peering, no gateway, no second network, names by Azure's resolver. */
export function judgeAlone(facts: Facts, outputs: Outputs): readonly Evidence[] {
  const network = facts.networks.find(({ name }) => same(name, outputs.vnetName));
  if (network === undefined) {
    return [row('no-peering', `network ${outputs.vnetName}`, 'unproven', 'ARM does not list it')];
  }
  const subject = `network ${network.name}`;
  const others = facts.networks.filter((one) => one !== network);
  const gateways = [
    ...facts.gateways.map(({ name, type }) => `${type.split('/').at(-1) ?? type} ${name}`),
    ...network.subnets.filter(({ name }) => name === 'GatewaySubnet').map(() => 'a GatewaySubnet'),
    ...(network.natGatewayId === undefined ? [] : ['a NAT gateway for the whole network']),
  ];
  return [
    network.peers === undefined
      ? row('no-peering', subject, 'unproven', 'ARM lists no peerings')
      : judged(
          'no-peering',
          subject,
          network.peers.map((id) => `peers with ${id}`),
          'no peering',
        ),
    judged(
      'no-gateway',
      subject,
      gateways.map((one) => `there is ${one}`),
      'no gateway',
    ),
    judged(
      'one-network',
      subject,
      others.map(({ name }) => `the group has a second network, ${name}`),
      'the only network of the group',
    ),
    judged(
      'names-by-azure',
      subject,
      network.dnsServers.map((one) => `asks the name server ${one}`),
      "asks Azure's resolver, which knows the private zones",
    ),
    ...otherResolvers(facts),
  ];
}

/** Interfaces and firewall policies can have name servers that take the place of the network's. */
function otherResolvers({ interfaces, policies }: Facts): readonly Evidence[] {
  const asking = [
    ...interfaces.map(({ name, dnsServers }) => [`network interface ${name}`, dnsServers] as const),
    ...policies.map(({ name, dnsServers }) => [`firewall policy ${name}`, dnsServers] as const),
  ];
  return asking.flatMap(([subject, servers]) =>
    servers.map((one) => row('names-by-azure', subject, 'hole', `asks the name server ${one}`)),
  );
}
