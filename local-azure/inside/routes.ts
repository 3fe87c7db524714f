import type { StoredResource, World } from '../world.ts';
import { list, text, texts } from './json-fields.ts';
import { inRange, prefixLength } from './address.ts';
import { tagCovers } from './service-tags.ts';

/** Where a packet goes next. */
export interface Hop {
  readonly type: 'VirtualAppliance' | 'VirtualNetworkGateway' | 'Internet' | 'None' | 'VnetLocal';
  /** The appliance's address. */
  readonly address?: string | undefined;
  /** The route that decided, for messages. */
  readonly route: string;
}

interface Route {
  readonly name: string;
  readonly prefix: string;
  readonly next: string;
  readonly address: string | undefined;
}

function routesOf(world: World, subnet: StoredResource): readonly Route[] {
  const table = world.resources.get(text(subnet.properties, 'routeTable', 'id') ?? '');
  if (table === undefined) return [];
  const inline = list(table.properties['routes']);
  const own = world.resources
    .below(table.id)
    .filter((one) => one.type.toLowerCase() === 'microsoft.network/routetables/routes');
  const routes = new Map([...inline, ...own].map((one) => [text(one, 'name') ?? '', route(one)]));
  return [...routes.values()];
}

function route(stored: unknown): Route {
  return {
    name: text(stored, 'name') ?? '',
    prefix: text(stored, 'properties', 'addressPrefix') ?? '',
    next: text(stored, 'properties', 'nextHopType') ?? 'None',
    address: text(stored, 'properties', 'nextHopIpAddress'),
  };
}

/** Prefixes of a subnet's own routes. */
export function routedPrefixes(world: World, subnet: StoredResource): readonly string[] {
  return routesOf(world, subnet).map(({ prefix }) => prefix);
}

/** Longest match wins; a service tag counts as more precise than any prefix of public space. */
function weight(world: World, one: Route, address: string, host: string | undefined): number {
  if (prefixLength(one.prefix) >= 0) {
    return inRange(address, one.prefix) ? prefixLength(one.prefix) : -1;
  }
  return host !== undefined && tagCovers(world, one.prefix, host) ? 31 : -1;
}

/**
 * The next hop from a subnet to an address, by the subnet's route table and Azure's own routes
 * (the network's ranges stay local, everything else goes to the internet). A private endpoint has
 * a /32 route of its own and is not asked about here.
 */
export function nextHop(
  world: World,
  subnet: StoredResource,
  address: string,
  host: string | undefined,
): Hop {
  const network = world.resources.get(subnet.id.replace(/\/subnets\/[^/]+$/i, ''));
  const local = texts(network?.properties, 'addressSpace', 'addressPrefixes')
    .filter((prefix) => inRange(address, prefix))
    .map((prefix) => ({ weight: prefixLength(prefix), hop: systemHop('VnetLocal') }));
  const own = routesOf(world, subnet)
    .map((one) => ({ weight: weight(world, one, address, host), hop: hop(one) }))
    .filter((candidate) => candidate.weight >= 0);
  const all = [{ weight: 0, hop: systemHop('Internet') }, ...local, ...own];
  return all.reduce((best, next) => (next.weight >= best.weight ? next : best)).hop;
}

function systemHop(type: 'Internet' | 'VnetLocal'): Hop {
  return { type, route: 'the route that Azure makes' };
}

function hop(one: Route): Hop {
  const types: Readonly<Record<string, Hop['type']>> = {
    virtualappliance: 'VirtualAppliance',
    internet: 'Internet',
    vnetlocal: 'VnetLocal',
    virtualnetworkgateway: 'VirtualNetworkGateway',
  };
  return {
    type: types[one.next.toLowerCase()] ?? 'None',
    address: one.address,
    route: `route "${one.name}"`,
  };
}
