import { afterEach, describe, expect, it } from '@jest/globals';
import { preflight } from '../../src/commands/preflight.ts';
import type { Settings } from '../../src/inputs/schema.ts';
import { namesOf } from '../../src/names.ts';
import { neededProviders } from '../../src/preflight/providers.ts';
import { checksFor, runChecks, usualMachines } from '../../src/preflight/index.ts';
import type { Checked } from '../../src/preflight/index.ts';
import { createArm } from '../../src/azure/create-arm.ts';
import type { Session } from '../../src/login/session.ts';
import { azureTools, fastClock, lastingCredential } from '../support/azure-tools.ts';
import { entra, ids } from '../support/fake-entra.ts';
import { startFakeAzure } from '../support/fake-azure.ts';
import type { Asked, FakeAzure, Reaction } from '../support/fake-azure.ts';

const settings = {
  ...ids,
  environment: 'demo',
  location: 'westeurope',
  instanceUser: '',
} as unknown as Settings;
const names = namesOf('demo', ids.subscriptionId);
const subscription = `/subscriptions/${ids.subscriptionId}`;
const group = `${subscription}/resourceGroups/${names.resourceGroup}`;

type Answers = Readonly<Record<string, (asked: Asked) => Reaction>>;

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

/** A subscription in which everything is fine, by the end of the path. */
const healthy: Answers = {
  [subscription]: ok({
    subscriptionId: ids.subscriptionId,
    tenantId: ids.tenantId,
    state: 'Enabled',
  }),
  '/providers': value(
    ...neededProviders.map((namespace) => ({ namespace, registrationState: 'Registered' })),
  ),
  '/permissions': value({ actions: ['*'], notActions: [] }),
  '/skus': value(
    sku('Standard_D4s_v3', 'standardDSv3Family', 4),
    sku('Standard_B2als_v2', 'standardBasv2Family', 2),
  ),
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
  '/checkNameAvailability': ok({ nameAvailable: true }),
  '/checknameavailability': ok({ nameAvailable: true }),
  '/deletedVaults': value(),
  '/deletedWorkspaces': value(),
};

let azure: FakeAzure | undefined;

afterEach(async () => {
  await azure?.close();
  azure = undefined;
});

async function stand(changes: Answers = {}): Promise<FakeAzure> {
  const answers = Object.entries({ ...healthy, ...changes }).sort(
    ([a], [b]) => b.length - a.length,
  );
  const answerEntra = entra();
  azure = await startFakeAzure((asked) => {
    if (asked.host === 'login.microsoftonline.com') return answerEntra(asked);
    const found = answers.find(([end]) => asked.path.endsWith(end));
    return found ? found[1](asked) : none();
  });
  return azure;
}

async function check(
  changes: Answers = {},
  more: Partial<Settings> = {},
  deadlineSeconds = 60,
): Promise<ReadonlyMap<string, Checked['finding']>> {
  await stand(changes);
  const tools = azureTools({ clock: fastClock() });
  const session = {
    ...ids,
    credential: lastingCredential,
    arm: createArm(lastingCredential, tools),
  } as unknown as Session;
  const wanted = { ...settings, ...more };
  const found = await runChecks(
    checksFor(usualMachines(wanted)),
    session,
    wanted,
    tools,
    deadlineSeconds,
  );
  return new Map(found.map(({ name, finding }) => [name, finding]));
}

describe('the preflight', () => {
  it('finds nothing wrong with a subscription that is ready, and changes nothing', async () => {
    const found = await check();
    expect([...found.values()].filter(({ ok: fine }) => !fine)).toEqual([]);
    const writes = azure?.asked.filter(
      ({ method, path }) => method !== 'GET' && !/checknameavailability$/i.test(path),
    );
    expect(writes).toEqual([]);
  });

  it.each<[string, string, Answers, RegExp, RegExp]>([
    [
      'a provider that is not registered',
      'resource providers',
      {
        '/providers': value(
          ...neededProviders
            .slice(1)
            .map((namespace) => ({ namespace, registrationState: 'Registered' })),
        ),
      },
      /Microsoft\.Compute \(not listed\)/,
      /az provider register --wait --namespace Microsoft\.Compute/,
    ],
    [
      'a role that may write but not assign roles',
      'roles of the login',
      {
        '/permissions': value({ actions: ['*'], notActions: ['Microsoft.Authorization/*/Write'] }),
      },
      /may not: Microsoft\.Authorization\/roleAssignments\/write\./,
      /docs\/setup\.md/,
    ],
    [
      'a size that the region does not offer',
      'machine sizes',
      { '/skus': value(sku('Standard_D4s_v3', 'standardDSv3Family', 4)) },
      /Standard_B2als_v2 \(probe\) is not offered/,
      /az vm list-skus/,
    ],
    [
      'a size that is closed to the subscription',
      'machine sizes',
      {
        '/skus': value(
          sku('Standard_D4s_v3', 'standardDSv3Family', 4, {
            restrictions: [{ type: 'Location', reasonCode: 'NotAvailableForSubscription' }],
          }),
          sku('Standard_B2als_v2', 'standardBasv2Family', 2, {
            restrictions: [{ type: 'Zone', reasonCode: 'NotAvailableForSubscription' }],
          }),
        ),
      },
      /^In westeurope, Standard_D4s_v3 \(compute cluster\) is not open[^;]*$/,
      /support request/,
    ],
    [
      'a quota of Machine Learning that is used up',
      'quota for cores',
      {
        'Microsoft.MachineLearningServices/locations/westeurope/usages': value(
          usage('Standard DSv3 Family Cluster Dedicated vCPUs', 22, 24),
        ),
      },
      /standardDSv3Family \(machine learning\) needs 4 cores, 2 of 24 are free/,
      /ask for more/,
    ],
    [
      'a total quota that is too small',
      'quota for cores',
      { 'Microsoft.Compute/locations/westeurope/usages': value(usage('cores', 10, 11)) },
      /all families \(virtual machines\) needs 2 cores, 1 of 11 are free/,
      /ask for more/,
    ],
    [
      'a storage name of somebody else',
      'global names',
      {
        'Microsoft.Storage/checkNameAvailability': ({ text }) => ({
          status: 200,
          body: text.includes(names.storageAccount)
            ? { nameAvailable: false, reason: 'AlreadyExists', message: 'The name is taken.' }
            : { nameAvailable: true },
        }),
      },
      new RegExp(`taken: ${names.storageAccount} \\(storage account: The name is taken\\.\\)`),
      /another name/,
    ],
    [
      'a deleted vault of another region',
      'key vault name',
      {
        '/deletedVaults': value({
          name: names.keyVault,
          properties: {
            location: 'northeurope',
            vaultId: `${group}/providers/Microsoft.KeyVault/vaults/${names.keyVault}`,
            scheduledPurgeDate: '2027-01-02T00:00:00Z',
          },
        }),
      },
      /deleted key vault in northeurope keeps the name .* until 2027-01-02/,
      /az keyvault purge --name .* --location northeurope/,
    ],
    [
      'a deleted vault that may not be purged',
      'key vault name',
      {
        '/deletedVaults': value({
          name: names.keyVault,
          properties: { location: 'northeurope', purgeProtectionEnabled: true },
        }),
      },
      /keeps the name/,
      /protected from purging/,
    ],
    [
      'a vault of somebody else',
      'key vault name',
      {
        'Microsoft.KeyVault/checkNameAvailability': ok({ nameAvailable: false, message: 'Taken.' }),
      },
      /is taken: Taken\./,
      /another name/,
    ],
    [
      'a soft-deleted workspace',
      'deleted workspaces',
      {
        [`/workspaces/${names.workspace}`]: ok({
          id: 'x',
          properties: { provisioningState: 'SoftDeleted' },
        }),
      },
      /keeps it for 14 days/,
      /--permanently-delete/,
    ],
  ])('names cause and fix of %s', async (_what, name, changes, cause, fix) => {
    const found = await check(changes);
    const failed = [...found].filter(([, finding]) => !finding.ok);
    expect(failed.map(([failedName]) => failedName)).toEqual([name]);
    const finding = found.get(name);
    expect(finding).toMatchObject({
      cause: expect.stringMatching(cause),
      fix: expect.stringMatching(fix),
    });
  });

  it('takes roles on the group for enough where the group exists', async () => {
    const found = await check({
      [`${subscription}/providers/Microsoft.Authorization/permissions`]: value(),
      [`/resourceGroups/${names.resourceGroup}/providers/Microsoft.Authorization/permissions`]:
        value({ actions: ['*'] }),
      [`/resourcegroups/${names.resourceGroup}`]: ok({
        name: names.resourceGroup,
        location: 'westeurope',
      }),
    });
    expect(found.get('roles of the login')).toMatchObject({ ok: true });
  });

  it('is content with names that are ours, and a vault that the deploy recovers', async () => {
    const id = `${group}/providers/Microsoft.KeyVault/vaults/${names.keyVault}`;
    const found = await check({
      '/checkNameAvailability': ok({ nameAvailable: false }),
      '/checknameavailability': ok({ nameAvailable: false }),
      [names.storageAccount]: ok({ id: 'a' }),
      [names.stateAccount]: ok({ id: 'b' }),
      [names.registry]: ok({ id: 'c' }),
      [names.webApp]: ok({ id: 'd' }),
      '/deletedVaults': value({
        name: names.keyVault,
        properties: { location: 'westeurope', vaultId: id },
      }),
    });
    expect([...found.values()].filter((finding) => !finding.ok)).toEqual([]);
  });

  it('asks for no quota for machines that are there', async () => {
    const workspace = `${group}/providers/Microsoft.MachineLearningServices/workspaces/${names.workspace}`;
    const found = await check({
      '/resources': value(
        {
          id: workspace,
          name: names.workspace,
          type: 'Microsoft.MachineLearningServices/workspaces',
        },
        { id: `${group}/vm`, name: 'vm', type: 'Microsoft.Compute/virtualMachines' },
      ),
      [`${workspace}/computes`]: value({ id: 'c', name: 'c' }),
      'Microsoft.Compute/locations/westeurope/usages': value(usage('cores', 20, 20)),
    });
    expect(found.get('quota for cores')).toEqual({ ok: true, note: 'all machines exist already' });
  });

  it('counts the compute instance where a person has one', async () => {
    const found = await check(
      {
        'Microsoft.MachineLearningServices/locations/westeurope/usages': value(
          usage('Standard DSv3 Family Cluster Dedicated vCPUs', 0, 6),
        ),
      },
      { instanceUser: 'somebody' },
    );
    expect(found.get('quota for cores')).toMatchObject({
      cause: expect.stringMatching(/needs 8 cores/),
    });
  });

  it('reports a check that Azure refuses, and still runs the others', async () => {
    const error = { code: 'AuthorizationFailed', message: 'no right to read usages' };
    const found = await check({
      'Microsoft.Compute/locations/westeurope/usages': () => ({ status: 403, body: { error } }),
    });
    expect(found.get('quota for cores')).toMatchObject({
      cause: expect.stringMatching(/no right to read usages/),
    });
    expect(found.size).toBe(8);
  });

  it('ends at its deadline with what it has', async () => {
    await stand();
    const never = new Promise<Reaction>(() => undefined);
    await azure?.close();
    azure = await startFakeAzure(({ path }) =>
      path.endsWith('/skus') ? never : { status: 200, body: { value: [] } },
    );
    const tools = azureTools();
    const session = {
      ...ids,
      credential: lastingCredential,
      arm: createArm(lastingCredential, tools),
    };
    const checks = checksFor(usualMachines(settings)).filter(
      ({ name }) => name === 'machine sizes',
    );
    const found = await runChecks(checks, session as unknown as Session, settings, tools, 0.5);
    expect(found[0]?.finding).toMatchObject({ cause: 'Azure did not answer within 0.5 s.' });
  }, 5_000);
});

describe('the command preflight', () => {
  it('leaves a table where all is well', async () => {
    await stand();
    const report = await preflight(settings, azureTools());
    expect(report.summary).toMatch(/^## Preflight of demo/);
    expect(report.summary.match(/\| ok \|/g)).toHaveLength(8);
  });

  it('fails with one Problem that names every cause and fix, and leaves the table too', async () => {
    await stand({
      '/providers': value({ namespace: 'Microsoft.Web', registrationState: 'Registered' }),
      'Microsoft.KeyVault/checkNameAvailability': ok({ nameAvailable: false, message: 'a | <b>' }),
    });
    const tools = azureTools();
    const problem = String(await preflight(settings, tools).catch((error: unknown) => error));
    expect(problem).toMatch(/2 checks of the preflight failed; nothing was created/);
    expect(problem).toMatch(/resource providers: .*Next: .*az provider register/s);
    expect(problem).toMatch(/key vault name: .*key vault name: choose another name/s);
    expect(tools.summaries.join()).toContain('a \\| &lt;b&gt;');
  });
});
