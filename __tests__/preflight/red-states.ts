import type { StoredResource, World } from '../../local-azure/world.ts';
import { grant } from '../../local-azure/arm/seed.ts';
import { setRegistration } from '../../local-azure/arm/providers.ts';
import type { Session } from '../../src/login/session.ts';
import type { Settings } from '../../src/inputs/schema.ts';
import type { Names } from '../../src/names.ts';
import type { Choices, Machine } from '../../src/preflight/choices.ts';

/** Where a state is made: Local Azure's world, and its ARM as the deployer reaches it. */
export interface Scene {
  readonly world: World;
  readonly session: Session;
  readonly names: Names;
}

/** One state of Azure in which a check must be red, and what it must then say. */
export interface RedState {
  readonly of: string;
  make?(scene: Scene): void | Promise<void>;
  readonly settings?: Partial<Settings>;
  readonly choices?: (usual: Choices) => Partial<Choices>;
  readonly cause: RegExp;
  readonly fix: RegExp;
}

const READER = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
const ASSIGNMENTS = 'Microsoft.Authorization/roleAssignments';

const data =
  (key: string, ...entries: readonly string[]) =>
  ({ world }: Scene): void =>
    void world.data.set(key, new Set(entries));

const quota =
  (...entries: readonly (readonly [string, number])[]) =>
  ({ world }: Scene): void =>
    void world.data.set('quotas', new Map(entries));

const resized =
  (size: string) =>
  ({ machines }: Choices): { machines: readonly Machine[] } => ({
    machines: machines.map((one) => (one.what === 'probe' ? { ...one, size } : one)),
  });

/** Every red state, by the name of its check; a test compares the names with the list of checks. */
export const redStates: Readonly<Record<string, readonly RedState[]>> = {
  login: [
    {
      of: 'a subscription that is disabled',
      make: ({ world }) => void world.data.set('subscriptionState', 'Disabled'),
      cause: /is not enabled: its state is Disabled/,
      fix: /owner can enable it/,
    },
  ],
  location: [
    {
      of: 'a region that the subscription does not have',
      settings: { location: 'mars' },
      cause: /no region mars/,
      fix: /az account list-locations/,
    },
    {
      of: 'a group that is elsewhere',
      make: (scene) => group(scene, scene.names.resourceGroup, 'northeurope'),
      cause: /innereye-demo is in northeurope, and location says westeurope/,
      fix: /set location to northeurope/,
    },
  ],
  'services of the region': [
    {
      of: 'a region without Machine Learning',
      make: data('typesNotOffered', 'microsoft.machinelearningservices/workspaces/westeurope'),
      cause: /does not offer Microsoft\.MachineLearningServices\/workspaces\./,
      fix: /az provider show --namespace Microsoft\.MachineLearningServices/,
    },
  ],
  'resource providers': [
    {
      of: 'a provider that is not registered',
      make: ({ world }) => setRegistration(world, 'Microsoft.DevTestLab', 'NotRegistered'),
      cause: /Microsoft\.DevTestLab \(NotRegistered\)\.$/,
      fix: /az provider register --wait --namespace Microsoft\.DevTestLab$/,
    },
  ],
  'encryption at host': [
    {
      of: 'a subscription without the feature',
      make: data('missingFeatures', 'microsoft.compute/encryptionathost'),
      cause: /Microsoft\.Compute\/EncryptionAtHost \(NotRegistered\)/,
      fix: /az feature register --namespace Microsoft\.Compute --name EncryptionAtHost/,
    },
  ],
  'roles of the login': [
    {
      of: 'a login that only reads',
      make: ({ world }) => {
        withdraw(world, () => true);
        grant(world, deployerOf(world), READER);
      },
      cause: /may not: (Microsoft\.\S+, ){4}Microsoft\.\S+ and \d+ more\./,
      fix: /docs\/setup\.md, step 3/,
    },
    {
      of: 'a login that may write and give no roles',
      make: ({ world }) => withdraw(world, (role) => role.startsWith('f58310d9')),
      cause: /may not: Microsoft\.Authorization\/roleAssignments\/write\.$/,
      fix: /docs\/setup\.md/,
    },
  ],
  'roles it may give': [
    {
      of: 'a condition that leaves a role out',
      make: ({ world }) => {
        for (const { properties } of world.resources.ofType(ASSIGNMENTS)) {
          properties['condition'] = condition('acdd72a7-3385-48ef-bd42-f606fba81ae7');
        }
      },
      cause: /does not let the identity \S+ give: AcrPull, .*Storage Blob Data Contributor\.$/,
      fix: /condition of docs\/setup\.md/,
    },
  ],
  'machine sizes': [
    {
      of: 'a size that is closed to the subscription',
      make: data('restrictedSizes', 'westeurope/standard_d2as_v5'),
      cause: /^In westeurope, Standard_D2as_v5 \(jumpbox\) is not open[^;]*$/,
      fix: /support request/,
    },
    {
      of: 'a size that Machine Learning does not offer here',
      make: data('restrictedSizes', 'ml/westeurope/standard_d4s_v3'),
      cause: /Standard_D4s_v3 \(compute cluster\) is not offered/,
      fix: /az ml compute list-sizes/,
    },
    {
      of: 'a size that does not exist',
      choices: resized('Standard_B2'),
      cause: /Standard_B2 \(probe\) is not offered/,
      fix: /az vm list-skus --location westeurope/,
    },
    {
      of: 'a size with an Arm processor',
      choices: resized('Standard_B2pls_v2'),
      cause: /Arm processor/,
      fix: /variables file/,
    },
    {
      of: 'a size of generation 1',
      choices: resized('Standard_A2_v2'),
      cause: /generation 2/,
      fix: /variables file/,
    },
    {
      of: 'a size without encryption at host',
      choices: resized('Standard_DC2s'),
      cause: /no encryption at host/,
      fix: /variables file/,
    },
  ],
  'quota for cores': [
    {
      of: 'a quota of virtual machines that takes one of two machines',
      make: quota(['compute/cores', 3]),
      cause: /all families \(virtual machines\) needs 4 cores, 3 of 3 are free/,
      fix: /ask for more/,
    },
    {
      of: 'no quota of Machine Learning',
      make: quota(['ml/standarddsv3family', 0]),
      cause: /standardDSv3Family \(machine learning\) needs 4 cores, 0 of 0 are free/,
      fix: /Azure Machine Learning studio, Quota/,
    },
  ],
  'app service plan': [
    {
      of: 'a region without the size',
      make: data('tiersNotOffered', 'premium0v3/westeurope'),
      cause: /does not offer Linux plans of size P0v3/,
      fix: /az appservice list-locations --linux-workers-enabled --sku P0V3/,
    },
  ],
  'redundancy of data': [
    {
      of: 'a region without zones',
      settings: { location: 'ukwest' },
      cause: /ukwest has no availability zones/,
      fix: /zone_redundancy = false/,
    },
    {
      of: 'a region without a second one',
      settings: { location: 'italynorth' },
      choices: () => ({ secondRegion: true }),
      cause: /italynorth does not offer storage accounts of Standard_GZRS/,
      fix: /data_in_second_region = false/,
    },
  ],
  'global names': [
    ...[
      ['a storage account', 'Microsoft.Storage/storageAccounts', 'storageAccount'] as const,
      ['the images’ account', 'Microsoft.Storage/storageAccounts', 'imagesAccount'] as const,
      ['the account of the state', 'Microsoft.Storage/storageAccounts', 'stateAccount'] as const,
      ['a registry', 'Microsoft.ContainerRegistry/registries', 'registry'] as const,
      ['a web app', 'Microsoft.Web/sites', 'webApp'] as const,
    ].map(([what, type, name]): RedState => ({
      of: `${what} of somebody else`,
      make: (scene) => data('takenNames', `${type}/${scene.names[name]}`.toLowerCase())(scene),
      cause: /^These names are taken: \S+ \([^;]*\)\.$/,
      fix: /another name/,
    })),
  ],
  'key vault name': [
    {
      of: 'a vault of somebody else',
      make: (scene) =>
        data(
          'takenNames',
          `Microsoft.KeyVault/vaults/${scene.names.keyVault}`.toLowerCase(),
        )(scene),
      cause: /is taken: /,
      fix: /another name/,
    },
    {
      of: 'a deleted vault of another region',
      make: (scene) => deletedVault(scene, 'northeurope'),
      cause: /deleted key vault in northeurope keeps the name .* until 2\d{3}-\d\d-\d\d\.$/,
      fix: /az keyvault purge --name .* --location northeurope$/,
    },
    {
      of: 'a deleted vault that nobody may purge',
      make: (scene) => deletedVault(scene, 'northeurope', { enablePurgeProtection: true }),
      cause: /keeps the name/,
      fix: /protected from purging: wait until then, set location to northeurope/,
    },
    {
      of: 'a deleted vault of another group',
      make: (scene) => deletedVault(scene, 'westeurope', { enablePurgeProtection: true }, 'other'),
      cause: /of another resource group/,
      fix: /wait until then, or choose another name/,
    },
  ],
  'deleted workspace': [
    {
      of: 'a workspace that was deleted',
      make: async (scene) => {
        await group(scene, scene.names.resourceGroup);
        const id = inGroup(
          scene,
          'Microsoft.MachineLearningServices/workspaces',
          scene.names.workspace,
        );
        scene.world.resources.put(resource(id, 'Microsoft.MachineLearningServices/workspaces'));
        await scene.session.arm.delete(id, '2025-06-01');
      },
      cause: /keeps it and its name for 14 days/,
      fix: /Recently deleted/,
    },
  ],
  'deleted log workspace': [
    {
      of: 'a log workspace that was deleted in another region',
      make: async (scene) => {
        await group(scene, scene.names.resourceGroup);
        const id = inGroup(scene, 'Microsoft.OperationalInsights/workspaces', 'demo-logs');
        await scene.session.arm.put(id, '2025-07-01', { location: 'northeurope', properties: {} });
        await scene.session.arm.delete(id, '2025-07-01');
      },
      cause: /demo-logs was deleted in northeurope/,
      fix: /az monitor log-analytics workspace recover .* --workspace-name demo-logs && az monitor/,
    },
  ],
  locks: [
    {
      of: 'a lock against deletion on the group',
      make: async (scene) => {
        await group(scene, scene.names.resourceGroup);
        lock(scene, groupId(scene, scene.names.resourceGroup), 'CanNotDelete');
      },
      cause: /keep \(CanNotDelete\) on resourceGroups\/innereye-demo/,
      fix: /az lock delete --ids "\/subscriptions\/[^"]*\/locks\/keep"/,
    },
    {
      of: 'a lock on the subscription',
      make: (scene) => lock(scene, `/subscriptions/${scene.world.subscriptionId}`, 'CanNotDelete'),
      cause: /keep \(CanNotDelete\) on subscriptions\//,
      fix: /az lock delete/,
    },
    {
      of: 'a state that nobody may write',
      make: async (scene) => {
        await group(scene, scene.names.stateGroup);
        lock(scene, groupId(scene, scene.names.stateGroup), 'ReadOnly');
      },
      cause: /keep \(ReadOnly\) on resourceGroups\/innereye-demo-state/,
      fix: /az lock delete/,
    },
  ],
};

/** The condition of docs/setup.md, with other roles. */
export function condition(roles: string): string {
  return (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR " +
    `(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${roles}}))`
  );
}

export function groupId({ world }: Pick<Scene, 'world'>, name: string): string {
  return `/subscriptions/${world.subscriptionId}/resourceGroups/${name}`;
}

/** Makes a group by ARM. */
export async function group(scene: Scene, name: string, location = 'westeurope'): Promise<void> {
  await scene.session.arm.put(groupId(scene, name), '2025-04-01', { location });
}

/** Puts a lock on a scope, as somebody who may: the deployer may not. */
export function lock({ world }: Scene, scope: string, level: string): void {
  const type = 'Microsoft.Authorization/locks';
  const id = `${scope}/providers/${type}/keep`;
  world.resources.put({ id, name: 'keep', type, properties: { level } });
}

/** Takes roles from the deployer, by the GUID of their definition. */
export function withdraw(world: World, which: (role: string) => boolean): void {
  for (const { id, properties } of world.resources.ofType(ASSIGNMENTS)) {
    const role = String(properties['roleDefinitionId']).split('/').at(-1) ?? '';
    if (properties['principalId'] === deployerOf(world) && which(role)) world.resources.delete(id);
  }
}

export function deployerOf(world: World): string {
  return String(world.data.get('deployerObjectId'));
}

/** A vault of this environment's name that was made and deleted by ARM. */
export async function deletedVault(
  scene: Scene,
  location: string,
  properties: Readonly<Record<string, unknown>> = {},
  where = scene.names.resourceGroup,
): Promise<void> {
  await group(scene, where);
  const id = `${groupId(scene, where)}/providers/Microsoft.KeyVault/vaults/${scene.names.keyVault}`;
  const sku = { family: 'A', name: 'standard' };
  const body = { location, properties: { sku, softDeleteRetentionInDays: 7, ...properties } };
  await scene.session.arm.put(id, '2026-02-01', body);
  await scene.session.arm.delete(id, '2026-02-01');
}

/** The id of something in the group of the environment. */
export function inGroup(scene: Scene, type: string, name: string): string {
  return `${groupId(scene, scene.names.resourceGroup)}/providers/${type}/${name}`;
}

/** A resource as Local Azure keeps it, with nothing in it. */
export function resource(id: string, type: string): StoredResource {
  return { id, name: id.split('/').at(-1) ?? '', type, location: 'westeurope', properties: {} };
}
