import type { StoredResource, World } from '../world.ts';
import { list, text, texts } from './json-fields.ts';
import { addressNumber, inRange, publicAddress } from './address.ts';
import { open, refuse, type Decision, type Manner, type Stop } from './decision.ts';
import { firewallAt, firewallVerdict } from './firewall.ts';
import { endpointAddresses, endpointsOf, isResourceName, ownerOf, resolve } from './names.ts';
import { cardBars, groupsBar } from './inbound.ts';
import { nextHop, type Hop } from './routes.ts';
import { stoppedBy, type Flow } from './security-groups.ts';
import { overServiceEndpoint } from './service-endpoints.ts';
import { attach, attachCard, cardAt, machineOfCard, networkOf, publicAddressOf } from './source.ts';
import type { Attachment, Source } from './source.ts';

/** Link-local addresses at which the platform itself answers: instance metadata and App Service's identity endpoint. */
export const metadataAddresses: readonly string[] = ['169.254.169.254', '169.254.129.2'];

/** Azure's resolver and health address. */
export const platformAddress = '168.63.129.16';

/** Whether the platform itself answers at this address. */
export function isPlatform(host: string): boolean {
  return metadataAddresses.includes(host) || host === platformAddress;
}

/**
 * Decides about a connection from something inside the network to a host or address, from nothing
 * but the resources that are deployed: names by zones and links, private endpoints, routes,
 * security groups, service endpoints and the firewall's policy. Peerings and gateways do not exist.
 */
export function decide(
  world: World,
  source: Source,
  host: string,
  port: number,
  manner: Manner = {},
): Decision {
  if (isPlatform(host)) {
    const reason = 'the platform answers itself';
    return { allowed: true, via: 'metadata', address: host, reason, seenAs: host };
  }
  const here = attach(world, source);
  if (here.subnet === undefined && source.kind !== 'app') {
    return refuse('no-network', `${source.id} is in no subnet that exists`);
  }
  const { protocol = 'TCP', speaks = port === 80 ? 'http' : 'https' } = manner;
  const flow = { from: here.address, to: host, host: undefined, port, protocol, speaks };
  if (addressNumber(host) !== undefined) return toAddress(world, here, flow);
  const known = resolve(world, here.networkId, host);
  if (known.kind === 'none') return refuse('name', known.why);
  const there = { ...flow, to: known.address };
  if (known.kind === 'public') return outwards(world, here, { ...there, host });
  return isResourceName(host)
    ? overEndpoint(world, here, there, host)
    : toAddress(world, here, there);
}

function networkRanges(world: World, here: Attachment): readonly string[] {
  const network = world.resources.get(here.networkId ?? '');
  return texts(network?.properties, 'addressSpace', 'addressPrefixes');
}

/** The subnet's group and the interface's own must both let a flow out. */
function stopped(world: World, here: Attachment, flow: Flow): Stop | undefined {
  const ranges = networkRanges(world, here);
  for (const one of [here.subnet, here.card]) {
    const group = world.resources.get(text(one?.properties, 'networkSecurityGroup', 'id') ?? '');
    const rule = group && stoppedBy(world, group, flow, { ranges });
    if (rule !== undefined) return refuse('security-group', `outbound traffic stopped by ${rule}`);
  }
  return undefined;
}

/** A name that leads to a private address must lead to an endpoint of the resource it belongs to. */
function overEndpoint(world: World, here: Attachment, flow: Flow, host: string): Decision {
  const owner = ownerOf(world, host);
  const endpoint =
    owner &&
    endpointsOf(world, owner.resource.id, owner.group).find((one) =>
      answers(world, one, here, flow),
    );
  return endpoint === undefined
    ? refuse('endpoint', `no private endpoint of ${host} has the address ${flow.to}`)
    : intoEndpoint(world, here, flow, endpoint);
}

function answers(world: World, endpoint: StoredResource, here: Attachment, flow: Flow): boolean {
  const subnetId = text(endpoint.properties, 'subnet', 'id') ?? '';
  const near = networkOf(subnetId).toLowerCase() === here.networkId?.toLowerCase();
  return near && endpointAddresses(world, endpoint).includes(flow.to);
}

/** An endpoint's own /32 route beats every other; its subnet's group asks only where that is switched on. */
function intoEndpoint(
  world: World,
  here: Attachment,
  flow: Flow,
  endpoint: StoredResource,
): Decision {
  const halted = stopped(world, here, flow);
  if (halted !== undefined) return halted;
  const subnet = world.resources.get(text(endpoint.properties, 'subnet', 'id') ?? '');
  const asked = ['Enabled', 'NetworkSecurityGroupEnabled'].includes(
    text(subnet?.properties, 'privateEndpointNetworkPolicies') ?? '',
  );
  const barred = asked && subnet ? groupsBar(world, [subnet], subnet, flow) : undefined;
  if (barred !== undefined) return refuse('security-group', `inbound traffic stopped by ${barred}`);
  return open(flow, 'private-endpoint', `private endpoint ${endpoint.name}`);
}

/** An address without a name: an endpoint's, a machine's, or one out in the world. */
function toAddress(world: World, here: Attachment, flow: Flow): Decision {
  if (!networkRanges(world, here).some((range) => inRange(flow.to, range))) {
    return outwards(world, here, flow);
  }
  const endpoint = world.resources
    .ofType('Microsoft.Network/privateEndpoints')
    .find((one) => answers(world, one, here, flow));
  if (endpoint !== undefined) return intoEndpoint(world, here, flow, endpoint);
  const card = cardAt(world, here.networkId ?? '', flow.to);
  if (card === undefined) return refuse('route', `nothing in the network has ${flow.to}`);
  const barred = stopped(world, here, flow);
  if (barred !== undefined) return barred;
  const kept = cardBars(world, card, flow);
  return kept === undefined
    ? open(flow, 'network', `${machineOfCard(world, card)?.name ?? card.name} has this address`)
    : refuse('security-group', `inbound traffic stopped by ${kept}`);
}

function outwards(world: World, here: Attachment, flow: Flow): Decision {
  if (here.subnet === undefined || !here.routesAll) {
    const reason = 'the app does not send all its traffic through the network';
    return open(flow, 'internet', reason, publicAddress(`platform of ${here.address}`));
  }
  const halted = stopped(world, here, flow);
  if (halted !== undefined) return halted;
  const direct = flow.host && overServiceEndpoint(world, here.subnet, flow.host);
  if (!direct) return byRoute(world, here, here.subnet, flow, 0);
  if (!direct.permitted) return refuse('service-endpoint-policy', direct.reason);
  return { ...open(flow, 'service-endpoint', direct.reason), subnetId: here.subnet.id };
}

/** More appliances than this on one way are a circle. */
const mostAppliances = 4;

function byRoute(
  world: World,
  here: Attachment,
  subnet: StoredResource,
  flow: Flow,
  passed: number,
): Decision {
  const hop = nextHop(world, subnet, flow.to, flow.host);
  switch (hop.type) {
    case 'VirtualAppliance':
      return throughAppliance(world, here, flow, hop, passed);
    case 'None':
      return refuse('route', `${hop.route} drops it`);
    case 'VnetLocal':
      return refuse('route', `nothing in the network has ${flow.to}`);
    case 'VirtualNetworkGateway':
      return refuse('route', `${hop.route} leads to a gateway, and there is none`);
    case 'Internet':
      return intoTheInternet(world, here, subnet, flow, hop);
  }
}

function intoTheInternet(
  world: World,
  here: Attachment,
  subnet: StoredResource,
  flow: Flow,
  hop: Hop,
): Decision {
  const leaves =
    here.ownPublic ||
    subnet.properties['defaultOutboundAccess'] !== false ||
    text(subnet.properties, 'natGateway', 'id') !== undefined;
  if (!leaves) {
    const why = 'default outbound access is off and there is no route to the firewall';
    return refuse('no-outbound', why);
  }
  const seenAs = publicAddressOf(world, here.card) ?? publicAddress(`outbound of ${subnet.id}`);
  return open(flow, 'internet', `${hop.route} leads past the firewall`, seenAs);
}

function throughAppliance(
  world: World,
  here: Attachment,
  flow: Flow,
  { address, route }: Hop,
  passed: number,
): Decision {
  const firewall = firewallAt(world, address);
  if (firewall !== undefined) return throughFirewall(world, firewall, flow);
  const card = cardAt(world, here.networkId ?? '', address ?? '');
  if (card === undefined) {
    return refuse('route', `${route} leads to ${address ?? 'no address'}, where no firewall is`);
  }
  const name = machineOfCard(world, card)?.name ?? card.name;
  // A machine that forwards is trusted to forward everything: what it could let out, it lets out.
  const next = attachCard(world, card);
  if (card.properties['enableIPForwarding'] !== true || next.subnet === undefined) {
    return refuse('route', `${route} leads to ${name}, which forwards nothing`);
  }
  if (passed >= mostAppliances) return refuse('route', `${route} leads in a circle`);
  const onwards = stopped(world, next, flow);
  return onwards ?? byRoute(world, next, next.subnet, flow, passed + 1);
}

function throughFirewall(world: World, firewall: StoredResource, flow: Flow): Decision {
  const verdict = firewallVerdict(world, firewall, flow);
  if (!verdict.allowed) return refuse('firewall', `firewall ${firewall.name}: ${verdict.rule}`);
  const seenAs = list(firewall.properties['ipConfigurations'])
    .map((one) => world.resources.get(text(one, 'properties', 'publicIPAddress', 'id') ?? ''))
    .map((one) => text(one?.properties, 'ipAddress'))
    .find((one) => one !== undefined);
  return open(flow, 'firewall', `firewall rule ${verdict.rule}`, seenAs ?? flow.from);
}
