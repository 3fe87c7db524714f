import type { Outputs } from '../terraform/outputs.ts';
import type { Facts } from './arm/facts.ts';
import { distinct, isWithin, nameOf, same } from './arm/fields.ts';
import { isBroad } from './arm/judge-rights.ts';
import type { Assignment } from './arm/service-facts.ts';
import type { Residual } from './residual.ts';

/** Providers whose resources the proof judges; a wildcard in their place covers them, too. */
const judgedProvider =
  /^(\*|[^/]*\*.*|Microsoft\.(Network|Compute|Storage|KeyVault|ContainerRegistry|MachineLearningServices|Web|Authorization|ManagedIdentity))(\/|$)/i;

/** Whether a pattern of ARM changes or runs something of a judged provider; reading alone does not count. */
function opens(pattern: string): boolean {
  return judgedProvider.test(pattern) && !/\/read$/i.test(pattern);
}

/** What runs a script on a machine, or sets its password, without any network in between. */
const commanding = [
  'Microsoft.Compute/virtualMachines/runCommand/action',
  'Microsoft.Compute/virtualMachines/runCommands/write',
  'Microsoft.Compute/virtualMachines/extensions/write',
];

const listingKeys = ['Microsoft.Storage/storageAccounts/listKeys/action'];

const listingSecrets = [
  'Microsoft.MachineLearningServices/workspaces/datastores/listSecrets/action',
];

/**
 * Everybody but the environment's own identities whose role can change what was proven closed, in
 * the group, above it or on one resource of it. What a role's `notActions` take away again is not
 * taken off: rather one too many.
 */
export function controlPlane(facts: Facts): Residual {
  const able = othersOf(facts).filter(
    ({ role, actions }) => role === undefined || actions.some(opens),
  );
  const people = distinct(able.map(({ principalId }) => principalId)).length;
  return {
    name: 'Control plane (ARM)',
    open: `ARM answers from anywhere to whoever holds an Entra token with a role: it can open what was proven closed, list keys where the role allows it, and export disks. ARM lists ${people === 1 ? '1 principal' : `${people} principals`} with such a role on the group, above it or on something in it. Who is in a group of people, who may activate a role (PIM), and which tenants the subscription is delegated to (Lighthouse), ARM does not say there.`,
    narrowed:
      'Fewer and narrower roles, conditional access, privileged identity management. The drift check finds what changed of what Terraform and deploy made, but no role that was given by hand and nothing that was added.',
    holders: able.map((one) => holderOf(one, facts.groupId)),
  };
}

/** Who may become administrator of a machine inside without any network in between. */
export function runCommand({ probeName, jumpboxName }: Outputs, facts: Facts): Residual {
  const machines = [probeName, jumpboxName].filter((name) => name !== '');
  const able = holders(facts, machines, commanding);
  return {
    name: 'Run Command',
    open: `Who may call Run Command or set extensions on ${machines.join(' and ')} is administrator inside the network, without any network in between. So is who has a password of the machine and its serial console. ${listed(able)}`,
    narrowed: 'Roles without these actions. Machine extensions show in the activity log.',
  };
}

/** Who may list the keys of an account, in words. */
export function keyListers({ name }: { readonly name: string }, facts: Facts): string {
  return listed(holders(facts, [name], listingKeys));
}

/** Who, besides the environment's own identities, may list the secrets of datastores, in words. */
export function datastoreReaders(facts: Facts): string {
  const workspaces = facts.workspaces.map(({ name }) => name);
  return listed(holders(facts, workspaces, listingSecrets));
}

/** Others whose role on one of these resources, or above it, has one of these actions. */
function holders(
  facts: Facts,
  names: readonly string[],
  actions: readonly string[],
): readonly Assignment[] {
  return othersOf(facts).filter(
    (one) =>
      reaches(one, names, facts) &&
      (one.role === undefined || actions.some((action) => grants(one, action))),
  );
}

/** What the workspace's own identity may do beyond its own needs. */
export function workspaceIdentity(facts: Facts): readonly Residual[] {
  return facts.workspaces.flatMap(({ name, principalId }) => {
    const broad = facts.assignments.filter(
      (one) => same(one.principalId, principalId) && isBroad(one),
    );
    if (broad.length === 0) return [];
    const roles = broad.map(({ role, scope }) => `${role ?? 'a role'} on ${nameOf(scope)}`);
    return [
      {
        name: "The workspace's own identity",
        open: `Azure gives the own identity of ${name} ${roles.join(', ')}: whatever acts as it can change every resource there, this network too.`,
        narrowed:
          'It is meant to be used by Azure Machine Learning itself; computes and the web app have identities of their own, with narrow roles.',
      },
    ];
  });
}

function othersOf(facts: Facts): readonly Assignment[] {
  const own = [...facts.identities, ...facts.machines, ...facts.sites, ...facts.workspaces].map(
    ({ principalId }) => principalId,
  );
  return facts.assignments.filter(({ principalId }) => !own.some((one) => same(one, principalId)));
}

/** Whether an assignment covers one of these resources of the group: on it, on the group, or above. */
function reaches({ scope }: Assignment, names: readonly string[], { groupId }: Facts): boolean {
  if (isWithin(groupId, scope) || scope === '/' || /\/managementGroups\//i.test(scope)) return true;
  return names.some((name) => `${scope}/`.toLowerCase().includes(`/${name.toLowerCase()}/`));
}

/** Whether a pattern of the role covers an action. */
function grants({ actions }: Assignment, action: string): boolean {
  return actions.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[^\w/]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 'i').test(action);
  });
}

function listed(able: readonly Assignment[]): string {
  const all = distinct(
    able.map(({ role, principalType, principalId }) => {
      return `${principalType} ${principalId} (${role ?? 'a role that could not be read'})`;
    }),
  );
  if (all.length === 0) return 'ARM lists nobody whose role allows it.';
  const more = all.length > 10 ? ` and ${all.length - 10} more` : '';
  return `ARM lists with a role that allows it: ${all.slice(0, 10).join(', ')}${more}.`;
}

function holderOf(one: Assignment, groupId: string): readonly string[] {
  const role = one.role ?? 'a role that could not be read';
  return [`${one.principalId} (${one.principalType})`, role, scopeOf(one.scope, groupId)];
}

function scopeOf(scope: string, groupId: string): string {
  if (same(scope, groupId)) return 'the group';
  if (isWithin(scope, groupId)) return nameOf(scope);
  if (/\/managementGroups\//i.test(scope)) return `management group ${nameOf(scope)}`;
  return scope === '/' ? 'the whole tenant' : 'the subscription';
}
