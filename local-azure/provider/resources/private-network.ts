import { describe } from '../azure/arm.ts';
import type { Json, JsonMap } from '../mapping/json.ts';
import { Failure } from '../azure/failure.ts';
import { sendAndSettle } from '../sending.ts';
import { location, name, tags } from '../mapping/codecs.ts';
import { both, many, read, zeros } from '../mapping/field.ts';
import { at, text } from '../mapping/json.ts';
import { checkRecorded } from '../mapping/recorded.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable, Work } from '../mapping/table.ts';
import { equal } from '../terraform/values.ts';
import type { Value, ValueMap } from '../terraform/values.ts';
import { zone, link } from './private-dns.ts';

const ENDPOINTS = '2025-01-01';

function connectionsOf(planned: ValueMap, manual: boolean): JsonMap[] {
  const all = (planned['private_service_connection'] ?? []) as ValueMap[];
  return all
    .filter((each) => (each['is_manual_connection'] === true) === manual)
    .map((each) => ({
      name: each['name'] as string,
      properties: {
        groupIds: (each['subresource_names'] ?? []) as Json,
        privateLinkServiceId: (each['private_connection_resource_id'] ||
          each['private_connection_resource_alias'] ||
          '') as string,
        ...(manual ? { requestMessage: (each['request_message'] ?? '') as string } : {}),
      },
    }));
}

async function sendZoneGroup(planned: ValueMap, work: Work): Promise<void> {
  const group = ((planned['private_dns_zone_group'] ?? []) as ValueMap[])[0];
  if (group === undefined) return;
  const path = `${work.id}/privateDnsZoneGroups/${group['name'] as string}`;
  const configs = (group['private_dns_zone_ids'] as string[]).map((id) => ({
    name: id.split('/').pop() as string,
    properties: { privateDnsZoneId: id },
  }));
  const body = {
    name: work.id.split('/').pop() as string,
    properties: { privateDnsZoneConfigs: configs },
  };
  checkRecorded('azurerm_private_endpoint', path, body);
  await sendAndSettle(
    work.setting,
    { method: 'PUT', path, api: ENDPOINTS, body },
    `creating Private DNS Zone Group (${path})`,
  );
}

async function deleteZoneGroup(state: ValueMap, work: Work): Promise<void> {
  const group = ((state['private_dns_zone_group'] ?? []) as ValueMap[])[0];
  if (group === undefined) return;
  const call = {
    method: 'DELETE',
    path: `${work.id}/privateDnsZoneGroups/${group['name'] as string}`,
    api: ENDPOINTS,
  };
  await sendAndSettle(work.setting, call, `deleting Private DNS Zone Group (${call.path})`);
}

async function privateAddress(state: ValueMap, work: Work): Promise<string> {
  const nic = ((state['network_interface'] ?? []) as ValueMap[])[0]?.['id'];
  if (typeof nic !== 'string') return '';
  const answer = await work.setting.arm.call({ method: 'GET', path: nic, api: ENDPOINTS });
  const configurations = (at(answer.body, 'properties.ipConfigurations') ?? []) as JsonMap[];
  return text(at(configurations[0], 'properties.privateIPAddress'));
}

function connectionState(json: JsonMap, address: string): ValueMap[] {
  const read = (path: string, manual: boolean): ValueMap[] =>
    ((at(json, path) ?? []) as JsonMap[]).map((each) => {
      const target = text(at(each, 'properties.privateLinkServiceId'));
      const alias = target.endsWith('.azure.privatelinkservice');
      return {
        name: each['name'] as string,
        is_manual_connection: manual,
        private_ip_address: address,
        subresource_names: (at(each, 'properties.groupIds') ?? []) as Value,
        private_connection_resource_alias: alias ? target : '',
        private_connection_resource_id: alias ? '' : target,
        request_message: manual ? text(at(each, 'properties.requestMessage')) : '',
      };
    });
  return [
    ...read('properties.privateLinkServiceConnections', false),
    ...read('properties.manualPrivateLinkServiceConnections', true),
  ];
}

async function readZoneGroups(state: ValueMap, work: Work): Promise<void> {
  const path = `${work.id}/privateDnsZoneGroups`;
  const listed = await work.setting.arm.call({ method: 'GET', path, api: ENDPOINTS });
  if (listed.status !== 200 && listed.status !== 404)
    throw new Failure(`retrieving ${path}: ${describe(listed)}`);
  const groups = (listed.body['value'] ?? []) as JsonMap[];
  state['private_dns_zone_configs'] = groups.flatMap((group) =>
    configsOf(group).map((config) => ({
      id: `${text(group['id'])}/privateDnsZoneConfigs/${text(config['name'])}`,
      name: config['name'] as string,
      private_dns_zone_id: at(config, 'properties.privateDnsZoneId') as string,
      record_sets: ((at(config, 'properties.recordSets') ?? []) as JsonMap[]).map(recordSet),
    })),
  );
  state['private_dns_zone_group'] = groups.map((group) => ({
    id: group['id'] as string,
    name: group['name'] as string,
    private_dns_zone_ids: configsOf(group).map(
      (config) => at(config, 'properties.privateDnsZoneId') as string,
    ),
  }));
}

function configsOf(group: JsonMap): JsonMap[] {
  return (at(group, 'properties.privateDnsZoneConfigs') ?? []) as JsonMap[];
}

function recordSet(record: JsonMap): ValueMap {
  return {
    fqdn: (record['fqdn'] ?? '') as string,
    ip_addresses: (record['ipAddresses'] ?? []) as string[],
    name: (record['recordSetName'] ?? '') as string,
    ttl: (record['ttl'] ?? 0) as number,
    type: (record['recordType'] ?? '') as string,
  };
}

const endpoint: ResourceTable = {
  label: 'Private Endpoint',
  api: ENDPOINTS,
  path: inGroup('Microsoft.Network/privateEndpoints/{name}'),
  fields: [
    location,
    tags,
    ...zeros('edge_zone'),
    both('subnet_id', 'properties.subnet.id'),
    both('custom_network_interface_name', 'properties.customNetworkInterfaceName', { empty: '' }),
    many(
      'ip_configuration',
      'properties.ipConfigurations',
      [
        name,
        both('private_ip_address', 'properties.privateIPAddress'),
        both('subresource_name', 'properties.groupId'),
        both('member_name', 'properties.memberName'),
      ],
      { empty: [] },
    ),
    many(
      'custom_dns_configs',
      'properties.customDnsConfigs',
      [read('fqdn', 'fqdn'), read('ip_addresses', 'ipAddresses')],
      { readOnly: true },
    ),
  ],
  accepts: ['private_service_connection', 'private_dns_zone_group'],
  shape: (body, planned) => {
    const properties = body['properties'] as JsonMap;
    properties['privateLinkServiceConnections'] = connectionsOf(planned, false);
    properties['manualPrivateLinkServiceConnections'] = connectionsOf(planned, true);
  },
  created: sendZoneGroup,
  update: 'put',
  changed: async (planned, prior, work) => {
    if (equal(planned['private_dns_zone_group'], prior['private_dns_zone_group'])) return;
    await deleteZoneGroup(prior, work);
    await sendZoneGroup(planned, work);
  },
  deleting: deleteZoneGroup,
  readMore: async (state, work, json) => {
    const nic = at(((at(json, 'properties.networkInterfaces') ?? []) as JsonMap[])[0], 'id');
    state['network_interface'] =
      typeof nic === 'string' ? [{ id: nic, name: nic.split('/').pop() as string }] : [];
    state['private_service_connection'] = connectionState(json, await privateAddress(state, work));
    await readZoneGroups(state, work);
  },
};

export const privateNetworkTables = {
  azurerm_private_dns_zone: zone,
  azurerm_private_dns_zone_virtual_network_link: link,
  azurerm_private_endpoint: endpoint,
};
