import type { Change } from '../terraform/plan-file.ts';
import { isEffective } from './summary.ts';

/** The groups of a plan, in the order in which a reviewer must see them. */
export const groups = ['loss', 'security', 'rest'] as const;
export type Group = (typeof groups)[number];

/** Resource types that decide who reaches what: firewall, network, names, roles, identities, keys. */
const securityTypes =
  /firewall|network|subnet|route|public_ip|private_endpoint|private_link|private_dns|bastion|nat_gateway|application_gateway|role_|identity|federated|key_vault|access_policy|policy_|management_lock|service_endpoint|vpn|peering|diagnostic_setting/;

/** Whether a type of resource is relevant to the network's being closed, or to who may do what. */
export function isSecurityRelevant(type: string): boolean {
  return securityTypes.test(type);
}

/** Attributes by which any resource opens or closes itself. */
const securityAttributes =
  /public|network_(rules|acls)|ip_rules|ip_restriction|virtual_network|subnet|https_only|tls|local_auth|shared_access_key|basic_auth|admin_enabled|ftp|identity|access_policy|encryption|trusted/;

/** The group of a change: deletion, replacement and forgetting before everything else. */
export function groupOf({ action, type, attributes }: Change): Group {
  if (action === 'delete' || action === 'replace' || action === 'forget') return 'loss';
  if (isSecurityRelevant(type)) return 'security';
  const opens = action === 'update' && attributes.some(({ path }) => securityAttributes.test(path));
  return opens ? 'security' : 'rest';
}

const actions = ['delete', 'replace', 'forget', 'update', 'create', 'import', 'read', 'no-op'];

/** The effective changes of a plan in the order of their weight; the same plan always gives the same order. */
export function inOrder(changes: readonly Change[]): Change[] {
  const rank = (change: Change): number[] => [
    groups.indexOf(groupOf(change)),
    isSecurityRelevant(change.type) ? 0 : 1,
    actions.indexOf(change.action),
  ];
  return changes
    .filter(isEffective)
    .map((change) => ({ change, rank: rank(change) }))
    .toSorted((one, other) => {
      const at = one.rank.findIndex((number, place) => number !== other.rank[place]);
      if (at >= 0) return (one.rank[at] ?? 0) - (other.rank[at] ?? 0);
      return one.change.address < other.change.address ? -1 : 1;
    })
    .map(({ change }) => change);
}
