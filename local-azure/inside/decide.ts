import type { StoredResource, World } from '../world.ts';
import { at, list, text, texts } from './json-fields.ts';
import { addressNumber } from './address.ts';
import { firewallAt, firewallVerdict } from './firewall.ts';
import { endpointAddresses, endpointsOf, ownerOf, resolve } from './names.ts';
import { nextHop } from './routes.ts';
import { stoppedBy, type Flow } from './security-groups.ts';
import { tagCovers } from './service-tags.ts';
import { attach, networkOf, type Attachment, type Source } from './source.ts';

/** How a connection that is allowed leaves. */
export type Way = 'private-endpoint' | 'service-endpoint' | 'firewall' | 'internet' | 'metadata';

/** What stops one that is not. */
export type Obstacle =
  | 'name'
  | 'endpoint'
  | 'route'
  | 'security-group'
  | 'firewall'
  | 'no-outbound'
  | 'service-endpoint-policy'
  | 'no-network';

/** Whether a connection from inside may be made, by which way, and why (not). */
export type Decision =
  | { readonly allowed: true; readonly via: Way; readonly address: string; readonly reason: string }
  | { readonly allowed: false; readonly obstacle: Obstacle; readonly reason: string };

/** Link-local addresses at which the platform itself answers: instance metadata and App Service's identity endpoint. */
export const metadataAddresses: readonly string[] = ['169.254.169.254', '169.254.129.2'];

/** Azure's resolver and health address. */
export const platformAddress = '168.63.129.16';

/**
 * Decides about a connection from something inside the network to a host, from nothing but the
 * resources that are deployed: names by zones and links, private endpoints, routes, security
 * groups, service endpoints and the firewall's policy. `port` is a TCP port.
 */
export function decide(world: World, source: Source, host: string, port: number): Decision {
  if (metadataAddresses.includes(host) || host === platformAddress) {
    return { allowed: true, via: 'metadata', address: host, reason: 'the platform answers itself' };
  }
  const here = attach(world, source);
  if (here.subnet === undefined && source.kind !== 'app') {
    return refuse('no-network', `${source.id} is in no subnet that exists`);
  }
  if (addressNumber(host) !== undefined) {
    const bare = { from: here.address, to: host, host: undefined, port, protocol: 'TCP' } as const;
    return outwards(world, here, bare);
  }
  const known = resolve(world, here.networkId, host);
  if (known.kind === 'none') {
    return refuse('name', `${known.name} does not exist: the linked zone has no such record`);
  }
  const flow = { from: here.address, to: known.address, host, port, protocol: 'TCP' } as const;
  return known.kind === 'private'
    ? overEndpoint(world, here, { ...flow, host: undefined }, host)
    : outwards(world, here, flow);
}

function refuse(obstacle: Obstacle, reason: string): Decision {
  return { allowed: false, obstacle, reason };
}

function networkRanges(world: World, here: Attachment): readonly string[] {
  const network = world.resources.get(here.networkId ?? '');
  return texts(network?.properties, 'addressSpace', 'addressPrefixes');
}

/** The subnet's group and the interface's own must both let a flow out. */
function stopped(world: World, here: Attachment, flow: Flow): Decision | undefined {
  const ids = [here.subnet, here.card].map((one) =>
    text(one?.properties, 'networkSecurityGroup', 'id'),
  );
  for (const id of ids) {
    const group = id === undefined ? undefined : world.resources.get(id);
    const rule = group && stoppedBy(world, group, flow, networkRanges(world, here));
    if (rule !== undefined) return refuse('security-group', `outbound traffic stopped by ${rule}`);
  }
  return undefined;
}

function overEndpoint(world: World, here: Attachment, flow: Flow, host: string): Decision {
  const owner = ownerOf(world, host);
  const endpoint =
    owner &&
    endpointsOf(world, owner.resource.id, owner.group).find(
      (one) => endpointAddresses(world, one).includes(flow.to) && near(one, here),
    );
  if (endpoint === undefined) {
    return refuse('endpoint', `no private endpoint of ${host} has the address ${flow.to}`);
  }
  return (
    stopped(world, here, flow) ?? {
      allowed: true,
      via: 'private-endpoint',
      address: flow.to,
      reason: `private endpoint ${endpoint.name}`,
    }
  );
}

function near(endpoint: StoredResource, here: Attachment): boolean {
  const subnetId = text(endpoint.properties, 'subnet', 'id');
  return (
    subnetId !== undefined && networkOf(subnetId).toLowerCase() === here.networkId?.toLowerCase()
  );
}

function outwards(world: World, here: Attachment, flow: Flow): Decision {
  if (here.subnet === undefined || !here.routesAll) {
    return open(flow, 'internet', 'the app does not send all its traffic through the network');
  }
  const direct = overServiceEndpoint(world, here.subnet, flow);
  const halted = stopped(world, here, flow);
  if (halted !== undefined) return halted;
  return direct ?? byRoute(world, here, here.subnet, flow);
}

function open(flow: Flow, via: Way, reason: string): Decision {
  return { allowed: true, via, address: flow.to, reason };
}

/** A service endpoint's route is more precise than 0.0.0.0/0: its traffic never meets the firewall. */
function overServiceEndpoint(world: World, subnet: StoredResource, flow: Flow) {
  const host = flow.host;
  if (host === undefined || !tagCovers(world, 'Storage', host)) return undefined;
  const services = list(subnet.properties['serviceEndpoints']).map((one) => text(one, 'service'));
  if (!services.some((service) => service?.startsWith('Microsoft.Storage'))) return undefined;
  const permitted = permittedByPolicy(world, subnet, host);
  return permitted
    ? open(flow, 'service-endpoint', 'service endpoint Microsoft.Storage of the subnet')
    : refuse('service-endpoint-policy', `no service endpoint policy of the subnet names ${host}`);
}

function permittedByPolicy(world: World, subnet: StoredResource, host: string): boolean {
  const policies = list(subnet.properties['serviceEndpointPolicies']).map((one) => text(one, 'id'));
  if (policies.length === 0) return true;
  const account = ownerOf(world, host)?.resource.id.toLowerCase();
  return policies
    .flatMap((id) =>
      list(at(world.resources.get(id ?? ''), 'properties', 'serviceEndpointPolicyDefinitions')),
    )
    .flatMap((definition) => texts(definition, 'properties', 'serviceResources'))
    .some((scope) => account !== undefined && `${account}/`.startsWith(`${scope.toLowerCase()}/`));
}

function byRoute(world: World, here: Attachment, subnet: StoredResource, flow: Flow): Decision {
  const hop = nextHop(world, subnet, flow.to, flow.host);
  if (hop.type === 'VirtualAppliance') return throughFirewall(world, flow, hop.address, hop.route);
  if (hop.type === 'None') return refuse('route', `${hop.route} drops it`);
  if (hop.type === 'VnetLocal') return refuse('route', `nothing in the network has ${flow.to}`);
  if (hasOutbound(here, subnet))
    return open(flow, 'internet', `${hop.route} leads past the firewall`);
  return refuse(
    'no-outbound',
    'default outbound access is off and there is no route to the firewall',
  );
}

function hasOutbound(here: Attachment, subnet: StoredResource): boolean {
  const configurations = list(here.card?.properties['ipConfigurations']);
  return (
    subnet.properties['defaultOutboundAccess'] !== false ||
    text(subnet.properties, 'natGateway', 'id') !== undefined ||
    configurations.some((one) => text(one, 'properties', 'publicIPAddress', 'id') !== undefined)
  );
}

function throughFirewall(
  world: World,
  flow: Flow,
  address: string | undefined,
  route: string,
): Decision {
  const firewall = firewallAt(world, address);
  if (firewall === undefined) {
    return refuse('route', `${route} leads to ${address ?? 'no address'}, where no firewall is`);
  }
  const verdict = firewallVerdict(world, firewall, flow);
  return verdict.allowed
    ? open(flow, 'firewall', `firewall rule ${verdict.rule}`)
    : refuse('firewall', `firewall ${firewall.name}: ${verdict.rule}`);
}
