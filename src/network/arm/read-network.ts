import { apis } from '../../azure/api-versions.ts';
import type { Outputs } from '../../terraform/outputs.ts';
import { valueAt } from '../../terraform/json.ts';
import {
  distinct,
  flagAt,
  idsAt,
  listAt,
  nameOf,
  numberAt,
  same,
  textAt,
  textsAt,
} from './fields.ts';
import type {
  EndpointPolicy,
  HeldAddress,
  Network,
  NetworkInterface,
  RouteTable,
  SecurityGroup,
  SecurityRule,
  Subnet,
} from './facts.ts';
import type { Reading } from './reading.ts';

/** A public address of the group. */
export function readAddress(raw: unknown): HeldAddress {
  return {
    id: textAt(raw, 'id') ?? '',
    name: textAt(raw, 'name') ?? '',
    address: textAt(raw, 'properties', 'ipAddress'),
    holder:
      textAt(raw, 'properties', 'ipConfiguration', 'id') ??
      textAt(raw, 'properties', 'natGateway', 'id'),
  };
}

/** A network interface, of a machine or of a private endpoint. */
export function readInterface(raw: unknown): NetworkInterface {
  const configurations = listAt(raw, 'properties', 'ipConfigurations');
  const all = (...names: readonly string[]): readonly string[] =>
    (configurations ?? []).flatMap((one) => textAt(one, 'properties', ...names) ?? []);
  return {
    id: textAt(raw, 'id') ?? '',
    name: textAt(raw, 'name') ?? '',
    subnetId: all('subnet', 'id')[0],
    addresses: all('privateIPAddress'),
    dnsServers: foreignServers(textsAt(raw, 'properties', 'dnsSettings', 'dnsServers')),
    behind: (configurations ?? []).flatMap(balancersOf),
    publicAddressIds:
      configurations === undefined || configurations.length === 0
        ? undefined
        : all('publicIPAddress', 'id'),
    machineId: textAt(raw, 'properties', 'virtualMachine', 'id'),
    endpointId: textAt(raw, 'properties', 'privateEndpoint', 'id'),
  };
}

/** What leads from a load balancer or gateway to an ip configuration. */
function balancersOf(configuration: unknown): readonly string[] {
  const properties = valueAt(configuration, 'properties');
  const lists = [
    'loadBalancerBackendAddressPools',
    'loadBalancerInboundNatRules',
    'applicationGatewayBackendAddressPools',
  ];
  return [
    ...lists.flatMap((list) => idsAt(properties, list)),
    textAt(properties, 'gatewayLoadBalancer', 'id') ?? '',
  ].filter(Boolean);
}

/** Azure writes its own resolver as an empty list or as AzureProvidedDNS. */
function foreignServers(servers: readonly string[]): readonly string[] {
  return servers.filter((one) => !same(one, 'AzureProvidedDNS'));
}

/** A virtual network with its subnets. */
export function readNetwork(raw: unknown): Network {
  const peerings = listAt(raw, 'properties', 'virtualNetworkPeerings');
  return {
    id: textAt(raw, 'id') ?? '',
    name: textAt(raw, 'name') ?? '',
    ranges: textsAt(raw, 'properties', 'addressSpace', 'addressPrefixes'),
    dnsServers: foreignServers(textsAt(raw, 'properties', 'dhcpOptions', 'dnsServers')),
    peers: peerings?.map(
      (one) => textAt(one, 'properties', 'remoteVirtualNetwork', 'id') ?? textAt(one, 'name') ?? '',
    ),
    natGatewayId: textAt(raw, 'properties', 'defaultPublicNatGateway', 'id'),
    subnets: (listAt(raw, 'properties', 'subnets') ?? []).map(readSubnet),
  };
}

function readSubnet(raw: unknown): Subnet {
  const single = textAt(raw, 'properties', 'addressPrefix');
  const several = textsAt(raw, 'properties', 'addressPrefixes');
  return {
    id: textAt(raw, 'id') ?? '',
    name: textAt(raw, 'name') ?? '',
    prefixes: distinct([...(single === undefined ? [] : [single]), ...several]),
    routeTableId: textAt(raw, 'properties', 'routeTable', 'id'),
    securityGroupId: textAt(raw, 'properties', 'networkSecurityGroup', 'id'),
    natGatewayId: textAt(raw, 'properties', 'natGateway', 'id'),
    defaultOutbound: flagAt(raw, 'properties', 'defaultOutboundAccess'),
    serviceEndpoints: (listAt(raw, 'properties', 'serviceEndpoints') ?? []).flatMap(
      (one) => textAt(one, 'service') ?? [],
    ),
    endpointPolicyIds: idsAt(raw, 'properties', 'serviceEndpointPolicies'),
    delegations: (listAt(raw, 'properties', 'delegations') ?? []).flatMap(
      (one) => textAt(one, 'properties', 'serviceName') ?? [],
    ),
    residents: [
      'ipConfigurations',
      'ipConfigurationProfiles',
      'applicationGatewayIPConfigurations',
      'privateEndpoints',
    ].flatMap((list) => idsAt(raw, 'properties', list)),
    joined: (listAt(raw, 'properties', 'serviceAssociationLinks') ?? []).flatMap(
      (one) => textAt(one, 'properties', 'link') ?? [],
    ),
    sharing: textAt(raw, 'properties', 'sharingScope'),
  };
}

/** What the subnets name: by id, because it may stand in another group. */
export async function readTables(
  networks: readonly Network[],
  outputs: Pick<Outputs, 'vnetName'>,
  reading: Reading,
): Promise<{
  readonly routeTables: readonly RouteTable[];
  readonly securityGroups: readonly SecurityGroup[];
  readonly endpointPolicies: readonly EndpointPolicy[];
}> {
  const subnets = networks.find(({ name }) => same(name, outputs.vnetName))?.subnets ?? [];
  const named = async <T>(
    ids: readonly string[],
    as: (raw: unknown, id: string) => T,
  ): Promise<readonly T[]> =>
    Promise.all(distinct(ids).map(async (id) => as(await reading.get(id, apis.network), id)));
  const [routeTables, securityGroups, endpointPolicies] = await Promise.all([
    named(
      subnets.flatMap(({ routeTableId }) => routeTableId ?? []),
      readRouteTable,
    ),
    named(
      subnets.flatMap(({ securityGroupId }) => securityGroupId ?? []),
      readSecurityGroup,
    ),
    named(
      subnets.flatMap(({ endpointPolicyIds }) => endpointPolicyIds),
      readEndpointPolicy,
    ),
  ]);
  return { routeTables, securityGroups, endpointPolicies };
}

function readRouteTable(raw: unknown, id: string): RouteTable {
  const closed = flagAt(raw, 'properties', 'disableBgpRoutePropagation');
  return {
    id,
    name: nameOf(id),
    learns: closed === undefined ? undefined : !closed,
    routes: listAt(raw, 'properties', 'routes')?.map((one) => ({
      name: textAt(one, 'name') ?? '',
      prefix: textAt(one, 'properties', 'addressPrefix') ?? '',
      hop: textAt(one, 'properties', 'nextHopType') ?? '',
      address: textAt(one, 'properties', 'nextHopIpAddress'),
    })),
  };
}

function readSecurityGroup(raw: unknown, id: string): SecurityGroup {
  const rules = listAt(raw, 'properties', 'securityRules');
  return { id, name: nameOf(id), rules: rules?.map(readSecurityRule) };
}

function readSecurityRule(raw: unknown): SecurityRule {
  const both = (one: string, many: string): readonly string[] =>
    [textAt(raw, 'properties', one) ?? '', ...textsAt(raw, 'properties', many)].filter(Boolean);
  return {
    name: textAt(raw, 'name') ?? '',
    priority: Number(numberAt(raw, 'properties', 'priority')),
    direction: textAt(raw, 'properties', 'direction') ?? '',
    access: textAt(raw, 'properties', 'access') ?? '',
    protocol: textAt(raw, 'properties', 'protocol') ?? '',
    sources: [
      ...both('sourceAddressPrefix', 'sourceAddressPrefixes'),
      ...idsAt(raw, 'properties', 'sourceApplicationSecurityGroups'),
    ],
    destinations: [
      ...both('destinationAddressPrefix', 'destinationAddressPrefixes'),
      ...idsAt(raw, 'properties', 'destinationApplicationSecurityGroups'),
    ],
    ports: both('destinationPortRange', 'destinationPortRanges'),
    sourcePorts: both('sourcePortRange', 'sourcePortRanges'),
  };
}

function readEndpointPolicy(raw: unknown, id: string): EndpointPolicy {
  return {
    id,
    name: nameOf(id),
    allows: (listAt(raw, 'properties', 'serviceEndpointPolicyDefinitions') ?? []).map((one) => ({
      service: textAt(one, 'properties', 'service') ?? '',
      resources: textsAt(one, 'properties', 'serviceResources'),
    })),
  };
}
