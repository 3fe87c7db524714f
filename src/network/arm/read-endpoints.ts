import { apis } from '../../azure/api-versions.ts';
import { flagAt, idsAt, listAt, textAt, textsAt } from './fields.ts';
import type { Bastion, Endpoint, Zone } from './facts.ts';
import type { Reading } from './reading.ts';

/** A private endpoint with what it leads to. */
export function readEndpoint(raw: unknown): Endpoint {
  const links = ['privateLinkServiceConnections', 'manualPrivateLinkServiceConnections'].flatMap(
    (list) => listAt(raw, 'properties', list) ?? [],
  );
  return {
    id: textAt(raw, 'id') ?? '',
    name: textAt(raw, 'name') ?? '',
    subnetId: textAt(raw, 'properties', 'subnet', 'id'),
    interfaceIds: idsAt(raw, 'properties', 'networkInterfaces'),
    links: links.map((one) => ({
      targetId: textAt(one, 'properties', 'privateLinkServiceId') ?? '',
      groups: textsAt(one, 'properties', 'groupIds'),
      status: textAt(one, 'properties', 'privateLinkServiceConnectionState', 'status') ?? 'unknown',
    })),
  };
}

/** The private zones of the group with links and A records. */
export async function readZones(network: string, reading: Reading): Promise<readonly Zone[]> {
  const zones = await reading.list(`${network}/privateDnsZones`, apis.dns);
  return Promise.all(zones.map((zone) => readZone(zone, reading)));
}

async function readZone(raw: unknown, reading: Reading): Promise<Zone> {
  const id = textAt(raw, 'id') ?? '';
  const [links, records] = await Promise.all([
    reading.list(`${id}/virtualNetworkLinks`, apis.dns),
    reading.list(`${id}/A`, apis.dns),
  ]);
  return {
    id,
    name: textAt(raw, 'name') ?? '',
    links: links.map((link) => ({
      networkId: textAt(link, 'properties', 'virtualNetwork', 'id') ?? '',
      state: textAt(link, 'properties', 'virtualNetworkLinkState'),
    })),
    records: records.map((record) => ({
      name: textAt(record, 'name') ?? '',
      addresses: (listAt(record, 'properties', 'aRecords') ?? []).map(
        (one) => textAt(one, 'ipv4Address') ?? '?',
      ),
    })),
  };
}

/** Azure Bastion; the Developer SKU has a network and no address of its own. */
export function readBastion(raw: unknown): Bastion {
  return {
    id: textAt(raw, 'id') ?? '',
    name: textAt(raw, 'name') ?? '',
    sku: textAt(raw, 'sku', 'name'),
    networkId: textAt(raw, 'properties', 'virtualNetwork', 'id'),
    publicAddresses: listAt(raw, 'properties', 'ipConfigurations')?.length ?? 0,
    shareableLinks: flagAt(raw, 'properties', 'enableShareableLink') ?? false,
  };
}
