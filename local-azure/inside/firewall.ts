import type { StoredResource, World } from '../world.ts';
import { inPortRange, inRange, prefixLength } from './address.ts';
import { at, list, number, text, texts } from './json-fields.ts';
import type { Flow } from './security-groups.ts';
import { hostMatches, tagCovers } from './service-tags.ts';

/** What the firewall says, and which rule said it. */
export interface Verdict {
  readonly allowed: boolean;
  readonly rule: string;
}

/** One rule collection of a policy. */
export interface Collection {
  readonly name: string;
  readonly kind: 'filter' | 'nat';
  readonly allows: boolean;
  readonly rules: readonly unknown[];
}

/** The firewall whose private address is `address`, if it is deployed and holds an address. */
export function firewallAt(world: World, address: string | undefined): StoredResource | undefined {
  return world.resources
    .ofType('Microsoft.Network/azureFirewalls')
    .find((firewall) =>
      list(firewall.properties['ipConfigurations']).some(
        (one) => text(one, 'properties', 'privateIPAddress') === address && address !== undefined,
      ),
    );
}

function byPriority(items: readonly unknown[]): readonly unknown[] {
  const priority = (item: unknown): number =>
    number(item, number(item, 65_000, 'priority'), 'properties', 'priority');
  return [...items].sort((one, other) => priority(one) - priority(other));
}

/** Collections in the order the firewall takes them; a parent policy's come first. */
export function collectionsOf(world: World, policyId: string | undefined): readonly Collection[] {
  const policy = world.resources.get(policyId ?? '');
  if (policy === undefined) return [];
  const groups = world.resources
    .below(policy.id)
    .filter((one) => one.type.toLowerCase().endsWith('/rulecollectiongroups'));
  const own = byPriority(groups).flatMap((group) =>
    byPriority(list(at(group, 'properties', 'ruleCollections'))).map(collection),
  );
  return [...collectionsOf(world, text(policy.properties, 'basePolicy', 'id')), ...own];
}

function collection(stored: unknown): Collection {
  const nat = text(stored, 'ruleCollectionType') === 'FirewallPolicyNatRuleCollection';
  return {
    name: text(stored, 'name') ?? '',
    kind: nat ? 'nat' : 'filter',
    allows: text(stored, 'action', 'type')?.toLowerCase() === 'allow',
    rules: list(at(stored, 'rules')),
  };
}

function groupRanges(world: World, ids: readonly string[]): readonly string[] {
  return ids.flatMap((id) => texts(world.resources.get(id)?.properties, 'ipAddresses'));
}

/** Whether a rule is meant for where a flow comes from. */
export function sourceMatches(world: World, rule: unknown, flow: Pick<Flow, 'from'>): boolean {
  const ranges = [
    ...texts(rule, 'sourceAddresses'),
    ...groupRanges(world, texts(rule, 'sourceIpGroups')),
  ];
  return ranges.some((range) => inRange(flow.from, range));
}

function networkRuleMatches(world: World, rule: unknown, flow: Flow): boolean {
  const protocols = texts(rule, 'ipProtocols').map((one) => one.toUpperCase());
  const targets = [
    ...texts(rule, 'destinationAddresses'),
    ...groupRanges(world, texts(rule, 'destinationIpGroups')),
  ];
  const host = flow.host;
  const reaches =
    targets.some((target) => targetCovers(world, target, flow)) ||
    (host !== undefined && texts(rule, 'destinationFqdns').some((name) => hostMatches(host, name)));
  return (
    reaches &&
    (protocols.includes('ANY') || protocols.includes(flow.protocol)) &&
    texts(rule, 'destinationPorts').some((range) => inPortRange(flow.port, range)) &&
    sourceMatches(world, rule, flow)
  );
}

function targetCovers(world: World, target: string, flow: Flow): boolean {
  if (target === '*' || prefixLength(target) >= 0 || /^[\d.]+-[\d.]+$/.test(target)) {
    return inRange(flow.to, target);
  }
  return flow.host !== undefined && tagCovers(world, target, flow.host);
}

function applicationRuleMatches(world: World, rule: unknown, flow: Flow): boolean {
  const host = flow.host;
  if (host === undefined || flow.protocol !== 'TCP') return false;
  const speaks = list(at(rule, 'protocols')).some(
    (one) =>
      text(one, 'protocolType')?.toLowerCase() === flow.speaks &&
      number(one, 0, 'port') === flow.port,
  );
  return (
    speaks &&
    texts(rule, 'targetFqdns').some((name) => hostMatches(host, name)) &&
    sourceMatches(world, rule, flow)
  );
}

type Matcher = (world: World, rule: unknown, flow: Flow) => boolean;

function judge(
  world: World,
  collections: readonly Collection[],
  type: string,
  matches: Matcher,
  flow: Flow,
): Verdict | undefined {
  for (const one of collections) {
    const rule = one.rules.find(
      (candidate) => text(candidate, 'ruleType') === type && matches(world, candidate, flow),
    );
    if (rule !== undefined) {
      return { allowed: one.allows, rule: `${one.name}/${text(rule, 'name') ?? ''}` };
    }
  }
  return undefined;
}

/**
 * What a firewall with its policy does with a flow: all network rules by priority, then all
 * application rules, then no (learn.microsoft.com, "Azure Firewall rule processing logic"). The
 * built-in infrastructure names, TLS inspection, web categories and FQDN tags are left out, so
 * that a rule made of those alone opens nothing here.
 */
export function firewallVerdict(world: World, firewall: StoredResource, flow: Flow): Verdict {
  const policy = text(firewall.properties, 'firewallPolicy', 'id');
  const collections = collectionsOf(world, policy).filter(({ kind }) => kind === 'filter');
  return (
    judge(world, collections, 'NetworkRule', networkRuleMatches, flow) ??
    judge(world, collections, 'ApplicationRule', applicationRuleMatches, flow) ?? {
      allowed: false,
      rule: 'no rule matches',
    }
  );
}
