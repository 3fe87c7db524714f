import { randomUUID } from 'node:crypto';
import { badRequest } from '../../arm/errors.ts';
import { groupIdOf, nameOf, parentOf, sameId } from '../../arm/ids.ts';
import { asObject, asObjects, asText, at, textAt, withDefaults } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { membersOf } from '../../arm/private-link.ts';
import type { Member } from '../../arm/private-link.ts';
import { checkReferences, referenceAt } from '../../arm/references.ts';
import { removeTree } from '../../arm/remove.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import { make } from '../../arm/write.ts';
import type { StoredResource, World } from '../../world.ts';
import { freeAddress } from './addresses.ts';
import { addressRecord } from './dns-zones.ts';
import { identifyItems, networkType } from './items.ts';

const ENDPOINTS = 'Microsoft.Network/privateEndpoints';
const GROUPS = `${ENDPOINTS}/privateDnsZoneGroups`;
const LISTS = ['privateLinkServiceConnections', 'manualPrivateLinkServiceConnections'] as const;

/** A member of an endpoint with the private address it got. */
interface Served extends Member {
  readonly address: string;
}

export const endpointTypes: readonly ResourceType[] = [
  {
    ...networkType,
    type: ENDPOINTS,
    seconds: { create: 60, update: 20, delete: 30 },
    defaults: { ipConfigurations: [], customDnsConfigs: [] },
    check: checkEndpoint,
    derive: deriveEndpoint,
    view: (endpoint, world) => ({ customDnsConfigs: dnsConfigs(endpoint, world) }),
    removed: (endpoint, world) => {
      for (const card of asObjects(endpoint.properties['networkInterfaces'])) {
        removeTree(world, String(card['id']));
      }
    },
  },
  {
    type: GROUPS,
    verbs: ['get', 'list', 'put', 'delete'],
    creates: 201,
    deletes: 202,
    seconds: { create: 20, update: 10, delete: 10 },
    check: checkGroup,
    derive: writeRecords,
    removed: (group, world) => {
      for (const id of recordsOf(group)) removeTree(world, id);
    },
  },
];

function checkEndpoint({ world, id, draft }: Write): void {
  checkReferences(world, draft.properties, id);
  for (const link of linksOf(draft)) {
    const target = asText(at(link, 'properties.privateLinkServiceId')) ?? '';
    if (world.resources.get(target) !== undefined) continue;
    throw badRequest(
      'InvalidResourceReference',
      `Resource ${target} referenced by resource ${id} was not found. Please make sure that the ` +
        'referenced resource exists, and that both resources are in the same region.',
    );
  }
}

function linksOf(endpoint: StoredResource): Json[] {
  return LISTS.flatMap((list) => asObjects(endpoint.properties[list]));
}

function deriveEndpoint({ world, draft, existing }: Write): void {
  for (const list of LISTS) {
    const manual = list.startsWith('manual');
    draft.properties[list] = identifyItems(draft, list).map((link) => ({
      ...link,
      properties: withDefaults(asObject(link['properties']), {
        privateLinkServiceConnectionState: {
          status: manual ? 'Pending' : 'Approved',
          description: '',
          actionsRequired: 'None',
        },
      }),
    }));
  }
  const card = existing?.properties['networkInterfaces'];
  draft.properties['networkInterfaces'] = card ?? [{ id: makeCard(world, draft) }];
}

/** The network interface that comes with an endpoint: one address for each member of its target. */
function makeCard(world: World, endpoint: StoredResource): string {
  const asked = asText(endpoint.properties['customNetworkInterfaceName']);
  const name = asked || `${endpoint.name}.nic.${randomUUID()}`;
  const subnet = referenceAt(endpoint.properties, 'subnet') ?? '';
  const taken = new Set<string>();
  const id = `${groupIdOf(endpoint.id) ?? ''}/providers/Microsoft.Network/networkInterfaces/${name}`;
  const members = new Map(targetMembers(world, endpoint).map((one) => [one.member, one]));
  const names = members.size > 0 ? [...members.keys()] : ['default'];
  const ipConfigurations = names.map((member, index) => {
    const address = freeAddress(world, subnet, taken);
    taken.add(address);
    return configurationFor(id, { subnet, member, address, primary: index === 0 });
  });
  make(world, {
    id,
    name,
    type: 'Microsoft.Network/networkInterfaces',
    location: endpoint.location ?? '',
    properties: {
      provisioningState: 'Succeeded',
      resourceGuid: randomUUID(),
      ipConfigurations,
      dnsSettings: { dnsServers: [], appliedDnsServers: [] },
      enableAcceleratedNetworking: false,
      enableIPForwarding: false,
      privateEndpoint: { id: endpoint.id },
    },
  });
  return id;
}

function configurationFor(
  cardId: string,
  given: { subnet: string; member: string; address: string; primary: boolean },
): Json {
  const name = `privateEndpointIpConfig.${randomUUID()}`;
  return {
    name,
    id: `${cardId}/ipConfigurations/${name}`,
    properties: {
      provisioningState: 'Succeeded',
      privateIPAddress: given.address,
      privateIPAllocationMethod: 'Dynamic',
      privateIPAddressVersion: 'IPv4',
      primary: given.primary,
      subnet: { id: given.subnet },
      privateLinkConnectionProperties: { requiredMemberName: given.member },
    },
  };
}

function targetMembers(world: World, endpoint: StoredResource): Member[] {
  return linksOf(endpoint).flatMap((link) => {
    const target = world.resources.get(asText(at(link, 'properties.privateLinkServiceId')) ?? '');
    const groups = at(link, 'properties.groupIds');
    if (target === undefined || !Array.isArray(groups)) return [];
    return groups.flatMap((group) => membersOf(target, String(group)));
  });
}

function served(world: World, endpoint: StoredResource): Served[] {
  const card = world.resources.get(
    textAt(asObjects(endpoint.properties['networkInterfaces'])[0], 'id'),
  );
  const addresses = new Map(
    asObjects(card?.properties['ipConfigurations']).map((one) => [
      asText(at(one, 'properties.privateLinkConnectionProperties.requiredMemberName')),
      asText(at(one, 'properties.privateIPAddress')),
    ]),
  );
  return targetMembers(world, endpoint).map((member) => ({
    ...member,
    address: addresses.get(member.member) ?? '',
  }));
}

/** The names an endpoint serves; empty once a zone group looks after them. */
function dnsConfigs(endpoint: StoredResource, world: World): Json[] {
  if (world.resources.below(endpoint.id).length > 0) return [];
  return served(world, endpoint).map(({ fqdn, address }) => ({ fqdn, ipAddresses: [address] }));
}

function checkGroup({ world, id, draft }: Write): void {
  for (const config of asObjects(draft.properties['privateDnsZoneConfigs'])) {
    const zone = asText(at(config, 'properties.privateDnsZoneId')) ?? '';
    if (world.resources.get(zone) !== undefined) continue;
    throw badRequest(
      'InvalidResourceReference',
      `Resource ${zone} referenced by resource ${id} was not found. Please make sure that the ` +
        'referenced resource exists, and that both resources are in the same region.',
    );
  }
}

/** Writes the A records of an endpoint into the zones of its group. */
function writeRecords({ world, id, draft, existing }: Write): void {
  const endpoint = world.resources.get(parentOf(id) ?? '');
  if (endpoint === undefined) return;
  for (const old of existing === undefined ? [] : recordsOf(existing)) removeTree(world, old);
  const names = served(world, endpoint);
  const metadata = {
    creator: `created by private endpoint ${endpoint.name} with resource guid ${String(endpoint.properties['resourceGuid'])}`,
  };
  draft.properties['privateDnsZoneConfigs'] = identifyItems(draft, 'privateDnsZoneConfigs').map(
    (config) => {
      const zone = asText(at(config, 'properties.privateDnsZoneId')) ?? '';
      const records = names
        .filter((name) => sameId(name.zone, nameOf(zone)))
        .map((name) => make(world, addressRecord(zone, name.record, name.address, metadata)));
      return {
        ...config,
        properties: { ...asObject(config['properties']), recordSets: records.map(recordSet) },
      };
    },
  );
}

function recordSet(record: StoredResource): Json {
  const [address] = asObjects(record.properties['aRecords']);
  return {
    recordType: 'A',
    recordSetName: record.name,
    fqdn: String(record.properties['fqdn']).replace(/\.$/, ''),
    ttl: record.properties['ttl'],
    provisioningState: 'Succeeded',
    ipAddresses: [address?.['ipv4Address']],
  };
}

/** The ids of the records a zone group has written. */
function recordsOf(group: StoredResource): string[] {
  return asObjects(group.properties['privateDnsZoneConfigs']).flatMap((config) => {
    const zone = asText(at(config, 'properties.privateDnsZoneId')) ?? '';
    const sets = asObjects(at(config, 'properties.recordSets'));
    return sets.map((set) => `${zone}/A/${String(set['recordSetName'])}`);
  });
}
