import type { JsonMap } from '../mapping/json.ts';
import { sendAndSettle } from '../sending.ts';
import { tags } from '../mapping/codecs.ts';
import { both, read } from '../mapping/field.ts';
import { at, text } from '../mapping/json.ts';
import { checkRecorded } from '../mapping/recorded.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable, Work } from '../mapping/table.ts';
import type { ValueMap } from '../terraform/values.ts';

const ZONES = '2024-06-01';

async function readStartOfAuthority(state: ValueMap, work: Work): Promise<void> {
  const { arm } = work.setting;
  const path = `${work.id}/SOA/@`;
  const answer = await arm.expect({ method: 'GET', path, api: ZONES }, [200], `retrieving ${path}`);
  const record = (at(answer.body, 'properties.soaRecord') ?? {}) as JsonMap;
  const ttl = at(answer.body, 'properties.ttl') ?? 0;
  state['soa_record'] = [
    {
      email: text(record['email']),
      host_name: text(record['host']),
      expire_time: record['expireTime'] as number,
      minimum_ttl: (at(record, 'minimumTtl') ?? 0) as number,
      refresh_time: record['refreshTime'] as number,
      retry_time: record['retryTime'] as number,
      serial_number: (at(record, 'serialNumber') ?? 0) as number,
      ttl: ttl as number,
      tags: (at(answer.body, 'properties.metadata') ?? {}) as ValueMap,
      fqdn: text(at(answer.body, 'properties.fqdn')),
    },
  ];
}

/** azurerm sends the record again with every change of the zone. */
async function sendStartOfAuthority(
  _planned: ValueMap,
  prior: ValueMap,
  work: Work,
): Promise<void> {
  const record = ((prior['soa_record'] ?? []) as ValueMap[])[0];
  if (record === undefined) return;
  const path = `${work.id}/SOA/@`;
  const soaRecord = {
    email: record['email'] as string,
    expireTime: record['expire_time'] as number,
    minimumTtl: record['minimum_ttl'] as number,
    refreshTime: record['refresh_time'] as number,
    retryTime: record['retry_time'] as number,
  };
  const body = {
    properties: {
      metadata: (record['tags'] ?? {}) as JsonMap,
      soaRecord,
      ttl: record['ttl'] as number,
    },
  };
  checkRecorded('azurerm_private_dns_zone', path, body);
  await sendAndSettle(work.setting, { method: 'PUT', path, api: ZONES, body }, `updating ${path}`);
}

export const zone: ResourceTable = {
  label: 'Private D N S Zone',
  api: ZONES,
  path: inGroup('Microsoft.Network/privateDnsZones/{name}'),
  fields: [
    tags,
    read('max_number_of_record_sets', 'properties.maxNumberOfRecordSets'),
    read('max_number_of_virtual_network_links', 'properties.maxNumberOfVirtualNetworkLinks'),
    read(
      'max_number_of_virtual_network_links_with_registration',
      'properties.maxNumberOfVirtualNetworkLinksWithRegistration',
    ),
    read('number_of_record_sets', 'properties.numberOfRecordSets'),
  ],
  fixed: { location: 'global' },
  update: 'put',
  readMore: readStartOfAuthority,
  changed: sendStartOfAuthority,
};

export const link: ResourceTable = {
  label: 'Virtual Network Link',
  api: ZONES,
  path: '{private_dns_zone_id}/virtualNetworkLinks/{name}',
  fields: [
    tags,
    both('registration_enabled', 'properties.registrationEnabled'),
    both('resolution_policy', 'properties.resolutionPolicy'),
    both('virtual_network_id', 'properties.virtualNetwork.id'),
  ],
  fixed: { location: 'global' },
  update: 'put',
};
