import { badRequest, conflict } from '../../arm/errors.ts';
import { nameOf, parentOf, sameId } from '../../arm/ids.ts';
import { checkReferences, referenceAt } from '../../arm/references.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import { make } from '../../arm/write.ts';
import type { StoredResource, World } from '../../world.ts';

const ZONES = 'Microsoft.Network/privateDnsZones';
const LINKS = `${ZONES}/virtualNetworkLinks`;
const RECORDS = ['A', 'AAAA', 'CNAME', 'MX', 'PTR', 'SRV', 'TXT'];

export const dnsTypes: readonly ResourceType[] = [
  {
    type: ZONES,
    located: true,
    creates: 201,
    deletes: 202,
    seconds: { create: 35, update: 10, delete: 30 },
    once: {
      maxNumberOfRecordSets: () => 25_000,
      maxNumberOfVirtualNetworkLinks: () => 1000,
      maxNumberOfVirtualNetworkLinksWithRegistration: () => 100,
    },
    derive: ({ world, draft, existing }) => {
      if (existing === undefined) make(world, startOfAuthority(draft));
    },
    view: (zone, world) => ({
      numberOfRecordSets: world.resources.below(zone.id).length - linksOf(zone, world).length,
      numberOfVirtualNetworkLinks: linksOf(zone, world).length,
      numberOfVirtualNetworkLinksWithRegistration: 0,
    }),
    inUse: (zone, world) => {
      const links = linksOf(zone, world).map(({ name }) => `'${LINKS}/${name}'`);
      return links.length === 0
        ? undefined
        : conflict(
            'CannotDeleteResource',
            'Cannot delete resource while nested resources exist. Some existing nested resource IDs ' +
              `include: ${links.join(', ')}. Please delete all nested resources before deleting this resource.`,
          );
    },
  },
  {
    type: LINKS,
    located: true,
    creates: 201,
    deletes: 202,
    seconds: { create: 40, update: 10, delete: 40 },
    defaults: { registrationEnabled: false, resolutionPolicy: 'Default' },
    check: checkLink,
    derive: ({ draft }) => {
      draft.properties['virtualNetworkLinkState'] = 'Completed';
    },
  },
  ...[...RECORDS, 'SOA'].map(recordType),
];

function recordType(kind: string): ResourceType {
  return {
    type: `${ZONES}/${kind}`,
    verbs:
      kind === 'SOA' ? ['get', 'list', 'put', 'patch'] : ['get', 'list', 'put', 'patch', 'delete'],
    creates: 201,
    stateful: false,
    derive: ({ draft, id }) => {
      draft.properties['fqdn'] = fqdn(draft.name, nameOf(parentOf(id) ?? ''));
      draft.properties['isAutoRegistered'] = false;
    },
    check: ({ draft, id }) => {
      if (typeof draft.properties['ttl'] === 'number') return;
      throw badRequest('BadRequest', `The TTL field of the record set ${id} is required.`);
    },
  };
}

/** An A record set that the platform writes for a private endpoint. */
export function addressRecord(
  zoneId: string,
  name: string,
  address: string,
  metadata: Record<string, string>,
): StoredResource {
  return {
    id: `${zoneId}/A/${name}`,
    name,
    type: `${ZONES}/A`,
    properties: {
      ttl: 10,
      fqdn: fqdn(name, nameOf(zoneId)),
      isAutoRegistered: false,
      metadata,
      aRecords: [{ ipv4Address: address }],
    },
  };
}

function fqdn(record: string, zone: string): string {
  return record === '@' ? `${zone}.` : `${record}.${zone}.`;
}

function startOfAuthority(zone: StoredResource): StoredResource {
  return {
    id: `${zone.id}/SOA/@`,
    name: '@',
    type: `${ZONES}/SOA`,
    properties: {
      ttl: 3600,
      fqdn: `${zone.name}.`,
      isAutoRegistered: false,
      soaRecord: {
        host: 'azureprivatedns.net',
        email: 'azureprivatedns-host.microsoft.com',
        serialNumber: 1,
        refreshTime: 3600,
        retryTime: 300,
        expireTime: 2_419_200,
        minimumTtl: 10,
      },
    },
  };
}

function linksOf(zone: StoredResource, world: World): StoredResource[] {
  return world.resources.below(zone.id).filter(({ type }) => sameId(type, LINKS));
}

/** One network sees one zone of a name only. */
function checkLink({ world, id, draft }: Write): void {
  checkReferences(world, draft.properties, id);
  const network = referenceAt(draft.properties, 'virtualNetwork') ?? '';
  const zone = nameOf(parentOf(id) ?? '');
  const twin = world.resources
    .ofType(LINKS)
    .filter((link) => !sameId(link.id, id))
    .filter((link) => sameId(nameOf(parentOf(link.id) ?? ''), zone))
    .find((link) => sameId(referenceAt(link.properties, 'virtualNetwork') ?? '', network));
  if (twin !== undefined) {
    throw conflict(
      'Conflict',
      'A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried ' +
        `to link virtual network with '${zone}' and '${zone}' zones.`,
    );
  }
}
