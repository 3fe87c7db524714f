import { beforeEach, describe, expect, it } from '@jest/globals';
import { AzureProblem } from '../../src/azure/explain.ts';
import { Cancelled } from '../../src/errors.ts';
import { cancelJob } from '../../src/training/follow.ts';
import type { Training } from '../../src/training/index.ts';
import { train } from '../../src/training/index.ts';
import { outputs, settings } from '../support/settings.ts';
import type { Workshop } from '../support/workshop.ts';
import { workshop } from '../support/workshop.ts';

const digest = 'a1b2c3d4e5f6'.padEnd(64, '0');
const image = `ghcr.io/institute/innereye@sha256:${digest}`;
const guid = '12345678-1234-1234-1234-123456789abc';
const clusterPath = `${outputs().workspaceId}/computes/${outputs().computeClusterName}`;

let place: Workshop;
/** ARM's resources by path. */
let resources: Map<string, unknown>;
/** What the job's status is at each look; the last one stays. */
let statuses: string[];
let tags: Record<string, string>;
let modelTags: Record<string, string> | undefined;
let logText: string;
let runError: unknown;
/** Addresses that do not answer. */
let closed: RegExp;

const csv: Readonly<Record<string, string>> = {
  'outputs/Train/epoch_metrics.csv':
    'loss,Dice/AverageAcrossStructures,epoch\n0.495836,0.422954,0\n0.495777,0.422788,1\n',
  'outputs/Val/epoch_metrics.csv':
    'loss,Dice/AverageAcrossStructures,epoch\n0.530531,0.468417,0\n0.518566,0.467271,1\n',
  'outputs/best_validation_epoch/Test/metrics.csv':
    'Patient,Structure,Dice,HausdorffDistance_mm,MeanDistance_mm\n6,region,0.337,3.000,0.707\n6,region_1,0.599,2.000,0.391\n',
};

function answerOf(url: string): unknown {
  if (/\/runs\/[^/]+\/details/.test(url)) {
    return { logFiles: { 'user_logs/std_log.txt': 'https://logs.test/log?sig=x' } };
  }
  if (url.includes('/history/')) return { runId: 'x', error: runError };
  const [, path = ''] = /\/dcid\.[^/]+\/(.*)$/.exec(url) ?? [];
  return { contentUri: `https://files.test/${path}?sig=x` };
}

beforeEach(() => {
  place = workshop();
  const cluster = { properties: { computeType: 'AmlCompute', provisioningState: 'Succeeded' } };
  resources = new Map<string, unknown>([
    [outputs().workspaceId, { properties: { workspaceId: guid } }],
    [clusterPath, cluster],
  ]);
  statuses = ['NotStarted', 'Queued', 'Running', 'Running', 'Completed'];
  tags = { model_id: 'HelloWorld:3' };
  modelTags = undefined;
  logText = 'epoch 1\n::error::forged\nMean Dice: 0.467572\nend\n';
  runError = null;
  closed = /(?!)/;
  const environment = (): string =>
    [...resources.keys()]
      .find((path) => path.includes('/environments/'))
      ?.split('/')
      .at(-3) ?? '';
  place.arm.on({
    'GET ': ({ path }) => {
      if (path.includes('/jobs/') && resources.has(path)) {
        const status = statuses.length > 1 ? statuses.shift() : statuses[0];
        return { properties: { status, tags, properties: { 'note.of.job': 'something' } } };
      }
      if (path.endsWith('/models/HelloWorld/versions/3')) {
        return { properties: { tags: modelTags ?? { python_environment_name: environment() } } };
      }
      return resources.get(path);
    },
    'LIST ': () => [],
    'PUT ': ({ path, body }) => {
      resources.set(path.replace(/\?.*/, ''), body);
      return body;
    },
    'POST /importImage': () => undefined,
    'POST /cancel': () => undefined,
  });
  place.answer(({ url }) => {
    if (closed.test(url)) return { status: 403, headers: {}, text: '' };
    const file = /^https:\/\/files\.test\/(.*)\?/.exec(url)?.[1];
    const text = url.startsWith('https://logs.test/')
      ? logText
      : (csv[file ?? ''] ?? JSON.stringify(answerOf(url)));
    return { status: 200, headers: {}, text };
  });
});

type Changes = Parameters<typeof settings>[0];
const run = async (changes: Changes = {}): Promise<Training> =>
  train(outputs(), settings({ image, vantage: 'direct', ...changes }), place.session, place.tools);
/** The message of the problem that a training ends with. */
const problemOf = async (changes: Changes = {}) => (await run(changes)).problem?.message ?? 'none';
const paths = (method: string) =>
  place.arm.calls
    .filter((call) => call.method === method)
    .map(({ path }) => path.split('/').slice(-2).join('/'));
const jobs = () => [...resources.keys()].filter((path) => path.includes('/jobs/'));
const jobBody = () =>
  (resources.get(jobs()[0] ?? '') as { properties: Record<string, unknown> }).properties;

describe('training', () => {
  it('goes from an image to a registered model, whose number it reads from the job', async () => {
    const training = await run();
    expect(training).toMatchObject({
      model: { name: 'HelloWorld', version: '3' },
      meanDice: '0.467572',
      problem: undefined,
      gaps: [],
    });
    expect(training.jobName).toMatch(/^helloworld-4711-1-[0-9a-f]{6}$/);
    expect(paths('POST')).toEqual(['labcrabc123/importImage']);
  });

  it('brings home what the run has left of figures', async () => {
    const { metrics, notes } = await run();
    expect(metrics.train.map(({ loss }) => loss)).toEqual([0.495836, 0.495777]);
    expect(metrics.validation).toHaveLength(2);
    expect(metrics.test.map(({ structure }) => structure)).toEqual(['region', 'region_1']);
    expect(notes).toEqual({ 'note.of.job': 'something' });
  });

  it('imports the image by its digest', async () => {
    await run();
    expect(place.arm.calls.find(({ path }) => path.endsWith('/importImage'))?.body).toEqual({
      source: { registryUri: 'ghcr.io', sourceImage: `institute/innereye@sha256:${digest}` },
      targetTags: ['innereye:a1b2c3d4e5f6'],
      mode: 'Force',
    });
  });

  it('imports from a container registry of the same subscription with its own rights', async () => {
    const id = '/subscriptions/1/registries/institute';
    place.arm.on({ 'LIST ': () => [{ id, properties: { loginServer: 'institute.azurecr.io' } }] });
    await run({ image: `institute.azurecr.io/innereye@sha256:${digest}` });
    expect(place.arm.calls.find(({ path }) => path.endsWith('/importImage'))?.body).toMatchObject({
      source: { resourceId: id, sourceImage: `innereye@sha256:${digest}` },
    });
  });

  it('registers the environment with version "1" and what it is made of in its name', async () => {
    await run();
    const id = String(jobBody()['environmentId']);
    expect(id).toMatch(/\/environments\/innereye-[0-9a-f]{12}\/versions\/1$/);
    expect(resources.get(id)).toEqual({
      properties: { image: `labcrabc123.azurecr.io/innereye@sha256:${digest}`, osType: 'Linux' },
    });
  });

  it('makes the datastore without an account key', async () => {
    await run();
    const path = `${outputs().workspaceId}/datastores/innereyedatasets`;
    expect(resources.get(path)).toMatchObject({
      properties: { containerName: 'datasets', credentials: { credentialsType: 'None' } },
    });
    expect(paths('PUT')).toContain('datastores/innereyedatasets?skipValidation=true');
  });

  it('makes nothing twice when it runs again, and follows the job that is there', async () => {
    await run();
    const before = place.arm.calls.length;
    statuses = ['Completed'];
    await run();
    const again = place.arm.calls.slice(before).map(({ method }) => method);
    expect(new Set(again)).toEqual(new Set(['GET']));
    expect(place.log.join('\n')).toContain('The job is there already, and is followed');
  });

  it('makes a job of its own for other inputs of the same attempt', async () => {
    await run();
    await run({ trainingArguments: '--random_seed=2' });
    expect(jobs()).toHaveLength(2);
  });

  it('puts model, data, arguments and hours into the job', async () => {
    tags = { model_id: 'Prostate:3' };
    await run({
      model: 'Prostate',
      dataset: 'pelvis-2',
      trainingArguments: '--num_epochs=3',
      trainingHours: '12',
    });
    const body = jobBody();
    expect(body['command']).toContain(`'--model=Prostate' '--num_epochs=3' '--azure_dataset_id='`);
    expect(body).toMatchObject({
      experimentName: 'prostate',
      limits: { timeout: 'PT12H' },
      outputs: { dataset: { uri: 'azureml://datastores/innereyedatasets/paths/pelvis-2/' } },
    });
  });

  it('takes an image of the own registry as it is', async () => {
    await run({ image: `labcrabc123.azurecr.io/other@sha256:${digest}` });
    expect(paths('POST')).toEqual([]);
    expect(JSON.stringify([...resources.values()])).toContain(
      'labcrabc123.azurecr.io/other@sha256:',
    );
  });

  it('says that a long training outlives a runner of GitHub', async () => {
    place = { ...place, tools: { ...place.tools, env: { RUNNER_ENVIRONMENT: 'github-hosted' } } };
    await run({ trainingHours: '24' });
    expect(place.log.join('\n')).toContain(
      "warning: A job on GitHub's own runners ends after 6 hours",
    );
  });
});

describe('training, before anything is brought or made,', () => {
  const refuses = async (message: RegExp, changes: Changes = {}) => {
    await expect(run(changes)).rejects.toThrow(message);
    expect(place.arm.calls.filter(({ method }) => method !== 'GET')).toEqual([]);
  };

  it('says that no image is published', async () => {
    await refuses(/none is published[^]*docs\/troubleshooting/, { image: '' });
  });

  it('says that there is no workspace', async () => {
    resources.delete(outputs().workspaceId);
    await refuses(/no workspace lab-ml[^]*run deploy/);
  });

  it('says that there is no cluster', async () => {
    resources.delete(clusterPath);
    await refuses(/no compute cluster lab-cluster[^]*stage compute/);
  });

  it.each([
    [{ provisioningState: 'Failed' }, /provisioning state is Failed/],
    [{ provisioningState: 'Deleting' }, /provisioning state is Deleting/],
    [{ computeType: 'ComputeInstance' }, /it is a ComputeInstance/],
    [{ properties: { scaleSettings: { maxNodeCount: 0 } } }, /may have no node at all/],
  ])('says that a cluster can take no job: %j', async (properties, message) => {
    resources.set(clusterPath, { properties });
    await refuses(message);
  });

  it.each([
    ['localhost:5000', /private networks only/],
    ['registry', /private networks only/],
    ['registry.corp', /private networks only/],
    ['10.0.0.4', /an address instead of a name/],
    ['registry.institute.org:5000', /port 443 only/],
  ])('says that the registry has no way to %s', async (host, message) => {
    await refuses(message, { image: `${host}/innereye@sha256:${digest}` });
  });
});

describe('a training that does not end well', () => {
  it('says what AML says, how its log ends, and what to do', async () => {
    statuses = ['Running', 'Failed'];
    tags = {};
    logText = 'begin\nthere is no such thing\n';
    runError = {
      error: {
        code: 'UserError',
        message: 'Execution failed.\nUser process exited with status code 1.',
      },
    };
    const message = await problemOf();
    expect(message).toMatch(
      /^The training of HelloWorld failed\.\nAML says UserError: Execution failed\. User process exited with status code 1\.\nhttps:\/\/ml\.azure\.com\/runs\/helloworld-4711-1-/,
    );
    expect(message).toContain('Its log ends with:\n| begin\n| there is no such thing\n');
    expect(message).toContain('Next: look for the cause');
  });

  it.each([
    [
      'There is no x/dataset.csv in the datastore, and none in the image.',
      /Next: put dataset\.csv/,
    ],
    ['PreemptionError: Nodes of this job got pre-empted.', /Next: its node was taken away/],
    ['AcrRefreshTokenRetrievalError: Unable to retrieve', /Next: its image could not be pulled/],
    ['Model name Foo was not found in search namespaces: x', /Next: InnerEye knows no model/],
    ["ValueError: Unknown arguments: ['a']", /Next: InnerEye does not know an argument/],
    ['RuntimeError: CUDA out of memory.', /Next: it ran out of memory/],
    ["ModuleNotFoundError: No module named 'x'", /Next: the image lacks/],
    ['OSError: [Errno 28] No space left on device', /Next: the disk of the node is full/],
    ['INNEREYE_CODE: is not set: the image is none of', /Next: the image is not as/],
  ])('knows the cause by its signs: %s', async (line, next) => {
    statuses = ['Running', 'Failed'];
    logText = `something\n${line}\n`;
    expect(await problemOf()).toMatch(next);
  });

  it('names the model that was registered before it failed', async () => {
    statuses = ['Running', 'Failed'];
    const training = await run();
    expect(training.model).toEqual({ name: 'HelloWorld', version: '3' });
    expect(training.problem?.message).toContain(
      'The model HelloWorld:3 had been registered by then and exists',
    );
  });

  it('is said to have been cancelled by somebody else', async () => {
    statuses = ['Running', 'Canceled'];
    expect(await problemOf()).toMatch(/was cancelled, and not by this run/);
    expect(paths('POST')).not.toContain(`${jobs()[0]?.split('/').at(-1)}/cancel`);
  });

  it('is said to have come to its own limit', async () => {
    statuses = [...Array.from({ length: 125 }, () => 'Running'), 'Canceled'];
    expect(await problemOf()).toMatch(/its limit of 60 min was over[^]*training-hours/);
  });

  it('is given up and cancelled where its node does not answer', async () => {
    statuses = ['Running', 'NotResponding'];
    expect(await problemOf()).toMatch(/did not answer for 15 min/);
    expect(paths('POST').at(-1)).toMatch(/\/cancel$/);
  });

  it('goes on when a node answers again', async () => {
    statuses = ['Running', 'NotResponding', 'Running', 'Completed'];
    expect((await run()).model?.version).toBe('3');
  });

  const queued = (properties: unknown) => {
    statuses = ['Queued'];
    tags = {};
    resources.set(clusterPath, {
      properties: { computeType: 'AmlCompute', provisioningState: 'Succeeded', properties },
    });
  };

  it('is given up where it gets no node, with what the cluster says', async () => {
    queued({
      allocationState: 'Resizing',
      currentNodeCount: 0,
      targetNodeCount: 1,
      vmSize: 'Standard_D4s_v5',
      scaleSettings: { maxNodeCount: 2 },
      errors: [{ error: { code: 'ClusterCoreQuotaReached', message: 'The vCPU quota is 0.' } }],
    });
    const message = await problemOf();
    expect(message).toMatch(/got no node for too long \(Queued\) and was cancelled/);
    expect(message).toContain(
      'allocation Resizing, 0 of 1 wanted nodes (at most 2; Standard_D4s_v5, Dedicated), errors: ClusterCoreQuotaReached: The vCPU quota is 0.',
    );
    expect(message).toContain('Next: ask for more quota');
    expect(place.slept()).toBeGreaterThan(3500);
    expect(place.slept()).toBeLessThan(3700);
    expect(place.log.filter((line) => line.startsWith('The cluster meanwhile'))).toHaveLength(1);
    expect(paths('POST').at(-1)).toMatch(/\/cancel$/);
  });

  it('waits longer for a cluster that works for others', async () => {
    queued({ nodeStateCounts: { runningNodeCount: 1, idleNodeCount: 0 } });
    expect(await problemOf()).toMatch(/nodes: 1 running[^]*Next: wait until the other jobs/);
    expect(place.slept()).toBeGreaterThan(6 * 3600 - 100);
  });

  it('says that a job was begun anew, and ends when it is the fourth time', async () => {
    statuses = ['Running', 'Queued', 'Running', 'Completed'];
    const training = await run();
    expect(training).toMatchObject({ preemptions: 1, problem: undefined });
    expect(place.log).toContain(
      'The job was put back into the queue, as when its node is taken away (1 of at most 3 times). It begins anew.',
    );
    statuses = ['Running', ...Array.from({ length: 4 }, () => ['Running', 'Queued']).flat()];
    expect(await problemOf()).toMatch(/lost its node 4 times and was cancelled/);
  });

  it.each([
    ['names no model', () => (tags = {}), /names no model HelloWorld/],
    ['names another model', () => (tags = { model_id: 'Other:3' }), /names no model HelloWorld/],
    [
      'registered a model that cannot be served',
      () => (modelTags = {}),
      /needs innereye-[0-9a-f]{12}/,
    ],
  ])('is told where a job %s', async (_, change, message) => {
    change();
    expect(await problemOf()).toMatch(message);
  });
});

describe('following a training', () => {
  it('shows the log without force, and no address with a signature', async () => {
    await run();
    const log = place.log.join('\n');
    expect(log).toContain('| Mean Dice: 0.467572');
    expect(log).not.toMatch(/^\s*::error/m);
    expect(log).not.toContain('sig=x');
  });

  it('succeeds where log and figures cannot be read, and says so', async () => {
    closed = /history|artifact/;
    const training = await run();
    expect(training).toMatchObject({
      meanDice: undefined,
      model: { version: '3' },
      problem: undefined,
    });
    expect(training.gaps.join('\n')).toMatch(
      /log could not be read at the end[^]*epoch_metrics\.csv could not be read/,
    );
    expect(place.log).toEqual(expect.arrayContaining([...training.gaps]));
  });

  it('takes the Dice from the file of the test where the log does not say it', async () => {
    logText = 'nothing\n';
    expect((await run()).meanDice).toBe('0.468');
  });

  it('looks at the log only while the job runs, and not all the time', async () => {
    statuses = [
      ...Array.from({ length: 30 }, () => 'Queued'),
      ...Array.from({ length: 30 }, () => 'Running'),
      'Completed',
    ];
    await run();
    const looks = place.requests.filter(({ url }) => url.startsWith('https://logs.test')).length;
    expect(looks).toBeGreaterThan(20);
    expect(looks).toBeLessThan(36);
  });

  it('bears with an ARM that does not answer for a while', async () => {
    const answer = (status: string) => ({ properties: { status, tags } });
    let asked = 0;
    place.arm.on({ [`GET x`]: () => undefined });
    const get = place.arm.get.bind(place.arm);
    const arm: typeof place.arm = {
      ...place.arm,
      get: async <T>(path: string, version: string) => {
        if (!path.includes('/jobs/')) return get<T>(path, version);
        asked += 1;
        if (asked === 1) return undefined;
        if (asked < 8) throw new AzureProblem('Asking', { code: 'ServerBusy', message: 'no' }, 503);
        return answer(asked < 10 ? 'Running' : 'Completed') as T;
      },
    };
    const session = { ...place.session, arm };
    const training = await train(
      outputs(),
      settings({ image, vantage: 'direct' }),
      session,
      place.tools,
    );
    expect(training.model?.version).toBe('3');
    expect(place.log.filter((line) => line.includes('status cannot be read'))).toHaveLength(1);
  });

  it('says each status once', async () => {
    await run();
    expect(place.log.filter((line) => line.startsWith('Job: '))).toEqual([
      'Job: NotStarted, 0 s.',
      'Job: Queued, 1 s.',
      'Job: Running, 3 s.',
      'Job: Completed, 8 s.',
    ]);
  });
});

describe('cancelling a job', () => {
  const path = '/jobs/one';
  const refusing = (error: Error) => {
    place.arm.on({
      'POST /cancel': () => {
        throw error;
      },
    });
  };

  it('asks ARM for it', async () => {
    await cancelJob(path, place.arm, place.tools.log);
    expect(place.arm.calls.at(-1)).toMatchObject({ method: 'POST', path: `${path}/cancel` });
  });

  it('is silent where there is no such job, or where only the wait for it was cut short', async () => {
    refusing(new AzureProblem('Cancelling', { code: 'NotFound', message: 'no' }, 404));
    await cancelJob(path, place.arm, place.tools.log);
    refusing(new Cancelled('enough'));
    await cancelJob(path, place.arm, place.tools.log);
    expect(place.log).toEqual(['Cancelling the job.', 'Cancelling the job.']);
  });

  it('says where it may not have arrived', async () => {
    refusing(new AzureProblem('Cancelling', { code: 'ServerBusy', message: 'no' }, 503));
    await cancelJob(path, place.arm, place.tools.log);
    expect(place.log[1]).toMatch(/^warning: The cancel may not have reached AML: /);
  });
});

describe('a training for which the cluster lacks a right', () => {
  const lacking = {
    error: { code: 'UserError', message: 'The identity may not pull from the registry.' },
  };
  const roleMade = (minutesAgo: number) => ({
    'LIST ': ({ path }: { readonly path: string }) =>
      path.includes('/roleAssignments')
        ? [
            {
              properties: {
                createdOn: new Date(place.tools.clock.now() - minutesAgo * 60_000).toISOString(),
              },
            },
          ]
        : [],
  });
  const jobs = (): string[] =>
    place.arm.calls
      .filter(({ method, path }) => method === 'PUT' && path.includes('/jobs/'))
      .map(({ path }) => path.split('/').at(-1) ?? '');

  it('is submitted again while the role is minutes old', async () => {
    runError = { error: lacking.error };
    statuses = ['Queued', 'Failed', 'Queued', 'Failed', 'Running', 'Completed'];
    place.arm.on(roleMade(2));
    expect((await run()).problem).toBeUndefined();
    const [first] = jobs();
    expect(jobs()).toEqual([first, `${first}-2`, `${first}-3`]);
    expect(place.log.join('\n')).toContain('submitted again');
  });

  it.each([
    ['the role is old enough', 30, 'The identity may not pull from the registry.'],
    ['it failed for something else', 2, 'It ran out of memory.'],
  ])('is not where %s', async (_, minutes, message) => {
    runError = { error: { code: 'UserError', message } };
    statuses = ['Queued', 'Failed'];
    place.arm.on(roleMade(minutes));
    expect((await run()).problem).toBeDefined();
    expect(jobs()).toHaveLength(1);
  });
});
