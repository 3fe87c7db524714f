import { enabled, inverted, location, name, references, tags } from '../mapping/codecs.ts';
import { both, many, one, read, zeros } from '../mapping/field.ts';
import type { Field } from '../mapping/field.ts';
import { networkOf } from '../mapping/locks.ts';
import { put } from '../mapping/json.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable } from '../mapping/table.ts';

const API = '2025-01-01';
const ARM = 'Microsoft.Network/';

const delegation = many(
  'delegation',
  'properties.delegations',
  [
    name,
    one('service_delegation', 'properties', [
      both('name', 'serviceName'),
      both('actions', 'actions'),
    ]),
  ],
  { empty: [] },
);

const serviceEndpoint = many(
  'service_endpoint',
  'properties.serviceEndpoints',
  [both('service', 'service'), both('network_identifier', 'networkIdentifier.id')],
  { empty: [] },
);

const subnetPolicies: Field[] = [
  both('default_outbound_access_enabled', 'properties.defaultOutboundAccess', { missing: true }),
  both('private_endpoint_network_policies', 'properties.privateEndpointNetworkPolicies'),
  both(
    'private_link_service_network_policies_enabled',
    'properties.privateLinkServiceNetworkPolicies',
    { codec: enabled },
  ),
  delegation,
  serviceEndpoint,
  both('service_endpoint_policy_ids', 'properties.serviceEndpointPolicies', {
    codec: references,
    empty: [],
  }),
  both('address_prefixes', 'properties.addressPrefixes'),
];

const virtualNetwork: ResourceTable = {
  label: 'Virtual Network',
  api: API,
  path: inGroup(`${ARM}virtualNetworks/{name}`),
  fields: [
    name,
    location,
    tags,
    both('address_space', 'properties.addressSpace.addressPrefixes'),
    both('dns_servers', 'properties.dhcpOptions.dnsServers', { empty: [] }),
    both('private_endpoint_vnet_policies', 'properties.privateEndpointVNetPolicies'),
    both('flow_timeout_in_minutes', 'properties.flowTimeoutInMinutes'),
    both('bgp_community', 'properties.bgpCommunities.virtualNetworkCommunity'),
    read('guid', 'properties.resourceGuid'),
    ...zeros('edge_zone'),
    many(
      'subnet',
      'properties.subnets',
      [
        read('id', 'id'),
        read('name', 'name'),
        ...subnetPolicies,
        read('security_group', 'properties.networkSecurityGroup.id'),
        read('route_table_id', 'properties.routeTable.id'),
      ],
      { readOnly: true },
    ),
  ],
  shape: (body, _planned, _setting, before) => {
    if (before === null) put(body, 'properties.subnets', []);
  },
  unmodelled: [
    'properties.subnets[].properties.ipConfigurations',
    'properties.subnets[].properties.privateEndpoints',
  ],
};

const subnet: ResourceTable = {
  label: 'Subnet',
  api: API,
  path: inGroup(`${ARM}virtualNetworks/{virtual_network_name}/subnets/{name}`),
  fields: [
    name,
    ...subnetPolicies,
    both('sharing_scope', 'properties.sharingScope', { empty: '' }),
    read('network_security_group_id', 'properties.networkSecurityGroup.id'),
    read('route_table_id', 'properties.routeTable.id'),
  ],
  lock: networkOf,
  unshape: (state) => {
    state['network_security_group_id_wo_version'] ??= 0;
    state['route_table_id_wo_version'] ??= 0;
  },
};

const rule: Field[] = [
  name,
  both('priority', 'properties.priority'),
  both('direction', 'properties.direction'),
  both('access', 'properties.access'),
  both('protocol', 'properties.protocol'),
  both('source_port_range', 'properties.sourcePortRange', { empty: '' }),
  both('source_port_ranges', 'properties.sourcePortRanges'),
  both('destination_port_range', 'properties.destinationPortRange', { empty: '' }),
  both('destination_port_ranges', 'properties.destinationPortRanges'),
  both('source_address_prefix', 'properties.sourceAddressPrefix', { empty: '' }),
  both('source_address_prefixes', 'properties.sourceAddressPrefixes'),
  both('destination_address_prefix', 'properties.destinationAddressPrefix', { empty: '' }),
  both('destination_address_prefixes', 'properties.destinationAddressPrefixes'),
  both('source_application_security_group_ids', 'properties.sourceApplicationSecurityGroups', {
    codec: references,
  }),
  both(
    'destination_application_security_group_ids',
    'properties.destinationApplicationSecurityGroups',
    { codec: references },
  ),
  both('description', 'properties.description'),
];

const securityGroup: ResourceTable = {
  label: 'Network Security Group',
  api: API,
  path: inGroup(`${ARM}networkSecurityGroups/{name}`),
  fields: [
    name,
    location,
    tags,
    many('security_rule', 'properties.securityRules', rule, { empty: [] }),
  ],
};

const routeTable: ResourceTable = {
  label: 'Route Table',
  api: API,
  path: inGroup(`${ARM}routeTables/{name}`),
  fields: [
    name,
    location,
    tags,
    both('bgp_route_propagation_enabled', 'properties.disableBgpRoutePropagation', {
      codec: inverted,
      missing: true,
    }),
    many(
      'route',
      'properties.routes',
      [
        name,
        both('address_prefix', 'properties.addressPrefix'),
        both('next_hop_type', 'properties.nextHopType'),
        both('next_hop_in_ip_address', 'properties.nextHopIpAddress'),
      ],
      { empty: [] },
    ),
    read('subnets', 'properties.subnets', { codec: references }),
  ],
};

const publicIp: ResourceTable = {
  label: 'Public I P Address',
  api: API,
  path: inGroup(`${ARM}publicIPAddresses/{name}`),
  fields: [
    name,
    location,
    tags,
    both('sku', 'sku.name'),
    both('sku_tier', 'sku.tier'),
    both('zones', 'zones'),
    both('allocation_method', 'properties.publicIPAllocationMethod'),
    both('ip_version', 'properties.publicIPAddressVersion'),
    both('idle_timeout_in_minutes', 'properties.idleTimeoutInMinutes'),
    both('ddos_protection_mode', 'properties.ddosSettings.protectionMode', {
      missing: 'VirtualNetworkInherited',
    }),
    both('domain_name_label', 'properties.dnsSettings.domainNameLabel'),
    read('fqdn', 'properties.dnsSettings.fqdn'),
    both('reverse_fqdn', 'properties.dnsSettings.reverseFqdn'),
    ...zeros('domain_name_label_scope', 'edge_zone', 'ip_tags'),
    read('ip_address', 'properties.ipAddress'),
  ],
};

const networkInterface: ResourceTable = {
  label: 'Network Interface',
  api: API,
  path: inGroup(`${ARM}networkInterfaces/{name}`),
  fields: [
    name,
    location,
    tags,
    both('accelerated_networking_enabled', 'properties.enableAcceleratedNetworking'),
    both('ip_forwarding_enabled', 'properties.enableIPForwarding'),
    both('dns_servers', 'properties.dnsSettings.dnsServers'),
    both('internal_dns_name_label', 'properties.dnsSettings.internalDnsNameLabel'),
    both('auxiliary_mode', 'properties.auxiliaryMode'),
    both('auxiliary_sku', 'properties.auxiliarySku'),
    many('ip_configuration', 'properties.ipConfigurations', [
      name,
      both('primary', 'properties.primary', { empty: false }),
      both('subnet_id', 'properties.subnet.id'),
      both('private_ip_address', 'properties.privateIPAddress'),
      both('private_ip_address_allocation', 'properties.privateIPAllocationMethod'),
      both('private_ip_address_version', 'properties.privateIPAddressVersion'),
      both('public_ip_address_id', 'properties.publicIPAddress.id'),
      both(
        'gateway_load_balancer_frontend_ip_configuration_id',
        'properties.gatewayLoadBalancer.id',
      ),
    ]),
    ...zeros('edge_zone'),
    read('mac_address', 'properties.macAddress'),
    read('virtual_machine_id', 'properties.virtualMachine.id'),
    read('internal_domain_name_suffix', 'properties.dnsSettings.internalDomainNameSuffix'),
    read('applied_dns_servers', 'properties.dnsSettings.appliedDnsServers'),
  ],
  unshape: (state) => {
    const blocks = (state['ip_configuration'] ?? []) as Record<string, string>[];
    const addresses = blocks
      .map((block) => block['private_ip_address'] ?? '')
      .filter((each) => each !== '');
    state['private_ip_addresses'] = addresses;
    state['private_ip_address'] = addresses[0] ?? '';
  },
};

export const networkTables = {
  azurerm_virtual_network: virtualNetwork,
  azurerm_subnet: subnet,
  azurerm_network_security_group: securityGroup,
  azurerm_route_table: routeTable,
  azurerm_public_ip: publicIp,
  azurerm_network_interface: networkInterface,
} as const satisfies Record<string, ResourceTable>;
