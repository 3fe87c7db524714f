import type { StoredResource, World } from '../world.ts';
import { list, number, text, texts } from './json-fields.ts';
import { inPortRange, inRange, prefixLength } from './address.ts';
import { tagCovers } from './service-tags.ts';

/** A connection that somebody inside wants to open. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  /** Public host name; undefined where the destination is a private address. */
  readonly host: string | undefined;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

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

function prefixCovers(world: World, prefix: string, flow: Flow, networkRanges: readonly string[]) {
  if (prefix === '*' || prefix === '0.0.0.0/0') return true;
  if (prefixLength(prefix) >= 0) return inRange(flow.to, prefix);
  const local = networkRanges.some((range) => inRange(flow.to, range));
  if (prefix === 'VirtualNetwork') return local;
  if (prefix === 'Internet') return !local;
  return flow.host !== undefined && tagCovers(world, prefix, flow.host);
}

function parse(world: World, rule: unknown, ranges: readonly string[]): SecurityRule {
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
      targets.some((prefix) => prefixCovers(world, prefix, flow, ranges)) &&
      sources.some((prefix) => sourceCovers(prefix, flow.from)),
  };
}

function sourceCovers(prefix: string, from: string): boolean {
  return prefix === '*' || prefix === 'VirtualNetwork' || inRange(from, prefix);
}

function rulesOf(world: World, group: StoredResource): readonly unknown[] {
  const inline = list(group.properties['securityRules']);
  const own = world.resources
    .below(group.id)
    .filter((one) => one.type.toLowerCase().endsWith('networksecuritygroups/securityrules'));
  const outbound = [...inline, ...own].filter(
    (rule) => text(rule, 'properties', 'direction')?.toLowerCase() === 'outbound',
  );
  return [...new Map(outbound.map((rule) => [text(rule, 'name') ?? '', rule])).values()];
}

/**
 * The name of the outbound rule of a network security group that stops a flow, or undefined where
 * it passes. Azure's own last rules let everything out to the network and to the internet.
 */
export function stoppedBy(
  world: World,
  group: StoredResource,
  flow: Flow,
  networkRanges: readonly string[],
): string | undefined {
  const decisive = rulesOf(world, group)
    .map((rule) => parse(world, rule, networkRanges))
    .sort((one, other) => one.priority - other.priority)
    .find((rule) => rule.matches(flow));
  if (decisive === undefined || decisive.allows) return undefined;
  return `rule "${decisive.name}" of ${group.name}`;
}
