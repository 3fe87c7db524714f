import { afterEach, describe, expect, it } from '@jest/globals';
import { createArm } from '../../src/azure/create-arm.ts';
import type { Settings } from '../../src/inputs/schema.ts';
import type { Session } from '../../src/login/session.ts';
import { namesOf } from '../../src/names.ts';
import type { Choices, Machine } from '../../src/preflight/choices.ts';
import { checks, runChecks } from '../../src/preflight/index.ts';
import { redundancyCheck } from '../../src/preflight/redundancy.ts';
import type { Checked } from '../../src/preflight/index.ts';
import { neededProviders } from '../../src/preflight/needed-actions.ts';
import { azureTools, fastClock, lastingCredential } from '../support/azure-tools.ts';
import type { TestTools } from '../support/azure-tools.ts';
import { startFakeAzure } from '../support/fake-azure.ts';
import type { Asked, FakeAzure, Reaction } from '../support/fake-azure.ts';
import { ids } from '../support/fake-entra.ts';

const settings = { ...ids, environment: 'demo', location: 'westeurope' } as unknown as Settings;
const names = namesOf('demo', ids.subscriptionId);
const subscription = `/subscriptions/${ids.subscriptionId}`;
const group = `${subscription}/resourceGroups/${names.resourceGroup}`;

const cluster: Machine = {
  what: 'compute cluster',
  name: names.computeCluster,
  size: 'Standard_D4s_v3',
  quota: 'machine learning',
};
const choices: Choices = {
  machines: [
    cluster,
    { what: 'probe', name: 'demo-probe', size: 'Standard_B2als_v2', quota: 'virtual machines' },
  ],
  planSize: 'P0v3',
  zoneRedundancy: true,
  secondRegion: false,
  encryptionAtHost: true,
};

type Answers = Readonly<Record<string, (asked: Asked) => Reaction | Promise<Reaction>>>;

const ok = (body: unknown) => (): Reaction => ({ status: 200, body });
const value = (...items: readonly unknown[]) => ok({ value: items });
const none = (): Reaction => ({
  status: 404,
  body: { error: { code: 'ResourceNotFound', message: 'no' } },
});

const sku = (name: string, family: string, cores: number, more: object = {}): unknown => ({
  resourceType: 'virtualMachines',
  name,
  family,
  capabilities: [{ name: 'vCPUs', value: String(cores) }],
  restrictions: [],
  ...more,
});
const usage = (name: string, currentValue: number, limit: number): unknown => ({
  name: { value: name },
  currentValue,
  limit,
});

/** Answers as Azure words them where Local Azure does not, by the end of the path. */
const healthy: Answers = {
  '/locations': value({ name: 'westeurope', availabilityZoneMappings: [{}, {}, {}] }),
  '/providers': value(
    ...neededProviders.map((namespace) => ({ namespace, registrationState: 'Registered' })),
  ),
  '/features/EncryptionAtHost': ok({ properties: { state: 'Registered' } }),
  '/permissions': value({ actions: ['*'], notActions: [] }),
  '/roleAssignments': value(),
  'Microsoft.Compute/skus': value(sku('Standard_B2als_v2', 'standardBasv2Family', 2)),
  '/vmSizes': value({ name: 'Standard_D4s_v3', family: 'standardDSv3Family', vCPUs: 4 }),
  'Microsoft.Compute/locations/westeurope/usages': value(
    usage('cores', 0, 20),
    usage('standardBasv2Family', 0, 10),
  ),
  'Microsoft.MachineLearningServices/locations/westeurope/usages': value(
    usage('Total Cluster Low Priority Regional vCPUs', 0, 0),
    usage('Total Cluster Dedicated Regional vCPUs', 0, 100),
    usage('Standard DSv3 Family Cluster Dedicated vCPUs', 0, 24),
    usage('Standard DSv3 Family Cluster Low Priority vCPUs', 0, 0),
  ),
  '/geoRegions': value({ name: 'West Europe' }),
  'Microsoft.Storage/skus': value({
    name: 'Standard_ZRS',
    resourceType: 'storageAccounts',
    kind: 'StorageV2',
    locations: ['westeurope'],
  }),
  '/checkNameAvailability': ok({ nameAvailable: true }),
  '/checknameavailability': ok({ nameAvailable: true }),
  '/deletedVaults': value(),
  '/deletedWorkspaces': value(),
  '/workspaces': value(),
  '/locks': value(),
};

let azure: FakeAzure | undefined;

afterEach(async () => {
  await azure?.close();
  azure = undefined;
});

async function stand(changes: Answers): Promise<void> {
  const answers = Object.entries({ ...healthy, ...changes }).sort(
    ([a], [b]) => b.length - a.length,
  );
  azure = await startFakeAzure((asked) => {
    const found = answers.find(([end]) => asked.path.endsWith(end));
    return found ? found[1](asked) : none();
  });
}

async function check(
  changes: Answers = {},
  { tools = azureTools({ clock: fastClock() }), more = {}, ...extent }: Extent = {},
): Promise<ReadonlyMap<string, Checked['finding']>> {
  await stand(changes);
  const session = {
    ...ids,
    principalId: 'somebody',
    credential: lastingCredential,
    arm: createArm(lastingCredential, tools),
  } as unknown as Session;
  const asked = { ...choices, ...more };
  const found = await runChecks(session, settings, asked, tools, extent);
  return new Map(found.map(({ name, finding }) => [name, finding]));
}

interface Extent {
  readonly tools?: TestTools;
  readonly more?: Partial<Choices>;
  readonly checks?: typeof checks;
  readonly deadlineSeconds?: number;
}

const wrongOnes = (found: ReadonlyMap<string, Checked['finding']>): string[] =>
  [...found].filter(([, { ok: fine }]) => !fine).map(([name]) => name);

describe('the preflight', () => {
  it('reads what Azure answers where it differs from Local Azure', async () => {
    expect(wrongOnes(await check())).toEqual([]);
  });

  it.each<[string, string, Answers, Partial<Choices>, RegExp]>([
    [
      'a restriction of the whole region, not one of single zones',
      'machine sizes',
      {
        'Microsoft.Compute/skus': value(
          sku('Standard_B2als_v2', 'standardBasv2Family', 2, {
            restrictions: [
              { type: 'Zone', reasonCode: 'NotAvailableForSubscription' },
              { type: 'Location', reasonCode: 'QuotaId' },
            ],
          }),
        ),
      },
      {},
      /Standard_B2als_v2 \(probe\) is not open to this subscription \(QuotaId\)\.$/,
    ],
    [
      'a family by the name that Machine Learning has for it',
      'quota for cores',
      {
        'Microsoft.MachineLearningServices/locations/westeurope/usages': value(
          usage('Standard DSv3 Family Cluster Dedicated vCPUs', 22, 24),
        ),
      },
      {},
      /standardDSv3Family \(machine learning\) needs 4 cores, 2 of 24 are free/,
    ],
    [
      'two computes of one family',
      'quota for cores',
      {
        'Microsoft.MachineLearningServices/locations/westeurope/usages': value(
          usage('Standard DSv3 Family Cluster Dedicated vCPUs', 0, 6),
        ),
      },
      { machines: [cluster, { ...cluster, what: 'compute instance', name: 'other' }] },
      /needs 8 cores, 6 of 6 are free/,
    ],
    [
      'a storage name that Azure says more about',
      'global names',
      {
        'Microsoft.Storage/checkNameAvailability': ({ text }) => ({
          status: 200,
          body: text.includes(names.storageAccount)
            ? { nameAvailable: false, reason: 'AlreadyExists', message: 'The name is taken. ' }
            : { nameAvailable: true },
        }),
      },
      {},
      new RegExp(`taken: ${names.storageAccount} \\(storage account: The name is taken\\.\\)`),
    ],
    [
      'a workspace that the list calls deleted, whatever a GET says',
      'deleted workspace',
      {
        '/workspaces': value({
          id: `${group}/providers/Microsoft.MachineLearningServices/workspaces/${names.workspace}`,
          properties: { provisioningState: 'SoftDeleted' },
        }),
        [`/workspaces/${names.workspace}`]: ok({ id: 'x' }),
      },
      {},
      /keeps it and its name for 14 days/,
    ],
    [
      'a subscription whose providers it may not see',
      'resource providers',
      { '/providers': value() },
      {},
      /lists no resource providers/,
    ],
    [
      'a type that the provider offers elsewhere',
      'services of the region',
      {
        '/providers': value(
          ...neededProviders.map((namespace) => ({
            namespace,
            registrationState: 'Registered',
            resourceTypes: [
              { resourceType: 'workspaces', locations: ['North Europe'] },
              { resourceType: 'vaults', locations: ['West Europe'] },
              { resourceType: 'privateDnsZones', locations: ['global'] },
              { resourceType: 'components', locations: [] },
            ],
          })),
        ),
      },
      {},
      /does not offer (Microsoft\.\w+\/workspaces(, )?){2}\.$/,
    ],
    [
      'a feature that was never asked for',
      'encryption at host',
      { '/features/EncryptionAtHost': none },
      {},
      /\(not listed\)/,
    ],
    [
      'a redundancy that is closed to the subscription',
      'redundancy of data',
      {
        'Microsoft.Storage/skus': value({
          name: 'Standard_ZRS',
          resourceType: 'storageAccounts',
          kind: 'StorageV2',
          locations: ['westeurope'],
          restrictions: [{ type: 'Location', reasonCode: 'NotAvailableForSubscription' }],
        }),
      },
      {},
      /does not offer storage accounts of Standard_ZRS/,
    ],
  ])('sees %s', async (_what, name, changes, more, cause) => {
    const found = await check(changes, { more });
    expect(wrongOnes(found)).toEqual([name]);
    expect(found.get(name)).toMatchObject({ cause: expect.stringMatching(cause) });
  });

  it('is content with names that are ours', async () => {
    const found = await check({
      '/checkNameAvailability': ok({ nameAvailable: false }),
      '/checknameavailability': ok({ nameAvailable: false }),
      ...Object.fromEntries(
        [
          names.storageAccount,
          names.imagesAccount,
          names.stateAccount,
          names.registry,
          names.webApp,
          names.keyVault,
        ].map((name) => [name, ok({ id: name })]),
      ),
    });
    expect(wrongOnes(found)).toEqual([]);
  });

  it('reports a check that Azure refuses, and still runs the others', async () => {
    const error = { code: 'AuthorizationFailed', message: 'no right to read usages' };
    const found = await check({
      'Microsoft.Compute/locations/westeurope/usages': () => ({ status: 403, body: { error } }),
    });
    expect(wrongOnes(found)).toEqual(['quota for cores']);
    expect(found.get('quota for cores')).toMatchObject({
      cause: expect.stringMatching(/no right to read usages/),
    });
    expect(found.size).toBe(checks.length);
  });

  it('ends at its deadline with what it has', async () => {
    const never = new Promise<Reaction>(() => undefined);
    const changes: Answers = { 'Microsoft.Storage/skus': () => never };
    const extent = { tools: azureTools(), checks: [redundancyCheck], deadlineSeconds: 0.5 };
    const found = await check(changes, extent);
    expect(found.get('redundancy of data')).toMatchObject({
      cause: 'Azure did not answer within 0.5 s.',
    });
  });

  it('is cancelled as a whole', async () => {
    const tools = azureTools({ cancelled: AbortSignal.abort() });
    await expect(check({}, { tools })).rejects.toThrow();
    expect(azure?.asked).toEqual([]);
  });
});
