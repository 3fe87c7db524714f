import type { EgressRow, Outputs } from '../../terraform/outputs.ts';
import type { Evidence } from '../evidence.ts';
import { same } from './fields.ts';
import type { Facts, Firewall, FirewallRule, Policy } from './facts.ts';
import { workloadSubnets } from './subnets.ts';
import { each, judged, row } from './verdict.ts';

/** The firewalls let nobody in, and out only what the allow-list says, to the letter. */
export function judgeFirewalls(facts: Facts, outputs: Outputs): readonly Evidence[] {
  return [
    ...each('no-dnat', 'firewalls', facts.firewalls, (one) => [
      dnat(one, facts),
      threatIntelligence(one, facts),
    ]),
    ...judgeEgress(facts, outputs),
  ];
}

/** A firewall's policy and those it inherits from. */
export function policiesOf(firewall: Firewall, facts: Facts): readonly Policy[] {
  const found: Policy[] = [];
  let id = firewall.policyId;
  while (id !== undefined && !found.some((one) => same(one.id, id))) {
    const policy = facts.policies.find((one) => same(one.id, id));
    if (policy === undefined) break;
    found.push(policy);
    id = policy.baseId;
  }
  return found;
}

function dnat(firewall: Firewall, facts: Facts): Evidence {
  const rules = policiesOf(firewall, facts).flatMap((policy) => policy.rules);
  const wrong = rules
    .filter(({ kind }) => kind === 'nat')
    .map(({ place, name, sources, destinations, ports, target }) => {
      const from = `${destinations.join(', ')}:${ports.join(', ')}`;
      return `${place}/${name}: ${sources.join(', ')} at ${from} is led to ${target ?? '?'}`;
    });
  const subject = `firewall ${firewall.name}`;
  if (firewall.ownRules > 0) wrong.push(`${firewall.ownRules} rules outside its policy`);
  return judged('no-dnat', subject, wrong, `none of its ${rules.length} rules leads inwards`);
}

function threatIntelligence(firewall: Firewall, facts: Facts): Evidence {
  const check = 'threat-intelligence-denies';
  const subject = `firewall ${firewall.name}`;
  const [own, ...parents] = policiesOf(firewall, facts);
  if (own?.threatIntelligence === undefined) {
    return row(check, subject, 'unproven', 'ARM gives no policy that says so');
  }
  const all = [own, ...parents];
  const wrong = [
    ...(same(own.threatIntelligence, 'Deny') ? [] : [`mode ${own.threatIntelligence}`]),
    ...all.flatMap(({ trusted }) => trusted.map((one) => `${one} is let pass all the same`)),
    ...(all.some(({ explicitProxy }) => explicitProxy) ? ['it is an explicit proxy, too'] : []),
  ];
  return judged(check, subject, wrong, 'known bad destinations are denied');
}

/** Every rule is a row of the list and every row a rule. */
function judgeEgress(facts: Facts, outputs: Outputs): readonly Evidence[] {
  const rules = facts.firewalls
    .flatMap((one) => policiesOf(one, facts))
    .filter((policy, at, all) => all.indexOf(policy) === at)
    .flatMap((policy) => policy.rules)
    .filter(({ kind }) => kind !== 'nat');
  if (outputs.egress.length === 0) {
    return [row('egress-as-listed', 'the allow-list', 'unproven', 'it has no rows')];
  }
  const rowOf = (rule: FirewallRule): EgressRow | undefined =>
    outputs.egress.find(({ name }) => name === rule.name);
  const isListed = (rule: FirewallRule): boolean =>
    rule.kind !== 'unknown' && !same(rule.action, 'Deny') && rowOf(rule) !== undefined;
  return [
    ...outputs.egress.map((listed) => {
      const own = rules.filter((rule) => isListed(rule) && rule.name === listed.name);
      return judgeRow(listed, own, prefixesOf(facts, outputs));
    }),
    ...rules.filter((rule) => !isListed(rule)).map(notListed),
  ];
}

/** Destinations that bound nothing: anything, the internet, or whatever anybody runs in Azure. */
const everywhere = /^(\*|\*\.[a-z]+|Internet|AzureCloud(\..+)?|.*\/0)$/i;

type Prefixes = ReadonlyMap<string, readonly string[]>;

function prefixesOf(facts: Facts, outputs: Outputs): Prefixes {
  return new Map(workloadSubnets(facts, outputs).map(({ name, prefixes }) => [name, prefixes]));
}

function judgeRow(listed: EgressRow, rules: readonly FirewallRule[], prefixes: Prefixes): Evidence {
  const check = 'egress-as-listed';
  if (rules.length === 0) {
    return row(check, listed.name, 'hole', `no rule of this name; without it: ${listed.breaks}`);
  }
  const sources = listed.from.flatMap((name) => prefixes.get(name) ?? [`subnet ${name}`]);
  const unbounded = listed.destinations.filter((one) => everywhere.test(one));
  const differing = rules.flatMap((rule) => [
    ...(rule.kind === (listed.kind === 'tag' ? 'network' : 'application')
      ? []
      : [`it is a rule of another kind, ${rule.kind}`]),
    ...difference('to', listed.destinations, rule.destinations),
    ...difference('by', listed.protocols, rule.protocols),
    ...difference('on port', listed.ports, rule.ports),
    ...difference('from', sources, rule.sources),
  ]);
  const wrong = [...unbounded.map((one) => `the list itself says ${one}`), ...differing];
  const fine = `${listed.protocols.join(', ')} ${listed.ports.join(', ')} from ${listed.from.join(', ')} to ${listed.destinations.join(', ')}`;
  return judged(check, listed.name, wrong, fine);
}

function difference(
  what: string,
  listed: readonly string[],
  found: readonly string[],
): readonly string[] {
  const without = (some: readonly string[], others: readonly string[]): readonly string[] =>
    some.filter((one) => !others.some((other) => same(one, other)));
  return [
    ...without(found, listed).map((one) => `also ${what} ${one}`),
    ...without(listed, found).map((one) => `not ${what} ${one}`),
  ];
}

function notListed(rule: FirewallRule): Evidence {
  const check = 'egress-not-listed';
  const subject = `${rule.place}/${rule.name}`;
  if (rule.kind === 'unknown') {
    return row(check, subject, 'unproven', 'a rule of a form that is not known');
  }
  const words = `${rule.protocols.join(', ')} ${rule.ports.join(', ')} from ${rule.sources.join(', ')} to ${rule.destinations.join(', ')}`;
  return same(rule.action, 'Deny')
    ? row(check, subject, 'closed', `a further denial: ${words}`)
    : row(check, subject, 'hole', `not on the list: ${words}`);
}
