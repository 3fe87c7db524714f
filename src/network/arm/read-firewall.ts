import { apis } from '../../azure/api-versions.ts';
import { distinct, flagAt, listAt, nameOf, numberAt, textAt, textsAt } from './fields.ts';
import type { Firewall, FirewallRule, Policy } from './facts.ts';
import type { Reading } from './reading.ts';

const ownCollections = [
  'natRuleCollections',
  'networkRuleCollections',
  'applicationRuleCollections',
] as const;

/** A firewall, whose rules are its policy's. */
export function readFirewall(raw: unknown): Firewall {
  const configurations = listAt(raw, 'properties', 'ipConfigurations') ?? [];
  const all = (...names: readonly string[]): readonly string[] =>
    configurations.flatMap((one) => textAt(one, 'properties', ...names) ?? []);
  return {
    id: textAt(raw, 'id') ?? '',
    name: textAt(raw, 'name') ?? '',
    privateAddresses: all('privateIPAddress'),
    subnetIds: all('subnet', 'id'),
    policyId: textAt(raw, 'properties', 'firewallPolicy', 'id'),
    threatIntelligence: textAt(raw, 'properties', 'threatIntelMode'),
    ownRules: ownCollections
      .flatMap((name) => listAt(raw, 'properties', name) ?? [])
      .flatMap((collection) => listAt(collection, 'properties', 'rules') ?? [collection]).length,
  };
}

/** The policies of the firewalls and those above them, by id: a parent often stands in a group of its own. */
export async function readPolicies(
  firewalls: readonly Firewall[],
  reading: Reading,
): Promise<readonly Policy[]> {
  const found: Policy[] = [];
  let wanted = distinct(firewalls.flatMap(({ policyId }) => policyId ?? []));
  while (wanted.length > 0) {
    found.push(...(await Promise.all(wanted.map((id) => readPolicy(id, reading)))));
    const known = found.map(({ id }) => id.toLowerCase());
    const parents = distinct(found.flatMap(({ baseId }) => baseId ?? []));
    wanted = parents.filter((id) => !known.includes(id.toLowerCase()));
  }
  return found;
}

async function readPolicy(id: string, reading: Reading): Promise<Policy> {
  const [raw, groups] = await Promise.all([
    reading.get(id, apis.network),
    reading.list(`${id}/ruleCollectionGroups`, apis.network),
  ]);
  const name = nameOf(id);
  return {
    id,
    name,
    baseId: textAt(raw, 'properties', 'basePolicy', 'id'),
    threatIntelligence: textAt(raw, 'properties', 'threatIntelMode'),
    trusted: ['fqdns', 'ipAddresses'].flatMap((list) =>
      textsAt(raw, 'properties', 'threatIntelWhitelist', list),
    ),
    explicitProxy: flagAt(raw, 'properties', 'explicitProxy', 'enableExplicitProxy') ?? false,
    dnsServers: textsAt(raw, 'properties', 'dnsSettings', 'servers'),
    rules: groups.flatMap((group) => rulesOf(group, name)),
  };
}

function rulesOf(group: unknown, policy: string): readonly FirewallRule[] {
  const path = `${policy}/${textAt(group, 'name') ?? '?'}`;
  const collections = listAt(group, 'properties', 'ruleCollections');
  // A group that does not say what is in it could hold anything.
  if (collections === undefined) return [unknownRule(path, '(rule collections)')];
  return collections.flatMap((collection) => {
    const place = `${path}/${textAt(collection, 'name') ?? '?'}`;
    const action = textAt(collection, 'action', 'type') ?? '';
    const rules = listAt(collection, 'rules');
    if (rules === undefined) return [unknownRule(place, '(rules)')];
    return rules.map((rule) => readRule(rule, place, action));
  });
}

function unknownRule(place: string, name: string): FirewallRule {
  const none = { sources: [], protocols: [], ports: [], destinations: [], target: undefined };
  return { place, name, kind: 'unknown', action: '', ...none };
}

function readRule(raw: unknown, place: string, action: string): FirewallRule {
  const name = textAt(raw, 'name') ?? '';
  const sources = [...textsAt(raw, 'sourceAddresses'), ...textsAt(raw, 'sourceIpGroups')];
  const ip = {
    ...{ sources, protocols: textsAt(raw, 'ipProtocols'), ports: textsAt(raw, 'destinationPorts') },
    destinations: [
      ...textsAt(raw, 'destinationAddresses'),
      ...textsAt(raw, 'destinationFqdns'),
      ...textsAt(raw, 'destinationIpGroups'),
    ],
  };
  switch (textAt(raw, 'ruleType')) {
    case 'NetworkRule':
      return { place, name, action, kind: 'network', ...ip, target: undefined };
    case 'NatRule': {
      const to = textAt(raw, 'translatedAddress') ?? textAt(raw, 'translatedFqdn') ?? '?';
      const target = `${to}:${textAt(raw, 'translatedPort') ?? '?'}`;
      return { place, name, action, kind: 'nat', ...ip, target };
    }
    case 'ApplicationRule':
      return { place, name, action, kind: 'application', sources, ...applicationPart(raw) };
    default:
      return unknownRule(place, name);
  }
}

function applicationPart(
  raw: unknown,
): Pick<FirewallRule, 'protocols' | 'ports' | 'destinations' | 'target'> {
  const protocols = listAt(raw, 'protocols') ?? [];
  return {
    protocols: distinct(protocols.map((one) => textAt(one, 'protocolType') ?? '?')),
    ports: distinct(protocols.map((one) => numberAt(one, 'port') ?? '?')),
    destinations: [
      'targetFqdns',
      'targetUrls',
      'fqdnTags',
      'webCategories',
      'destinationAddresses',
    ].flatMap((list) => textsAt(raw, list)),
    target: undefined,
  };
}
