import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Job } from '../../src/training/job.ts';
import { datasetFolder } from '../../src/training/job.ts';
import { train } from '../../src/training/index.ts';
import { follow } from '../../src/training/follow.ts';
import { outputs, settings } from '../support/settings.ts';
import type { Workshop } from '../support/workshop.ts';
import { workshop } from '../support/workshop.ts';

const digest = 'a1b2c3d4e5f6'.padEnd(64, '0');
const image = `ghcr.io/institute/innereye@sha256:${digest}`;
const guid = '12345678-1234-1234-1234-123456789abc';

let place: Workshop;
/** ARM's resources by path. */
let resources: Map<string, unknown>;
/** What the job's status is at each look; the last one stays. */
let statuses: string[];
let tags: Record<string, string>;
let modelTags: Record<string, string> | undefined;

beforeEach(() => {
  place = workshop();
  resources = new Map([[outputs().workspaceId, { properties: { workspaceId: guid } }]]);
  statuses = ['NotStarted', 'Queued', 'Running', 'Running', 'Completed'];
  tags = { model_id: 'HelloWorld:3' };
  modelTags = undefined;
  const environment = (): string =>
    [...resources.keys()]
      .find((path) => path.includes('/environments/'))
      ?.split('/')
      .at(-3) ?? '';
  place.arm.on({
    'GET ': ({ path }) => {
      if (path.includes('/jobs/') && resources.has(path)) {
        const status = statuses.length > 1 ? statuses.shift() : statuses[0];
        return { properties: { status, tags } };
      }
      if (path.endsWith('/models/HelloWorld/versions/3')) {
        return { properties: { tags: modelTags ?? { python_environment_name: environment() } } };
      }
      return resources.get(path);
    },
    'PUT ': ({ path, body }) => {
      resources.set(path.replace(/\?.*/, ''), body);
      return body;
    },
    'POST /importImage': () => undefined,
    'POST /cancel': () => undefined,
  });
  place.answer(({ url }) => {
    if (url.includes('/history/')) {
      const logs = { 'user_logs/std_log.txt': 'https://logs.test/log?sig=x' };
      return { status: 200, headers: {}, text: JSON.stringify({ logFiles: logs }) };
    }
    return {
      status: 200,
      headers: {},
      text: 'epoch 1\n::error::forged\nMean Dice: 0.467572\nend\n',
    };
  });
});

const run = async (changes: Partial<Parameters<typeof settings>[0]> = {}) =>
  train(outputs(), settings({ image, vantage: 'direct', ...changes }), place.session, place.tools);
const paths = (method: string) =>
  place.arm.calls
    .filter((call) => call.method === method)
    .map(({ path }) => path.split('/').slice(-2).join('/'));
const jobBody = () =>
  (
    resources.get(`${outputs().workspaceId}/jobs/helloworld-4711-1`) as {
      properties: Record<string, unknown>;
    }
  ).properties;

describe('training', () => {
  it('goes from an image to a registered model, whose number it reads from the job', async () => {
    const training = await run();
    expect(training).toMatchObject({
      jobName: 'helloworld-4711-1',
      model: { name: 'HelloWorld', version: '3' },
      dice: 'Mean Dice: 0.467572',
    });
    expect(paths('POST')).toEqual(['labcrabc123/importImage']);
  });

  it('imports the image by its digest', async () => {
    await run();
    expect(place.arm.calls.find(({ path }) => path.endsWith('/importImage'))?.body).toEqual({
      source: { registryUri: 'ghcr.io', sourceImage: `institute/innereye@sha256:${digest}` },
      targetTags: ['innereye:a1b2c3d4e5f6'],
      mode: 'Force',
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

  it('makes nothing twice when it runs again', async () => {
    await run();
    const before = place.arm.calls.length;
    statuses = ['Completed'];
    await run();
    const again = place.arm.calls.slice(before).map(({ method }) => method);
    expect(new Set(again)).toEqual(new Set(['GET']));
  });

  it('submits a command that fills the datastore from the image only where it is empty', async () => {
    await run();
    const { command } = jobBody();
    expect(command).toContain('--model=HelloWorld --azure_dataset_id= --local_dataset="$data"');
    expect(command).toContain('/opt/innereye-data/hello_world');
  });

  it('takes an image of the own registry as it is', async () => {
    await run({ image: `labcrabc123.azurecr.io/other@sha256:${digest}` });
    expect(paths('POST')).toEqual([]);
    expect(JSON.stringify([...resources.values()])).toContain(
      'labcrabc123.azurecr.io/other@sha256:',
    );
  });

  it('says that no image is published, before anything is touched', async () => {
    await expect(run({ image: '' })).rejects.toThrow(/none is published[^]*docs\/troubleshooting/);
    expect(place.arm.calls).toEqual([]);
  });

  it.each([
    ['Failed', /failed\. https:\/\/ml\.azure\.com\/runs\/helloworld-4711-1/],
    ['Canceled', /was cancelled, and not by this run/],
    ['NotResponding', /does not answer any more/],
  ])('ends with a Problem when the job ends as %s', async (status, message) => {
    statuses = ['Running', status];
    await expect(run()).rejects.toThrow(message);
  });

  it('shows the end of the log of a failed job, without force', async () => {
    statuses = ['Failed'];
    await expect(run()).rejects.toThrow('failed');
    const log = place.log.join('\n');
    expect(log).toContain('Mean Dice: 0.467572');
    expect(log).not.toMatch(/^\s*::error/m);
    expect(log).not.toContain('sig=x');
  });

  it('goes on when a node answers again', async () => {
    statuses = ['Running', 'NotResponding', 'Running', 'Completed'];
    expect((await run()).model.version).toBe('3');
  });

  it('cancels a job that never ends', async () => {
    statuses = ['Queued'];
    await expect(run()).rejects.toThrow(/had not ended after 7200 s and was cancelled/);
    expect(paths('POST')).toContain('helloworld-4711-1/cancel');
  });

  it.each([
    ['names no model', () => (tags = {}), /names no model HelloWorld/],
    ['names another model', () => (tags = { model_id: 'Other:3' }), /names no model HelloWorld/],
    [
      'registered a model that cannot be served',
      () => (modelTags = {}),
      /needs innereye-[0-9a-f]{12}/,
    ],
  ])('refuses a job that %s', async (_, change, message) => {
    change();
    await expect(run()).rejects.toThrow(message);
  });

  it('succeeds without the log where it cannot be read', async () => {
    place.answer(() => ({ status: 403, headers: {}, text: '' }));
    expect(await run()).toMatchObject({ dice: undefined, model: { version: '3' } });
  });
});

describe('following a job', () => {
  it('cancels the job when the run is cancelled', async () => {
    statuses = ['Running'];
    const path = `${outputs().workspaceId}/jobs/one`;
    resources.set(path, {});
    place.cancelAfter(4);
    const following = follow(path, place.arm, () => place.arm, place.tools);
    await expect(following).rejects.toMatchObject({ name: 'Cancelled' });
    expect(place.arm.calls.at(-1)).toMatchObject({ method: 'POST', path: `${path}/cancel` });
  });

  it('says each status once', async () => {
    const path = `${outputs().workspaceId}/jobs/one`;
    resources.set(path, {});
    const { job } = await follow(path, place.arm, () => place.arm, place.tools);
    expect((job satisfies Job).properties?.status).toBe('Completed');
    expect(place.log).toEqual([
      'Job: NotStarted, 0 s.',
      'Job: Queued, 1 s.',
      'Job: Running, 3 s.',
      'Job: Completed, 8 s.',
    ]);
  });
});

describe('the folder of a model’s data', () => {
  it.each([
    ['HelloWorld', 'hello_world'],
    ['Prostate', 'prostate'],
    ['Lung2Lobes', 'lung2_lobes'],
  ])('of %s is %s', (model, folder) => {
    expect(datasetFolder(model)).toBe(folder);
  });
});
