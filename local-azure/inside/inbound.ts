import type { StoredResource, World } from '../world.ts';
import { list, text, texts } from './json-fields.ts';
import { routedPrefixes } from './routes.ts';
import { keptOutBy, type Flow } from './security-groups.ts';
import { networkOf } from './source.ts';

/**
 * What keeps a flow out of where these resources (a subnet, a network interface) name a security
 * group; undefined where every group lets it in, or none is named.
 */
export function groupsBar(
  world: World,
  guarded: readonly StoredResource[],
  subnet: StoredResource,
  flow: Flow,
): string | undefined {
  const network = world.resources.get(networkOf(subnet.id));
  const around = {
    ranges: texts(network?.properties, 'addressSpace', 'addressPrefixes'),
    routed: routedPrefixes(world, subnet),
  };
  return groupsOf(world, guarded)
    .map((group) => keptOutBy(world, group, flow, around))
    .find((rule) => rule !== undefined);
}

function groupsOf(world: World, guarded: readonly StoredResource[]): readonly StoredResource[] {
  return guarded
    .map((one) => world.resources.get(text(one.properties, 'networkSecurityGroup', 'id') ?? ''))
    .filter((group) => group !== undefined);
}

/** What keeps a flow from a network interface: its subnet's group is asked first, then its own. */
export function cardBars(world: World, card: StoredResource, flow: Flow): string | undefined {
  const subnet = subnetOfCard(world, card, flow.to);
  if (subnet === undefined) return `${card.name}, which is in no subnet`;
  return groupsBar(world, [subnet, card], subnet, flow);
}

/** Whether any security group stands before a network interface. */
export function isGuarded(world: World, card: StoredResource, address: string): boolean {
  const subnet = subnetOfCard(world, card, address);
  return groupsOf(world, subnet === undefined ? [card] : [subnet, card]).length > 0;
}

function subnetOfCard(
  world: World,
  card: StoredResource,
  address: string,
): StoredResource | undefined {
  const configurations = list(card.properties['ipConfigurations']);
  const own = configurations.find((one) => text(one, 'properties', 'privateIPAddress') === address);
  const id = text(own ?? configurations[0], 'properties', 'subnet', 'id');
  return id === undefined ? undefined : world.resources.get(id);
}
