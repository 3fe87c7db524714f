import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allowData, workspace, workspaceGuid } from '../inside/closed-network.ts';
import { caller, type Ask } from '../inside/requests.ts';
import { openCluster, type Cluster } from './cluster.ts';

const host = `${workspaceGuid}.workspace.westeurope.api.azureml.ms`;
const types = 'Microsoft.MachineLearningServices/workspaces';

let cluster: Cluster;
let runtime: string;
let runId = '';
let runs = 0;
beforeAll(async () => {
  runtime = await mkdtemp(join(tmpdir(), 'job-runtime-'));
  const bin = process.env['PATH'] ?? '';
  // Where "python" is asked for, a shell will do.
  await writeFile(join(runtime, 'python'), '#!/bin/sh\nexec sh "$@"\n', { mode: 0o755 });
  await writeFile(join(runtime, 'environment'), `PATH=${runtime}:${bin}\n`);
  cluster = await openCluster();
  allowData(cluster.world, 'service', workspace, [], [`${types}/*`]);
  allowData(cluster.world, 'reader', workspace, [], [`${types}/*/read`]);
});
beforeEach(() => {
  runs += 1;
  runId = `main_${runs}`;
  cluster.world.data.set('jobRuntime', runtime);
});
afterAll(async () => {
  await cluster.stop();
  await rm(runtime, { recursive: true, force: true });
});

const send = (line: string, more: Ask = {}) =>
  cluster.ask(line, { host, vantage: 'inside', caller: caller('service'), ...more });

async function writeTo(address: string, text: string): Promise<number> {
  const url = new URL(address);
  const headers = { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2021-08-06' };
  const asked = { host: url.host, vantage: 'inside', headers, rawBody: Buffer.from(text) } as const;
  return (await cluster.ask(`PUT ${url.pathname}${url.search}`, asked)).status;
}

/** Sends a folder with one script, as azureml-core does before it submits a run; gives the snapshot's id. */
async function snapshot(path: string, script: string): Promise<string> {
  const { body } = await send(`POST /content/v2.0${workspace}/snapshots/getblob`, {
    body: { FileNames: [path] },
  });
  const [node] = (body as { fileNodes: { fullName: string; blobUri: string }[] }).fileNodes;
  expect(await writeTo(node?.blobUri ?? '', script)).toBe(201);
  const FileNodes = [{ FullName: path, BlobUri: node?.blobUri, FileSize: script.length }];
  const id = `snapshot-${runs}`;
  const made = await send(`POST /content/v2.0${workspace}/snapshots/${id}`, {
    body: { ParentSnapshotId: null, FileRevisionList: { FileNodes } },
  });
  expect(made.status).toBe(200);
  return id;
}

function submit(SnapshotId: string, more: object = {}, asked: Ask = {}) {
  const Configuration = {
    script: 'main.sh',
    arguments: ['--word', "it's given"],
    target: 'cluster',
    environment: { name: 'innereye-abc', version: '1' },
    maxRunDurationSeconds: 43_200,
    ...more,
  };
  const path = `/execution/v1.0${workspace}/experiments/main/snapshotrun?runId=${runId}`;
  return send(`POST ${path}`, { body: { Configuration, SnapshotId }, ...asked });
}

async function ended(): Promise<string> {
  for (;;) {
    const { body } = await send(`GET /history/v1.0${workspace}/experiments/main/runs/${runId}`);
    const { status } = body as { status: string };
    if (['Completed', 'Failed', 'Canceled'].includes(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a run that SDK v1 submits', () => {
  it('runs its script in the folder of its snapshot, and leaves what it uploads', async () => {
    const id = await snapshot('main.sh', 'mkdir outputs; echo "$1 $2" > outputs/said.txt');
    expect(await submit(id)).toMatchObject({ status: 200, body: { runId } });
    expect(await ended()).toBe('Completed');
    const path = `ExperimentRun/dcid.${runId}/outputs/said.txt`;
    const { body } = await send(`GET /artifact/v2.0${workspace}/artifacts/contentinfo/${path}`);
    const url = new URL((body as { contentUri: string }).contentUri);
    const line = `GET ${url.pathname}${url.search}`;
    const file = await cluster.ask(line, { host: url.host, vantage: 'inside' });
    expect(String(file.body)).toBe("--word it's given\n");
  });

  it('fails where a file of its snapshot would lie outside its folder', async () => {
    await submit(await snapshot('../outside.sh', 'true'), { script: '../outside.sh' });
    expect(await ended()).toBe('Failed');
  });

  it('fails where no runtime is prepared, and says so', async () => {
    cluster.world.data.set('jobRuntime', undefined);
    await submit(await snapshot('main.sh', 'true'));
    expect(await ended()).toBe('Failed');
    const { body } = await send(`GET /history/v1.0${workspace}/runs/${runId}`);
    const message = expect.stringContaining('no runtime is prepared');
    expect(body).toMatchObject({ error: { error: { message } } });
  });

  it('is refused to whoever may only read, and where its cluster is not there', async () => {
    expect((await submit('any', {}, { caller: caller('reader') })).status).toBe(403);
    expect((await submit('any', { target: 'none' })).status).toBe(400);
  });
});

describe('a datastore for SDK v1', () => {
  const path = `GET /datastore/v1.0${workspace}/datastores`;

  it('shows its key to whoever may list secrets, and to nobody else', async () => {
    const secrets = { secretsType: 'AccountKey', key: 'a2V5' };
    const credentials = { credentialsType: 'AccountKey', secrets };
    const properties = { datastoreType: 'AzureBlob', accountName: 'store1', credentials };
    await cluster.ask(`PUT ${workspace}/datastores/images?skipValidation=true`, {
      body: { properties },
    });
    expect(await send(`${path}/images`)).toMatchObject({
      body: { name: 'images', azureStorageSection: { accountKey: 'a2V5' } },
    });
    const read = await send(`${path}/images`, { caller: caller('reader') });
    expect(read).toMatchObject({
      status: 200,
      body: { azureStorageSection: { accountKey: null } },
    });
    expect((await send(`${path}/none`)).status).toBe(404);
  });

  it("is there from the beginning where it is the workspace's own", async () => {
    const { body } = await send(path);
    expect((body as { value: { name: string }[] }).value.map(({ name }) => name)).toContain(
      'workspaceblobstore',
    );
  });
});
