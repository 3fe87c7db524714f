import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { playedNames } from '../../../local-azure/operations/machine-learning/performance.ts';
import type { LocalClock, World } from '../../../local-azure/world.ts';
import {
  account,
  allowData,
  change,
  closedNetwork,
  group,
  subnet,
  workspace,
  workspaceGuid,
  zone,
} from '../inside/closed-network.ts';
import { deployAllowList, rows } from '../inside/allow-list.ts';
import { caller, type asker } from '../inside/requests.ts';
import { prepareCluster, registry } from './cluster.ts';

const host = `${workspaceGuid}.workspace.westeurope.api.azureml.ms`;

let now = 1_900_000_000_000;
const clock: LocalClock = { now: () => now, sleep: async (ms) => void (now += ms) };
let world: World;
let remove: () => Promise<void>;
let ask: ReturnType<typeof asker>;
beforeEach(async () => {
  ({ world, remove } = await closedNetwork({ pace: 1, clock }));
  ask = await prepareCluster(world);
});
afterEach(() => remove());

const definition = {
  jobType: 'Command',
  experimentName: 'helloworld',
  computeId: `${workspace}/computes/cluster`,
  environmentId: `${workspace}/environments/innereye-abc/versions/1`,
  command: 'cd /opt\npython InnerEye/ML/runner.py --model=HelloWorld --azure_dataset_id=',
  outputs: {
    dataset: {
      jobOutputType: 'uri_folder',
      uri: 'azureml://datastores/innereyedatasets/paths/hello_world/',
    },
  },
  tags: { model_name: 'HelloWorld' },
};

interface JobBody {
  properties: {
    status: string;
    tags: Record<string, string>;
    properties: Record<string, string>;
    services: { Studio: { endpoint: string } };
  };
}

const submit = (name: string, more: Record<string, unknown> = {}) =>
  ask(`PUT ${workspace}/jobs/${name}`, { body: { properties: { ...definition, ...more } } });

async function job(name: string): Promise<JobBody['properties']> {
  return ((await ask(`GET ${workspace}/jobs/${name}`)).body as JobBody).properties;
}

async function statuses(name: string, step = 5000): Promise<string[]> {
  const seen: string[] = [];
  for (let count = 0; count < 1000; count += 1) {
    const { status } = await job(name);
    if (seen.at(-1) !== status) seen.push(status);
    if (['Completed', 'Failed', 'Canceled'].includes(status)) break;
    now += step;
  }
  return seen;
}

describe('a training job', () => {
  it('goes through the states of AML and registers its model with both tags', async () => {
    expect(await submit('run1')).toMatchObject({ status: 201, body: { name: 'run1' } });
    expect(await statuses('run1', 1000)).toEqual([
      'NotStarted',
      'Preparing',
      'Queued',
      'Starting',
      'Running',
      'Finalizing',
      'Completed',
    ]);
    const { tags, properties, services } = await job('run1');
    expect(tags).toMatchObject({ model_name: 'HelloWorld', model_id: 'HelloWorld:1' });
    expect(properties).toHaveProperty(['localAzure.played'], 'HelloWorld');
    expect(services.Studio.endpoint).toMatch(/^https:\/\/ml\.azure\.com\/runs\/run1/);
    expect(await ask(`GET ${workspace}/models/HelloWorld/versions/1`)).toMatchObject({
      status: 200,
      body: {
        properties: {
          tags: { python_environment_name: 'innereye-abc', python_environment_version: '1' },
        },
      },
    });
    expect(playedNames(world)).toEqual(['HelloWorld']);
  });

  it('counts the versions of its model up', async () => {
    await submit('run1');
    await statuses('run1');
    await submit('run2');
    await statuses('run2');
    expect((await job('run2')).tags['model_id']).toBe('HelloWorld:2');
  });

  it('can be cancelled, first asked and then done, and registers nothing', async () => {
    await submit('run1');
    now += 30_000;
    expect((await ask(`POST ${workspace}/jobs/run1/cancel`)).status).toBe(202);
    expect(await statuses('run1', 1000)).toEqual(['CancelRequested', 'Canceled']);
    expect((await ask(`POST ${workspace}/jobs/run1/cancel`)).status).toBe(200);
    now += 3_600_000;
    await expect(ask(`GET ${workspace}/models/HelloWorld/versions/1`)).resolves.toMatchObject({
      status: 404,
    });
  });

  it('cannot be changed by a second PUT, except for its tags', async () => {
    await submit('run1');
    expect((await submit('run1', { tags: { a: 'b' } })).status).toBe(200);
    expect((await submit('run1', { command: 'true' })).status).toBe(409);
  });

  it.each([
    ['computeId', `${workspace}/computes/none`],
    ['environmentId', `${workspace}/environments/none/versions/1`],
  ])('is refused where its %s is not there', async (name, id) => {
    expect(await submit('run1', { [name]: id })).toMatchObject({
      status: 400,
      body: { error: { code: 'UserError' } },
    });
  });

  it.each([
    ['its image was never imported', () => dropImages()],
    [
      'its datastore is missing',
      () => void world.resources.delete(`${workspace}/datastores/innereyedatasets`),
    ],
    [
      'the node cannot resolve the registry',
      () => void world.resources.delete(`${zone('privatelink.azurecr.io')}/A/acr1`),
    ],
    [
      'the node cannot reach the workspace',
      () =>
        void world.resources.delete(
          `${zone('privatelink.api.azureml.ms')}/A/${workspaceGuid}.workspace.westeurope`,
        ),
    ],
  ])('fails where %s', async (_what, damage) => {
    damage();
    await submit('run1');
    expect((await statuses('run1')).at(-1)).toBe('Failed');
  });

  it('fails where the identity of its cluster may not write its data', async () => {
    const id = `${workspace}/computes/cluster`;
    const cluster = world.resources.get(id);
    if (cluster !== undefined) cluster.identity = { type: 'SystemAssigned', principalId: 'node' };
    const pull = 'Microsoft.ContainerRegistry/registries/pull/read';
    allowData(world, 'node', registry, [], [pull]);
    await submit('run1');
    expect((await statuses('run1')).at(-1)).toBe('Failed');
    const blobs = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*';
    allowData(world, 'node', account, [blobs]);
    await submit('run2');
    expect((await statuses('run2')).at(-1)).toBe('Completed');
  });

  it('fails where its command line was never recorded, and says so', async () => {
    await submit('run1', { command: 'python other.py' });
    expect((await statuses('run1')).at(-1)).toBe('Failed');
  });

  function dropImages(): void {
    const found = world.resources.get(registry);
    if (found !== undefined) found.hidden = {};
  }
});

describe('the log of a run', () => {
  const details = (vantage: 'outside' | 'inside', run = 'run1') =>
    ask(`GET /history/v1.0${workspace}/runs/${run}/details?api-version=v1.0`, {
      host,
      vantage,
      caller: caller('reader'),
    });

  beforeEach(async () => {
    allowData(
      world,
      'reader',
      workspace,
      [],
      ['Microsoft.MachineLearningServices/workspaces/*/read'],
    );
    await submit('run1');
  });

  it('is at an address with a signature, and ends with the Dice of the test set', async () => {
    await statuses('run1');
    const { body } = await details('inside');
    const url = new URL(
      (body['logFiles'] as Record<string, string>)['user_logs/std_log.txt'] ?? '',
    );
    const line = `GET ${url.pathname}${url.search}`;
    const log = await ask(line, { host: url.host, vantage: 'inside' });
    expect(String(log.body)).toContain('Mean Dice: 0.467572');
    expect((await ask(line, { host: url.host, vantage: 'outside' })).status).toBe(403);
    expect(
      (await ask(`GET ${url.pathname}?sig=x`, { host: url.host, vantage: 'inside' })).status,
    ).toBe(403);
  });

  it('is not given from outside, nor to a stranger, nor before there is any', async () => {
    expect(await details('outside')).toMatchObject({
      status: 403,
      body: { error: { message: expect.stringContaining('private link') } },
    });
    expect(await details('inside', 'run9')).toMatchObject({ status: 404 });
    expect(await details('inside')).toMatchObject({ status: 200, body: { logFiles: {} } });
  });
});

describe('the doors of workspace and registry', () => {
  it.each([
    ['GET /discovery', host, 403, 200],
    ['GET /v2/', 'acr1.azurecr.io', 403, 401],
  ])('answer %s only from inside', async (line, name, outside, inside) => {
    change(world, registry, { publicNetworkAccess: 'Disabled' });
    expect((await ask(line, { host: name, vantage: 'outside' })).status).toBe(outside);
    expect((await ask(line, { host: name, vantage: 'inside' })).status).toBe(inside);
  });
});

describe('a compute without public address', () => {
  const body = (more: Record<string, unknown> = {}) => ({
    body: {
      location: 'westeurope',
      properties: {
        computeType: 'AmlCompute',
        properties: {
          vmSize: 'Standard_D4s_v3',
          enableNodePublicIp: false,
          subnet: { id: subnet('default') },
          ...more,
        },
      },
    },
  });

  it('answers 201 with a poll, and is done after a while', async () => {
    const made = await ask(`PUT ${workspace}/computes/second`, body());
    expect(made).toMatchObject({
      status: 201,
      body: { properties: { provisioningState: 'Creating' } },
    });
    expect(made.headers).toHaveProperty('Azure-AsyncOperation');
    now += 120_000;
    expect(await ask(`GET ${workspace}/computes/second`)).toMatchObject({
      body: { properties: { provisioningState: 'Succeeded' } },
    });
  });

  it('fails, and its poll says so, where its nodes could not reach what they need', async () => {
    deployAllowList(
      world,
      rows.filter(({ name }) => name !== 'batch'),
    );
    const made = await ask(`PUT ${workspace}/computes/second`, body());
    now += 120_000;
    const poll = new URL(made.headers?.['Azure-AsyncOperation'] ?? '');
    const message = expect.stringContaining('nodes.westeurope.service.batch.azure.com (TCP 443)');
    expect(await ask(`GET ${poll.pathname}${poll.search}`)).toMatchObject({
      body: { status: 'Failed', error: { code: 'AllocationFailed', message } },
    });
    const failed = { provisioningState: 'Failed', provisioningErrors: [{ error: { message } }] };
    expect(await ask(`GET ${workspace}/computes/second`)).toMatchObject({
      body: { properties: failed },
    });
    deployAllowList(world);
    await ask(`PUT ${workspace}/computes/second`, body());
    now += 120_000;
    expect(await ask(`GET ${workspace}/computes/second`)).toMatchObject({
      body: { properties: { provisioningState: 'Succeeded', provisioningErrors: null } },
    });
  });

  it('does not start again where an instance cannot reach what it needs', async () => {
    const instance = { body: { ...body().body } };
    instance.body.properties.computeType = 'ComputeInstance';
    await ask(`PUT ${workspace}/computes/instance`, instance);
    now += 120_000;
    await ask(`GET ${workspace}/computes/instance`);
    deployAllowList(
      world,
      rows.filter(({ name }) => name !== 'compute-instance'),
    );
    const started = await ask(`POST ${workspace}/computes/instance/start`);
    now += 120_000;
    const poll = new URL(started.headers?.['Location'] ?? '');
    expect(await ask(`GET ${poll.pathname}${poll.search}`)).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining('(UDP 5831)') } },
    });
    expect(await ask(`GET ${workspace}/computes/instance`)).toMatchObject({
      body: { properties: { properties: { state: 'Unusable' } } },
    });
  });

  it('needs its subnet and a private endpoint of the workspace', async () => {
    expect(
      (await ask(`PUT ${workspace}/computes/second`, body({ subnet: { id: subnet('none') } })))
        .status,
    ).toBe(400);
    world.resources.delete(`${group}/providers/Microsoft.Network/privateEndpoints/amlworkspace-pe`);
    expect((await ask(`PUT ${workspace}/computes/second`, body())).status).toBe(400);
  });

  it('takes an idle time of 15 minutes to 3 days', async () => {
    const idle = async (time: string): Promise<number> =>
      (await ask(`PUT ${workspace}/computes/second`, body({ idleTimeBeforeShutdown: time })))
        .status;
    expect([await idle('PT14M'), await idle('P4D'), await idle('nonsense')]).toEqual([
      400, 400, 400,
    ]);
    expect(await idle('PT30M')).toBe(201);
  });

  it('is deleted only when it is said what becomes of its machines', async () => {
    expect((await ask(`DELETE ${workspace}/computes/cluster`)).status).toBe(400);
    expect(
      (await ask(`DELETE ${workspace}/computes/cluster?underlyingResourceAction=Delete`)).status,
    ).toBe(202);
    now += 120_000;
    expect((await ask(`GET ${workspace}/computes/cluster`)).status).toBe(404);
  });
});

describe('a version of an asset', () => {
  it('makes its container, and cannot be changed', async () => {
    const put = (image: string) =>
      ask(`PUT ${workspace}/environments/env1/versions/1`, { body: { properties: { image } } });
    expect((await put('a:1')).status).toBe(201);
    expect((await put('a:1')).status).toBe(200);
    expect((await put('b:1')).status).toBe(409);
    expect(await ask(`GET ${workspace}/environments/env1`)).toMatchObject({
      body: { properties: { latestVersion: '1', nextVersion: '2' } },
    });
  });

  it('of a datastore hides its key, and gives it to listSecrets', async () => {
    const credentials = {
      credentialsType: 'AccountKey',
      secrets: { secretsType: 'AccountKey', key: 'a2V5' },
    };
    const properties = { datastoreType: 'AzureBlob', accountName: 'store1', credentials };
    const path = `${workspace}/datastores/images`;
    expect((await ask(`PUT ${path}`, { body: { properties } })).status).toBe(400);
    const made = await ask(`PUT ${path}?skipValidation=true`, { body: { properties } });
    expect(made.status).toBe(201);
    expect(JSON.stringify([made, await ask(`GET ${path}`)])).not.toContain('a2V5');
    expect(await ask(`POST ${path}/listSecrets`)).toMatchObject({ body: { key: 'a2V5' } });
  });
});
