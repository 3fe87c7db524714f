import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { operations } from '../../local-azure/operations/index.ts';
import {
  actionsOf,
  environmentNeeds,
  environmentRoles,
  stateNeeds,
  stateRoles,
} from '../../src/preflight/needed-actions.ts';
import { allows } from '../../src/preflight/permissions.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** A role as the Azure CLI takes it. */
interface RoleFile {
  readonly IsCustom: boolean;
  readonly Actions: readonly string[];
  readonly NotActions: readonly string[];
  readonly DataActions: readonly string[];
  readonly AssignableScopes: readonly string[];
}

function roleIn(name: string): RoleFile & { may(action: string): boolean } {
  const role = JSON.parse(read(`examples/roles/${name}.json`)) as RoleFile;
  const permission = { actions: role.Actions, notActions: role.NotActions };
  return { ...role, may: (action) => allows([permission], action) };
}

/** What would hand out a secret, give rights away, or open another door than the ones that are proved. */
const forbidden = [
  'Microsoft.Storage/storageAccounts/listKeys/action',
  'Microsoft.Storage/storageAccounts/regenerateKey/action',
  'Microsoft.Storage/storageAccounts/ListAccountSas/action',
  'Microsoft.Storage/storageAccounts/ListServiceSas/action',
  'Microsoft.Storage/storageAccounts/localUsers/listKeys/action',
  'Microsoft.ContainerRegistry/registries/listCredentials/action',
  'Microsoft.ContainerRegistry/registries/regenerateCredential/action',
  'Microsoft.ContainerRegistry/registries/generateCredentials/action',
  'Microsoft.ContainerRegistry/registries/tokens/write',
  'Microsoft.ContainerRegistry/registries/scheduleRun/action',
  'Microsoft.MachineLearningServices/workspaces/listKeys/action',
  'Microsoft.MachineLearningServices/workspaces/listStorageAccountKeys/action',
  'Microsoft.MachineLearningServices/workspaces/datastores/listSecrets/action',
  'Microsoft.MachineLearningServices/workspaces/connections/listsecrets/action',
  'Microsoft.MachineLearningServices/workspaces/computes/listKeys/action',
  'Microsoft.Web/sites/publishxml/action',
  'Microsoft.Web/sites/host/listkeys/action',
  'Microsoft.KeyVault/vaults/accessPolicies/write',
  'Microsoft.KeyVault/locations/deletedVaults/purge/action',
  'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write',
  'Microsoft.Compute/disks/beginGetAccess/action',
  'Microsoft.Compute/snapshots/write',
  'Microsoft.Compute/virtualMachines/runCommand/action',
  'Microsoft.Network/virtualNetworks/peer/action',
  'Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write',
  'Microsoft.Network/virtualNetworkGateways/write',
  'Microsoft.Authorization/roleAssignments/write',
  'Microsoft.Authorization/roleDefinitions/write',
  'Microsoft.Authorization/locks/delete',
  'Microsoft.Authorization/elevateAccess/Action',
];

describe('the role of the deployer', () => {
  const role = roleIn('deployer');
  const needed = actionsOf([...environmentNeeds, ...stateNeeds]);

  it('allows all that a deploy needs, but for the giving of roles, which another role bounds', () => {
    expect(needed.length).toBeGreaterThan(60);
    expect(needed.filter((action) => !role.may(action))).toEqual([
      'Microsoft.Authorization/roleAssignments/write',
    ]);
  });

  it('allows to take down what it makes', () => {
    const kept =
      /\/(deployments|SOA|PrivateEndpointConnections\w+|secrets|config|extensions|currentBillingFeatures|blobServices|managementPolicies|basicPublishing\w+|roleAssignments)\/write$/;
    const removals = needed
      .filter((action) => action.endsWith('/write') && !kept.test(action))
      .map((action) => action.replace(/write$/, 'delete'));
    expect(removals.length).toBeGreaterThan(25);
    expect(removals.filter((action) => !role.may(action))).toEqual([]);
  });

  it.each(forbidden)('does not allow %s', (action) => {
    expect(role.may(action)).toBe(false);
  });

  it('lists what it allows: the only thing it allows of everything is reading', () => {
    const broad = role.Actions.filter((action) => action.split('/').length < 3);
    expect(broad).toEqual(['*/read']);
    // A wildcard only below a single type; nothing of a type is open as a whole.
    expect(role.Actions.filter((action) => action.includes('*') && action !== '*/read')).toEqual([
      'Microsoft.MachineLearningServices/workspaces/environments/*',
      'Microsoft.MachineLearningServices/workspaces/jobs/*',
      'Microsoft.Web/sites/basicPublishingCredentialsPolicies/*',
    ]);
    expect(new Set(role.Actions).size).toBe(role.Actions.length);
  });
});

describe('the role that only plans', () => {
  const role = roleIn('plan');

  it('allows reading, the settings of the web app and the preview of a deployment', () => {
    expect(role.Actions).toEqual([
      '*/read',
      'Microsoft.Resources/deployments/whatIf/action',
      'Microsoft.Web/sites/config/list/action',
    ]);
    expect(forbidden.filter((action) => role.may(action))).toEqual([]);
  });

  it('allows none of the changes that Local Azure knows', () => {
    const changes = operations.flatMap(({ needs = '' }) =>
      /\/(write|delete)$/.test(needs) ? [needs] : [],
    );
    expect(changes.length).toBeGreaterThan(100);
    expect(changes.filter((action) => role.may(action))).toEqual([]);
  });
});

describe('the role that only uses an environment', () => {
  const role = roleIn('use');

  it('allows reading, the probe, the import of the image, and jobs', () => {
    expect(role.Actions).toEqual([
      '*/read',
      'Microsoft.Compute/virtualMachines/deallocate/action',
      'Microsoft.Compute/virtualMachines/runCommands/delete',
      'Microsoft.Compute/virtualMachines/runCommands/write',
      'Microsoft.Compute/virtualMachines/start/action',
      'Microsoft.ContainerRegistry/registries/importImage/action',
      'Microsoft.MachineLearningServices/workspaces/datastores/write',
      'Microsoft.MachineLearningServices/workspaces/environments/versions/write',
      'Microsoft.MachineLearningServices/workspaces/jobs/cancel/action',
      'Microsoft.MachineLearningServices/workspaces/jobs/write',
    ]);
    expect(forbidden.filter((action) => role.may(action))).toEqual([]);
  });

  it('allows nothing that the deployer may not', () => {
    const deployer = roleIn('deployer');
    expect(role.Actions.filter((action) => !deployer.may(action))).toEqual([]);
  });
});

describe.each(['deployer', 'plan', 'use'])('examples/roles/%s.json', (name) => {
  it('is a custom role without access to data, for a subscription that is to be filled in', () => {
    const { IsCustom, DataActions, AssignableScopes } = roleIn(name);
    expect({ IsCustom, DataActions, AssignableScopes }).toEqual({
      IsCustom: true,
      DataActions: [],
      AssignableScopes: ['/subscriptions/SUBSCRIPTION'],
    });
  });
});

describe('the condition in docs/setup.md', () => {
  const page = read('docs/setup.md');

  it('lists exactly the roles that a deploy gives, in the order of their names on the page', () => {
    const listed = /^roles='([^']+)'$/m.exec(page)?.[1]?.split(', ') ?? [];
    const [, names = ''] = /six roles and no others: ([^]+?)\.\n/.exec(page) ?? [];
    const guids: Readonly<Record<string, string>> = { ...environmentRoles, ...stateRoles };
    expect(listed).toEqual(names.split(/,\s+/).map((name) => guids[name]));
    expect(listed.toSorted()).toEqual(Object.values(guids).toSorted());
  });
});
