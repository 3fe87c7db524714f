import type { Outputs } from '../../terraform/outputs.ts';
import { inRanges } from '../address.ts';
import type { Evidence } from '../evidence.ts';
import { same } from './fields.ts';
import type { Facts, SecurityGroup, SecurityRule, Subnet } from './facts.ts';
import { networkOf, subnetsOfMachine, workloadSubnets } from './subnets.ts';
import { each, judged, row } from './verdict.ts';

/** Where Bastion Developer comes from (learn.microsoft.com, "Quickstart: Deploy Azure Bastion - Developer"). */
const bastionSource = '168.63.129.16';

/** Every subnet with workload has a security group that lets in nobody from outside the network. */
export function judgeSecurityGroups(facts: Facts, outputs: Outputs): readonly Evidence[] {
  const jumpbox = outputs.jumpboxName === '' ? [] : subnetsOfMachine(outputs.jumpboxName, facts);
  return each('nobody-let-in', 'subnets', workloadSubnets(facts, outputs), (subnet) => {
    const subject = `subnet ${subnet.name}`;
    if (subnet.securityGroupId === undefined) {
      return row('nobody-let-in', subject, 'hole', 'no security group');
    }
    const group = facts.securityGroups.find(({ id }) => same(id, subnet.securityGroupId));
    if (group?.rules === undefined) {
      return row('nobody-let-in', subject, 'unproven', 'ARM does not give the rules of its group');
    }
    return judgeGroup(subject, subnet, group, facts, jumpbox);
  });
}

function judgeGroup(
  subject: string,
  subnet: Subnet,
  { name, rules = [] }: SecurityGroup,
  facts: Facts,
  jumpbox: readonly string[],
): Evidence {
  const inbound = rules
    .filter(({ direction }) => !same(direction, 'Outbound'))
    .toSorted((one, other) => one.priority - other.priority);
  const end = inbound.findIndex(deniesAll);
  const reached = end === -1 ? inbound : inbound.slice(0, end);
  const fromBastion = (rule: SecurityRule): boolean =>
    jumpbox.includes(subnet.name) && isBastionRule(rule);
  const wrong = [
    // Azure's own rules let in the tag VirtualNetwork, and a route for 0.0.0.0/0 makes everybody part of it
    ...(end === -1 ? [`${name} ends without a rule that denies everything`] : []),
    ...reached
      .filter(({ access }) => !same(access, 'Deny'))
      .filter((rule) => !fromBastion(rule))
      .flatMap((rule) => wrongWith(rule, facts)),
  ];
  return judged('nobody-let-in', subject, wrong, allowedBy(reached, name));
}

function deniesAll(rule: SecurityRule): boolean {
  const everything = ({ protocol, sources, destinations, ...rule }: SecurityRule): boolean =>
    [[protocol], sources, destinations, rule.ports, rule.sourcePorts].every(
      (list) => list.length === 1 && list[0] === '*',
    );
  return same(rule.access, 'Deny') && everything(rule);
}

function isBastionRule({ sources, protocol, ports }: SecurityRule): boolean {
  return (
    sources.length > 0 &&
    sources.every((source) => source.replace(/\/32$/, '') === bastionSource) &&
    same(protocol, 'Tcp') &&
    ports.length === 1 &&
    ports[0] === '3389'
  );
}

function wrongWith(rule: SecurityRule, { ranges }: Facts): string[] {
  const strangers = rule.sources.filter((source) => !isInside(source, ranges));
  const from = rule.sources.length === 0 ? ['a source that ARM does not say'] : strangers;
  return from.map((source) => `${rule.name} lets in ${source} on ${rule.ports.join(', ') || '?'}`);
}

/** A range lies inside when it begins there and is no wider than the range it begins in. */
function isInside(source: string, ranges: readonly string[]): boolean {
  const [base = '', length = '32'] = source.split('/');
  return ranges.some(
    (range) => inRanges(base, [range]) && Number(length) >= Number(range.split('/')[1] ?? 32),
  );
}

function allowedBy(reached: readonly SecurityRule[], group: string): string {
  const allowed = reached.filter(({ access }) => same(access, 'Allow'));
  if (allowed.length === 0) return `${group}: nothing comes in`;
  const words = allowed.map(({ sources, ports }) => `${sources.join(', ')} on ${ports.join(', ')}`);
  return `${group}: only ${words.join('; ')}`;
}

/**
 * Whoever lives in a subnet is a resource of this group. Azure's own nodes live with the computes and
 * in a subnet that is given to a service; they are of a subscription of Microsoft's, whereas machines
 * and endpoints that somebody else puts there must be of the network's own.
 */
export function judgeResidents(facts: Facts, outputs: Outputs): readonly Evidence[] {
  const group = `${facts.groupId.toLowerCase()}/`;
  const subscription = `/subscriptions/${outputs.subscriptionId.toLowerCase()}/`;
  const isStrange = (id: string, ours: string): boolean =>
    id.toLowerCase().startsWith(ours) && !id.toLowerCase().startsWith(group);
  const strange = (subject: string, seen: string): Evidence =>
    row('no-stranger', subject, 'hole', seen);
  const subnets = networkOf(facts, outputs)?.subnets ?? [];
  return subnets.flatMap(({ id: subnetId, name, delegations, residents, joined, sharing }) => {
    const takesNodes = same(subnetId, outputs.subnetId) || delegations.length > 0;
    const subject = `subnet ${name}`;
    return [
      ...residents
        .filter((id) => isStrange(id, takesNodes ? subscription : '/'))
        .map((id) => strange(subject, `${id} lives in it`)),
      ...joined.filter((id) => isStrange(id, '/')).map((id) => strange(subject, `${id} is joined`)),
      ...(same(sharing, 'Tenant') ? [strange(subject, 'other subscriptions may use it')] : []),
    ];
  });
}

/** Bastion is the Developer SKU, of this network, without an address or links of its own. */
export function judgeBastion(facts: Facts, outputs: Outputs): readonly Evidence[] {
  const check = 'bastion-developer';
  if (facts.bastions.length === 0) {
    return outputs.jumpboxName === ''
      ? [row(check, 'Bastion', 'closed', 'there is none, and no jumpbox')]
      : [row(check, 'Bastion', 'unproven', 'ARM lists none, but there should be one')];
  }
  const network = networkOf(facts, outputs);
  return facts.bastions.map(({ name, sku, networkId, publicAddresses, shareableLinks }) => {
    const wrong = [
      ...(same(sku, 'Developer') ? [] : [`its SKU is ${sku ?? 'not said'}`]),
      ...(same(networkId, network?.id) ? [] : ['it belongs to another network']),
      ...(publicAddresses === 0 ? [] : ['it has an address of its own']),
      ...(shareableLinks ? ['links that need no role can be made'] : []),
    ];
    const fine = 'Developer: no address of its own, no links that can be shared';
    return judged(check, `Bastion ${name}`, wrong, fine);
  });
}
