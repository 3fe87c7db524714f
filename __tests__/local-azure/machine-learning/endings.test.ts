import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  faultJobs,
  type JobFault,
} from '../../../local-azure/operations/machine-learning/job-faults.ts';
import type { LocalClock, World } from '../../../local-azure/world.ts';
import { allowData, closedNetwork, workspace, workspaceGuid } from '../inside/closed-network.ts';
import { caller } from '../inside/requests.ts';
import { definition, prepareCluster, type Cluster } from './cluster.ts';

const host = `${workspaceGuid}.workspace.westeurope.api.azureml.ms`;
const command = 'python InnerEye/ML/runner.py --model=HelloWorld --azure_dataset_id=';

let now = 1_900_000_000_000;
const clock: LocalClock = { now: () => now, sleep: async (ms) => void (now += ms) };
let world: World;
let remove: () => Promise<void>;
let ask: Cluster['ask'];
beforeEach(async () => {
  ({ world, remove } = await closedNetwork({ pace: 1, clock }));
  ask = await prepareCluster(world);
  const actions = ['Microsoft.MachineLearningServices/workspaces/*/read'];
  allowData(world, 'reader', workspace, [], actions);
});
afterEach(() => remove());

interface JobBody {
  readonly properties: { readonly status: string; readonly tags: Record<string, string> };
}

async function submit(...faults: readonly JobFault[]): Promise<void> {
  faultJobs(world, ...faults.map((fault) => ({ job: /^run1$/, fault })));
  expect((await ask(`PUT ${workspace}/jobs/run1`, definition(command))).status).toBe(201);
}

async function job(name = 'run1'): Promise<JobBody['properties']> {
  return ((await ask(`GET ${workspace}/jobs/${name}`)).body as JobBody).properties;
}

/** The states that a job goes through, asked for every few seconds of an hour. */
async function statuses(step = 2000): Promise<string[]> {
  const seen: string[] = [];
  for (const end = now + 3_600_000; now < end; now += step) {
    const { status } = await job();
    if (seen.at(-1) !== status) seen.push(status);
    if (['Completed', 'Failed', 'Canceled'].includes(status)) break;
  }
  return seen;
}

const inside = () => ({ host, vantage: 'inside' as const, caller: caller('reader') });

async function details(): Promise<{ logFiles: Record<string, string>; error: unknown }> {
  const { body } = await ask(`GET /history/v1.0${workspace}/runs/run1/details`, inside());
  return body;
}

async function fetched(address: string, headers = {}): ReturnType<Cluster['ask']> {
  const url = new URL(address);
  const line = `GET ${url.pathname}${url.search}`;
  return ask(line, { host: url.host, vantage: 'inside', headers });
}

async function log(): Promise<string> {
  const address = (await details()).logFiles['user_logs/std_log.txt'];
  return address === undefined ? '' : String((await fetched(address)).body);
}

const beforeRunning = ['NotStarted', 'Preparing', 'Queued', 'Starting'];

describe('a job that ends badly', () => {
  it('fails with a message in run history, and the end of its log', async () => {
    await submit({ kind: 'fail', after: 0.5, message: 'It broke.', line: 'ValueError: broken' });
    expect(await statuses()).toEqual([...beforeRunning, 'Running', 'Finalizing', 'Failed']);
    expect((await details()).error).toMatchObject({ error: { message: 'It broke.' } });
    expect(await log()).toMatch(/Starting training\n[^]*ValueError: broken\n$/);
    expect((await job()).tags['model_id']).toBeUndefined();
  });

  it('has registered its model where it fails only later', async () => {
    await submit({ kind: 'fail', after: 0.9, message: 'The report failed.' });
    expect((await statuses()).at(-1)).toBe('Failed');
    expect((await job()).tags['model_id']).toBe('HelloWorld:1');
  });

  it('is cancelled by somebody', async () => {
    await submit({ kind: 'cancel', after: 0.3 });
    expect(await statuses()).toEqual([...beforeRunning, 'Running', 'CancelRequested', 'Canceled']);
  });

  it.each([
    [300, ['Running', 'Finalizing', 'Completed']],
    [undefined, []],
  ])('does not answer for %s seconds', async (seconds, then) => {
    await submit({ kind: 'silent', after: 0.5, ...(seconds === undefined ? {} : { seconds }) });
    expect(await statuses(4500)).toEqual([...beforeRunning, 'Running', 'NotResponding', ...then]);
  });

  it('waits for ever where the cluster gets no node, which shows why', async () => {
    const errors = [{ code: 'ClusterCoreQuotaReached', message: 'No cores are left.' }];
    await submit({ kind: 'queue', errors });
    expect(await statuses(60_000)).toEqual(['NotStarted', 'Queued']);
    const cluster = () => ask(`GET ${workspace}/computes/cluster`);
    expect(await cluster()).toMatchObject({
      body: {
        properties: {
          properties: {
            allocationState: 'Resizing',
            targetNodeCount: 1,
            errors: [{ error: errors[0] }],
          },
        },
      },
    });
    await ask(`POST ${workspace}/jobs/run1/cancel`);
    expect(await statuses()).toEqual(['CancelRequested', 'Canceled']);
    expect(await cluster()).toMatchObject({
      body: { properties: { properties: { allocationState: 'Steady', errors: null } } },
    });
  });

  it('begins anew where its node was taken away, and so does its log', async () => {
    await submit({ kind: 'preempt', after: 0.5 });
    const seen: string[] = [];
    const lengths: number[] = [];
    for (let count = 0; count < 400; count += 1, now += 2500) {
      const { status } = await job();
      if (seen.at(-1) !== status) seen.push(status);
      lengths.push((await log()).length);
      if (status === 'Completed') break;
    }
    const twice = ['Running', 'Queued', 'Starting', 'Running', 'Finalizing', 'Completed'];
    expect(seen).toEqual([...beforeRunning, ...twice]);
    const shrinks = lengths.filter((length, index) => length < (lengths[index - 1] ?? 0));
    expect(shrinks).toHaveLength(1);
    expect((await log()).match(/Mean Dice/g)).toHaveLength(1);
    expect((await job()).tags['model_id']).toBe('HelloWorld:1');
  });

  it('strikes only the jobs that the rule names', async () => {
    faultJobs(world, { nth: 2, fault: { kind: 'cancel', after: 0 } });
    for (const name of ['one', 'two', 'three']) {
      await ask(`PUT ${workspace}/jobs/${name}`, definition(command));
    }
    now += 3_600_000;
    const ends = await Promise.all(['one', 'two', 'three'].map((name) => job(name)));
    expect(ends.map(({ status }) => status)).toEqual(['Completed', 'Canceled', 'Completed']);
  });
});

describe('the log of a job', () => {
  it('can no longer be read at an address that has ended', async () => {
    await submit({ kind: 'log-expires', seconds: 10 });
    await statuses();
    const address = (await details()).logFiles['user_logs/std_log.txt'] ?? '';
    expect((await fetched(address)).status).toBe(200);
    now += 10_000;
    const refused = await fetched(address);
    expect(refused.status).toBe(403);
    expect(refused.headers).toMatchObject({ 'x-ms-error-code': 'AuthenticationFailed' });
  });

  it('grows in pieces that end anywhere, and is whole at the end', async () => {
    await submit({ kind: 'log-in-pieces', bytes: 7 });
    const lengths = new Set<number>();
    while ((await job()).status !== 'Completed') {
      lengths.add((await log()).length);
      now += 2000;
    }
    expect([...lengths].every((length) => length % 7 === 0)).toBe(true);
    expect(lengths.size).toBeGreaterThan(4);
    expect(await log()).toMatch(/The run has ended\.\n$/);
  });

  it.each([
    ['bytes=0-3', 206, 'This', 'bytes 0-3/'],
    ['bytes=5-', 206, undefined, 'bytes 5-'],
    ['bytes=99999-', 416, undefined, 'bytes */'],
    ['bytes=-5', 200, undefined, undefined],
  ])('gives the range %s', async (range, status, text, shown) => {
    await submit();
    await statuses();
    const address = (await details()).logFiles['user_logs/std_log.txt'] ?? '';
    const part = await fetched(address, { range });
    expect(part.status).toBe(status);
    if (text !== undefined) expect(String(part.body)).toBe(text);
    if (shown !== undefined) expect(part.headers?.['content-range']).toContain(shown);
  });
});

describe('the artifacts of a run', () => {
  const artifact = (path: string) =>
    `GET /artifact/v2.0${workspace}/artifacts/contentinfo/ExperimentRun/dcid.run1/${path}`;

  it.each([
    ['outputs/Train/epoch_metrics.csv', 'subject_count,loss,learning_rate,Dice/Average'],
    ['outputs/Val/epoch_metrics.csv', 'subject_count,loss,Dice/Average'],
    ['outputs/best_validation_epoch/Test/metrics.csv', '6,region_1,0.599,2.000,0.391'],
  ])('are found by address: %s', async (path, text) => {
    await submit();
    expect((await ask(artifact(path), inside())).status).toBe(404);
    await statuses();
    const { body } = await ask(artifact(path), inside());
    expect(body).toMatchObject({ origin: 'ExperimentRun', container: 'dcid.run1', path });
    const { contentUri } = body as { contentUri: string };
    expect(String((await fetched(contentUri)).body)).toContain(text);
    const url = new URL(contentUri);
    const line = `GET ${url.pathname}${url.search}`;
    expect((await ask(line, { host: url.host, vantage: 'outside' })).status).toBe(403);
    const other = line.replace('epoch_metrics', 'other').replace('/metrics', '/other');
    expect((await ask(other, { host: url.host, vantage: 'inside' })).status).toBe(403);
  });

  it('are closed to strangers, and from outside', async () => {
    await submit();
    const path = artifact('outputs/Train/epoch_metrics.csv');
    expect((await ask(path, { ...inside(), caller: caller('stranger') })).status).toBe(403);
    expect((await ask(path, { ...inside(), vantage: 'outside' })).status).toBe(403);
  });
});
