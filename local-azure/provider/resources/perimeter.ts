import { location, name, tags } from '../mapping/codecs.ts';
import { both, many, read, zeros } from '../mapping/field.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable } from '../mapping/table.ts';

const API = '2025-01-01';

/** What the SKU of the configuration (Developer) has none of: never sent, and off where ARM says nothing. */
const extras = [
  read('file_copy_enabled', 'properties.enableFileCopy'),
  read('ip_connect_enabled', 'properties.enableIpConnect'),
  read('kerberos_enabled', 'properties.enableKerberos'),
  read('shareable_link_enabled', 'properties.enableShareableLink'),
  read('tunneling_enabled', 'properties.enableTunneling'),
  read('session_recording_enabled', 'properties.enableSessionRecording'),
];

const bastion: ResourceTable = {
  label: 'Bastion Host',
  api: API,
  path: inGroup('Microsoft.Network/bastionHosts/{name}'),
  fields: [
    location,
    tags,
    both('sku', 'sku.name'),
    both('scale_units', 'properties.scaleUnits'),
    both('virtual_network_id', 'properties.virtualNetwork.id'),
    read('dns_name', 'properties.dnsName'),
    ...extras,
    ...zeros('zones'),
  ],
  unshape: (state) => {
    state['copy_paste_enabled'] ??= true;
    state['private_only_enabled'] = false;
  },
};

const endpointPolicy: ResourceTable = {
  label: 'Service Endpoint Policy',
  api: API,
  path: inGroup('Microsoft.Network/serviceEndpointPolicies/{name}'),
  fields: [
    location,
    tags,
    many('definition', 'properties.serviceEndpointPolicyDefinitions', [
      name,
      both('service', 'properties.service'),
      both('service_resources', 'properties.serviceResources'),
      both('description', 'properties.description', { empty: '' }),
    ]),
  ],
  // Other definitions take the place of all that the policy says.
  beneath: (base, touched) => {
    if (touched.includes('definition')) base['properties'] = {};
  },
};

export const perimeterTables = {
  azurerm_bastion_host: bastion,
  azurerm_subnet_service_endpoint_storage_policy: endpointPolicy,
};
