import { afterEach, describe, expect, it } from '@jest/globals';
import { missingInStudio } from '../../../local-azure/inside/studio.ts';
import { setRegistration } from '../../../local-azure/arm/providers.ts';
import { failureOf } from '../../../local-azure/operations/machine-learning/performance.ts';
import { passKey, setStage, type Stage } from '../contract-app/deployed-app.ts';
import { deployAllowList, endpointPolicy, rows, type Row } from './allow-list.ts';
import { change, jumpbox, put, subnet, workspace } from './closed-network.ts';

let stage: Stage;
afterEach(() => stage.close());

/** Makes a compute; why it failed, or undefined. */
async function compute(kind: 'AmlCompute' | 'ComputeInstance'): Promise<string | undefined> {
  const path = `${workspace}/computes/${kind}1`;
  const inner = {
    vmSize: 'Standard_D4s_v3',
    enableNodePublicIp: false,
    subnet: { id: subnet('default') },
  };
  const properties = { computeType: kind, properties: inner };
  await stage.ask(`PUT ${path}`, { body: { location: 'westeurope', properties } });
  const { body } = await stage.ask(`GET ${path}`);
  const { provisioningState, provisioningErrors } = body['properties'];
  return provisioningState === 'Succeeded' ? undefined : JSON.stringify(provisioningErrors);
}

/** Submits HelloWorld to a cluster that is there already; why it failed, or undefined. */
async function job(): Promise<string | undefined> {
  const { world, ask } = stage;
  put(world, `${workspace}/computes/cluster`, {
    computeType: 'AmlCompute',
    properties: { subnet: { id: subnet('default') }, enableNodePublicIp: false },
  });
  put(world, `${workspace}/environments/e/versions/1`, { image: 'local' });
  const properties = {
    jobType: 'Command',
    command: 'python runner.py --model=HelloWorld',
    computeId: `${workspace}/computes/cluster`,
    environmentId: `${workspace}/environments/e/versions/1`,
  };
  await ask(`PUT ${workspace}/jobs/run1`, { body: { properties } });
  const { status } = (await ask(`GET ${workspace}/jobs/run1`)).body['properties'];
  const job = world.resources.get(`${workspace}/jobs/run1`);
  return status === 'Completed' ? undefined : job && failureOf(world, job);
}

async function delivery(): Promise<string | undefined> {
  const { status, status_text: said } = await stage.deploy();
  return status === 4 ? undefined : String(said);
}

async function start(): Promise<string | undefined> {
  await stage.deploy();
  const { status } = await stage.app('GET /');
  return status === 200 ? undefined : `the web app answers ${status}`;
}

async function scoring(): Promise<string | undefined> {
  await stage.deploy();
  const headers = { api_auth_secret: passKey };
  const { status } = await stage.app('GET /v1/model/results/no_such_run', { headers });
  return status === 404 ? undefined : `the web app answers ${status}`;
}

function studio(): Promise<string | undefined> {
  const found = stage.world.resources.get(workspace);
  const [missing] = found === undefined ? [] : missingInStudio(stage.world, jumpbox, found);
  return Promise.resolve(missing && `${missing.host}: ${missing.breaks}`);
}

/** What somebody would miss; each gives why it does not work, or undefined where it does. */
const things = {
  cluster: () => compute('AmlCompute'),
  instance: () => compute('ComputeInstance'),
  job,
  package: delivery,
  'web app': start,
  scoring,
  studio,
} as const;

type Thing = keyof typeof things;

/**
 * What is missed where a row is closed to a subnet, with words that name the cause. The probe is on
 * every row of hosts for the proof itself. A row that nothing misses has no reason to be there.
 */
const missed: Readonly<Record<string, readonly [Thing, string]>> = {
  'entra, default': ['cluster', 'login.microsoftonline.com (TCP 443)'],
  'resource-manager, default': ['job', 'management.azure.com (TCP 443)'],
  'machine-learning, default': ['cluster', 'westeurope.api.azureml.ms (TCP 443)'],
  'compute-instance, default': ['instance', 'westeurope.tundra.azureml.ms (UDP 5831)'],
  'batch, default': ['cluster', 'westeurope.service.batch.azure.com (TCP 443)'],
  'batch-storage, default': ['cluster', '.blob.core.windows.net (TCP 443)'],
  'base-images, default': ['job', 'mcr.microsoft.com (TCP 443)'],
  'login.microsoftonline.com, jumpbox': ['studio', 'nobody can sign in'],
  'management.azure.com, inference': ['web app', '503'],
  'management.azure.com, jumpbox': ['studio', 'lists nothing'],
  'westeurope.api.azureml.ms, inference': ['scoring', '500'],
  'westeurope.api.azureml.ms, jumpbox': ['studio', 'services are not found'],
  'ml.azure.com, jumpbox': ['studio', 'does not open'],
  'graph.microsoft.com, jumpbox': ['studio', 'names of people'],
  'aadcdn.msftauth.net, jumpbox': ['studio', 'sign-in page stays blank'],
  'aadcdn.msauth.net, jumpbox': ['studio', 'blank for some accounts'],
  'state1.blob.core.windows.net, inference': ['package', 'Failed to download'],
};

async function deployed(list: readonly Row[], guard: boolean): Promise<void> {
  stage = await setStage((world) => {
    setRegistration(world, 'Microsoft.MachineLearningServices', 'Registered');
    deployAllowList(world, list, guard);
  });
}

describe('the allow-list of terraform/', () => {
  it.each([true, false])(
    'is enough for everything, with its guard of storage %s',
    async (guard) => {
      await deployed(rows, guard);
      const broken: Record<string, string> = {};
      for (const [name, thing] of Object.entries(things)) {
        const why = await thing();
        if (why !== undefined) broken[name] = why;
      }
      expect(broken).toEqual({});
    },
  );

  const opened = rows.flatMap(({ name, from, kind }) =>
    from.filter((one) => one !== 'probe' || kind === 'tag').map((one) => `${name}, ${one}`),
  );

  it('has no row that this table does not know', () => {
    expect(Object.keys(missed).sort()).toEqual([...opened].sort());
  });

  it.each(opened)('is missed: %s', async (which) => {
    const row = rows.find(({ name, from }) => from.some((one) => `${name}, ${one}` === which));
    const closed = rows.flatMap((one) => {
      const from = one.from.filter((place) => `${one.name}, ${place}` !== which);
      return from.length === 0 ? [] : [{ ...one, from }];
    });
    await deployed(closed, row?.unless === undefined);
    const [thing, words] = missed[which] ?? ['cluster', 'a word for this row'];
    expect(await things[thing]()).toContain(words);
  });

  it('needs the alias of Azure Machine Learning where the guard stands in for the row', async () => {
    await deployed(rows, true);
    const { world } = stage;
    const [own] = world.resources.get(endpointPolicy)?.properties[
      'serviceEndpointPolicyDefinitions'
    ] as [object];
    change(world, endpointPolicy, { serviceEndpointPolicyDefinitions: [own] });
    expect(await things.cluster()).toContain('no service endpoint policy of the subnet names');
  });
});
