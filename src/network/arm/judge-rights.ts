import type { Outputs } from '../../terraform/outputs.ts';
import type { Evidence } from '../evidence.ts';
import { isWithin, nameOf, same } from './fields.ts';
import type { Facts } from './facts.ts';
import type { Assignment } from './service-facts.ts';
import { each, judged, row } from './verdict.ts';

/** The roles that this environment gives to its identities, each on one resource. */
export const givenRoles: readonly string[] = [
  'AcrPull',
  'AzureML Data Scientist',
  'Key Vault Secrets User',
  'Reader',
  'Storage Blob Data Contributor',
];

/** Somebody of the environment who can hold a role. */
interface Holder {
  readonly subject: string;
  readonly principalId: string | undefined;
}

/**
 * No identity of the environment can give roles, and none but the workspace's own, to which Azure
 * gives a broad one, can change resources; the jumpbox has none at all.
 */
export function judgeRights(facts: Facts, outputs: Outputs): readonly Evidence[] {
  return [
    ...each('narrow-roles', 'identities', holders(facts), (holder) => judgeHolder(holder, facts)),
    ...facts.workspaces.map((one) => judgeWorkspaceIdentity(one.name, one.principalId, facts)),
    ...borrowed(facts),
    ...trusting(facts),
    ...judgeJumpbox(facts, outputs),
  ];
}

function holders(facts: Facts): readonly Holder[] {
  return [
    ...facts.identities.map(({ name, principalId }) => ({
      ...{ subject: `identity ${name}`, principalId },
    })),
    ...[...facts.machines, ...facts.sites]
      .filter(({ principalId }) => principalId !== undefined)
      .map(({ name, principalId }) => ({ subject: `own identity of ${name}`, principalId })),
  ];
}

function rolesOf(principalId: string | undefined, facts: Facts): readonly Assignment[] {
  return facts.assignments.filter((one) => same(one.principalId, principalId));
}

function judgeHolder({ subject, principalId }: Holder, facts: Facts): Evidence {
  const check = 'narrow-roles';
  if (principalId === undefined) return row(check, subject, 'unproven', 'ARM gives no principal');
  const roles = rolesOf(principalId, facts);
  const wrong = roles.flatMap((one) => [
    ...(isBroad(one)
      ? [`${one.role ?? 'a role'} can change everything in ${nameOf(one.scope)}`]
      : []),
    ...(isBelow(one.scope, facts.groupId) ? [] : [`${one.role ?? 'a role'} on ${one.scope}`]),
  ]);
  const unknown = roles.filter(({ role }) => role === undefined || !givenRoles.includes(role));
  if (wrong.length === 0 && unknown.length > 0) {
    const words = unknown.map(
      ({ role, scope }) => `${role ?? 'a role without a name'} on ${nameOf(scope)}`,
    );
    return row(check, subject, 'unproven', `not given by this environment: ${words.join('; ')}`);
  }
  return judged(check, subject, wrong, wordsOf(roles));
}

function wordsOf(roles: readonly Assignment[]): string {
  if (roles.length === 0) return 'no role in the group or above it';
  return roles.map(({ role, scope }) => `${role ?? '?'} on ${nameOf(scope)}`).join('; ');
}

/** On one resource of the group, not on the group itself or anything above it. */
function isBelow(scope: string, groupId: string): boolean {
  return isWithin(scope, groupId) && !same(scope, groupId);
}

/** Whether a role may do whatever it likes, or give roles to others. */
export function isBroad({ role, actions }: Pick<Assignment, 'role' | 'actions'>): boolean {
  return (
    ['Owner', 'Contributor', 'User Access Administrator'].some((one) => same(one, role)) ||
    actions.some((one) => one === '*' || /^(\*|Microsoft\.Authorization)\/.*write$/i.test(one)) ||
    actions.some((one) => /^Microsoft\.Authorization\/(\*|roleAssignments\/\*)$/i.test(one))
  );
}

/** An identity of another group has roles that this proof has not looked at. */
function borrowed(facts: Facts): readonly Evidence[] {
  const known = (id: string): boolean => facts.identities.some((one) => same(one.id, id));
  return [...facts.machines, ...facts.sites, ...facts.computes].flatMap(({ name, identityIds }) =>
    identityIds
      .filter((id) => !known(id))
      .map((id) => row('narrow-roles', name, 'unproven', `has ${id}, of another group`)),
  );
}

/** With a federated credential somebody outside signs in as an identity, without being in the network. */
function trusting({ identities }: Facts): readonly Evidence[] {
  return identities.map(({ name, trusts }) =>
    judged(
      'identity-stays-inside',
      `identity ${name}`,
      trusts.map((one) => `takes tokens for ${one}`),
      'nobody outside can sign in as it',
    ),
  );
}

/** Azure itself gives the workspace's identity a broad role on the group; more would be ours to answer for. */
function judgeWorkspaceIdentity(
  name: string,
  principalId: string | undefined,
  facts: Facts,
): Evidence {
  const subject = `own identity of ${name}`;
  if (principalId === undefined) {
    return row('narrow-roles', subject, 'unproven', 'ARM gives no principal');
  }
  const roles = rolesOf(principalId, facts);
  const wrong = roles
    .filter(
      ({ role, scope }) =>
        !isWithin(scope, facts.groupId) ||
        ['Owner', 'User Access Administrator'].includes(role ?? ''),
    )
    .map(({ role, scope }) => `${role ?? 'a role'} on ${scope}`);
  const seen = roles.some(isBroad)
    ? `${wordsOf(roles)}: Azure gives it that, and it can change resources; see what is not closed`
    : wordsOf(roles);
  return judged('narrow-roles', subject, wrong, seen);
}

function judgeJumpbox(facts: Facts, { jumpboxName }: Outputs): readonly Evidence[] {
  if (jumpboxName === '') return [];
  const check = 'jumpbox-without-rights';
  const machine = facts.machines.find(({ name }) => same(name, jumpboxName));
  if (machine === undefined) return [row(check, jumpboxName, 'unproven', 'ARM does not list it')];
  const wrong = [
    ...(machine.principalId === undefined ? [] : ['it has an identity of its own']),
    ...machine.identityIds.map((id) => `it has the identity ${nameOf(id)}`),
  ];
  return [judged(check, `machine ${machine.name}`, wrong, 'no identity, so no role')];
}
