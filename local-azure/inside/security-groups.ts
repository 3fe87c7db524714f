import type { StoredResource, World } from '../world.ts';
import { list, number, text, texts } from './json-fields.ts';
import { inPortRange, inRange, prefixLength } from './address.ts';
import { tagCovers } from './service-tags.ts';

/** A connection that somebody wants to open. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  /** Public host name; undefined where the destination is an address alone. */
  readonly host: string | undefined;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  /** What a client speaks on it, for rules that look at that. */
  readonly speaks: 'http' | 'https';
}

/** What the tags of a rule mean where the group stands. */
export interface Surroundings {
  /** Address ranges of the virtual network. */
  readonly ranges: readonly string[];
  /**
   * Prefixes of the subnet's own routes: the tag VirtualNetwork takes them in, 0.0.0.0/0 included
   * (learn.microsoft.com, "Virtual network service tags").
   */
  readonly routed?: readonly string[];
}

type Direction = 'Inbound' | 'Outbound';

interface SecurityRule {
  readonly name: string;
  readonly priority: number;
  readonly allows: boolean;
  matches(flow: Flow): boolean;
}

/** The single and the plural form of a rule's field. */
function both(rule: unknown, single: string, plural: string): readonly string[] {
  const one = text(rule, 'properties', single);
  return [...(one === undefined ? [] : [one]), ...texts(rule, 'properties', plural)];
}

function isAnywhere(prefix: string): boolean {
  return prefix === '*' || prefix === '0.0.0.0/0';
}

function within(address: string, ranges: readonly string[]): boolean {
  return ranges.some((range) => inRange(address, range));
}

function targetCovers(world: World, prefix: string, flow: Flow, around: Surroundings): boolean {
  if (isAnywhere(prefix)) return true;
  if (prefixLength(prefix) >= 0) return inRange(flow.to, prefix);
  if (prefix === 'VirtualNetwork') return within(flow.to, around.ranges);
  if (prefix === 'Internet') return !within(flow.to, around.ranges);
  return flow.host !== undefined && tagCovers(world, prefix, flow.host);
}

function sourceCovers(prefix: string, from: string, around: Surroundings): boolean {
  if (isAnywhere(prefix)) return true;
  if (prefixLength(prefix) >= 0) return inRange(from, prefix);
  const local = within(from, around.ranges);
  if (prefix === 'VirtualNetwork') return local || within(from, around.routed ?? []);
  if (prefix === 'Internet') return !local;
  if (prefix === 'AzureLoadBalancer') return from === '168.63.129.16';
  // Runners that GitHub hosts are machines in Azure: what lets the whole cloud in, lets them in.
  return !local && /^AzureCloud(\.|$)/i.test(prefix);
}

function parse(world: World, rule: unknown, around: Surroundings): SecurityRule {
  const protocol = text(rule, 'properties', 'protocol') ?? '*';
  const targets = both(rule, 'destinationAddressPrefix', 'destinationAddressPrefixes');
  const sources = both(rule, 'sourceAddressPrefix', 'sourceAddressPrefixes');
  const ports = both(rule, 'destinationPortRange', 'destinationPortRanges');
  return {
    name: text(rule, 'name') ?? '',
    priority: number(rule, 65_000, 'properties', 'priority'),
    allows: text(rule, 'properties', 'access')?.toLowerCase() === 'allow',
    matches: (flow) =>
      (protocol === '*' || protocol.toUpperCase() === flow.protocol) &&
      ports.some((range) => inPortRange(flow.port, range)) &&
      targets.some((prefix) => targetCovers(world, prefix, flow, around)) &&
      sources.some((prefix) => sourceCovers(prefix, flow.from, around)),
  };
}

function rulesOf(world: World, group: StoredResource, direction: Direction): readonly unknown[] {
  const inline = list(group.properties['securityRules']);
  const own = world.resources
    .below(group.id)
    .filter((one) => one.type.toLowerCase().endsWith('networksecuritygroups/securityrules'));
  const wanted = [...inline, ...own].filter(
    (rule) => text(rule, 'properties', 'direction')?.toLowerCase() === direction.toLowerCase(),
  );
  return [...new Map(wanted.map((rule) => [text(rule, 'name') ?? '', rule])).values()];
}

function decisive(
  world: World,
  group: StoredResource,
  direction: Direction,
  flow: Flow,
  around: Surroundings,
): SecurityRule | undefined {
  return rulesOf(world, group, direction)
    .map((rule) => parse(world, rule, around))
    .sort((one, other) => one.priority - other.priority)
    .find((rule) => rule.matches(flow));
}

/**
 * The name of the outbound rule of a network security group that stops a flow, or undefined where
 * it passes. Azure's own last rules let everything out to the network and to the internet.
 */
export function stoppedBy(
  world: World,
  group: StoredResource,
  flow: Flow,
  around: Surroundings,
): string | undefined {
  const rule = decisive(world, group, 'Outbound', flow, around);
  return rule === undefined || rule.allows ? undefined : `rule "${rule.name}" of ${group.name}`;
}

/**
 * The name of the inbound rule that stops a flow, or undefined where it is let in. Azure's own last
 * rules let in the network and the load balancer's probes, and nothing else.
 */
export function keptOutBy(
  world: World,
  group: StoredResource,
  flow: Flow,
  around: Surroundings,
): string | undefined {
  const rule = decisive(world, group, 'Inbound', flow, around);
  if (rule !== undefined) return rule.allows ? undefined : `rule "${rule.name}" of ${group.name}`;
  const usual = ['VirtualNetwork', 'AzureLoadBalancer'];
  return usual.some((tag) => sourceCovers(tag, flow.from, around))
    ? undefined
    : `rule "DenyAllInBound" of ${group.name}`;
}
