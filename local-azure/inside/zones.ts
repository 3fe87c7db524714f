import type { StoredResource, World } from '../world.ts';
import { list, text } from './json-fields.ts';

/** What the private zones of a network say of a name. */
export type ZoneAnswer =
  | { readonly kind: 'address'; readonly address: string }
  /** The zone answers for the name and has no record of it. */
  | { readonly kind: 'none'; readonly zone: string };

/**
 * Asks the private zones that are linked to a network for a name; undefined where none of them
 * answers for it. The zone with the longest name decides, as in all of DNS; of several with the
 * same name the first that has the record. A link with `NxDomainRedirect` sends what its zone does
 * not know to the public resolver (learn.microsoft.com, "Fallback to internet for Azure Private DNS").
 */
export function askZones(world: World, networkId: string, name: string): ZoneAnswer | undefined {
  const links = world.resources
    .ofType('Microsoft.Network/privateDnsZones/virtualNetworkLinks')
    .filter((link) => linksTo(link, networkId));
  const zones = world.resources
    .ofType('Microsoft.Network/privateDnsZones')
    .filter((zone) => answersFor(zone, name) && linkOf(links, zone) !== undefined)
    .sort((one, other) => other.name.length - one.name.length);
  const deciding = zones.filter((zone) => zone.name.length === zones[0]?.name.length);
  for (const zone of deciding) {
    const address = recordAddress(world, zone, name);
    if (address !== undefined) return { kind: 'address', address };
  }
  const [zone] = deciding;
  if (zone === undefined) return undefined;
  const falls = deciding.some(
    (one) => text(linkOf(links, one)?.properties, 'resolutionPolicy') === 'NxDomainRedirect',
  );
  return falls ? undefined : { kind: 'none', zone: zone.name };
}

function answersFor(zone: StoredResource, name: string): boolean {
  return `.${name.toLowerCase()}`.endsWith(`.${zone.name.toLowerCase()}`);
}

function linksTo(link: StoredResource, networkId: string): boolean {
  return text(link.properties, 'virtualNetwork', 'id')?.toLowerCase() === networkId.toLowerCase();
}

function linkOf(
  links: readonly StoredResource[],
  zone: StoredResource,
): StoredResource | undefined {
  const start = `${zone.id.toLowerCase()}/`;
  return links.find((link) => link.id.toLowerCase().startsWith(start));
}

function recordAddress(world: World, zone: StoredResource, name: string): string | undefined {
  const inside = name.slice(0, Math.max(0, name.length - zone.name.length - 1));
  const labels = inside.split('.');
  const wildcards = labels.map((_, index) => ['*', ...labels.slice(index + 1)].join('.'));
  const candidates = inside === '' ? ['@'] : [inside, ...wildcards];
  for (const candidate of candidates) {
    const record = world.resources.get(`${zone.id}/A/${candidate}`);
    const entries = list(record?.properties['aRecords'] ?? record?.properties['ARecords']);
    const address = text(entries[0], 'ipv4Address');
    if (address !== undefined) return address;
  }
  return undefined;
}
