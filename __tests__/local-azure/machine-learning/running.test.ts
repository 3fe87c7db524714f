import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  logOf,
  playedNames,
} from '../../../local-azure/operations/machine-learning/performance.ts';
import {
  blobNames,
  loadBlob,
  storeBlob,
} from '../../../local-azure/operations/machine-learning/platform-blobs.ts';
import { account, allowData, workspace, workspaceGuid } from '../inside/closed-network.ts';
import { caller } from '../inside/requests.ts';
import { definition, openCluster, registry, type Cluster } from './cluster.ts';

let cluster: Cluster;
let runtime: string;
let name = '';
let jobs = 0;
beforeAll(async () => {
  runtime = await mkdtemp(join(tmpdir(), 'job-runtime-'));
  const search = process.env['PATH'] ?? '';
  await writeFile(join(runtime, 'environment'), `FROM_IMAGE=yes\nPATH=${search}\n`);
  cluster = await openCluster();
  cluster.world.data.set('jobRuntime', runtime);
  const actions = ['Microsoft.MachineLearningServices/workspaces/*/read'];
  allowData(cluster.world, 'reader', workspace, [], actions);
});
beforeEach(() => {
  jobs += 1;
  name = `run${jobs}`;
});
afterAll(async () => {
  await cluster.stop();
  await rm(runtime, { recursive: true, force: true });
});

const atWorkspace = {
  host: `${workspaceGuid}.workspace.westeurope.api.azureml.ms`,
  vantage: 'inside',
  caller: caller('reader'),
} as const;

interface JobBody {
  readonly properties: { readonly status: string; readonly tags: Record<string, string> };
}

async function submit(command: string, more: Readonly<Record<string, unknown>> = {}) {
  const made = await cluster.ask(`PUT ${workspace}/jobs/${name}`, definition(command, more));
  expect(made.status).toBe(201);
}

async function job(): Promise<JobBody['properties']> {
  return ((await cluster.ask(`GET ${workspace}/jobs/${name}`)).body as JobBody).properties;
}

async function until(wanted: (status: string) => boolean): Promise<string> {
  for (;;) {
    const { status } = await job();
    if (wanted(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const ended = () => until((status) => ['Completed', 'Failed', 'Canceled'].includes(status));

function resource(id: string) {
  const found = cluster.world.resources.get(id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

const log = (): string => logOf(cluster.world, resource(`${workspace}/jobs/${name}`)).toString();

async function untilSaid(text: string): Promise<void> {
  while (!log().includes(text)) await new Promise((resolve) => setTimeout(resolve, 20));
}

const uri = 'azureml://datastores/innereyedatasets/paths/hello_world/';
const output = { dataset: { jobOutputType: 'uri_folder', mode: 'ReadWriteMount', uri } };

describe('a job whose runtime is prepared', () => {
  it('really runs, with the variables of image, job and AML, and is not counted as played', async () => {
    const command = 'echo "$FROM_IMAGE $OWN $AZUREML_RUN_ID $AZUREML_WORKSPACE_ID"; echo no >&2';
    await submit(command, { environmentVariables: { OWN: 'mine' } });
    expect(await ended()).toBe('Completed');
    expect(log()).toContain(`yes mine ${name} ${workspaceGuid}\n`);
    expect(log()).toContain('no\n');
    expect(playedNames(cluster.world)).toEqual([]);
  });

  it('fails by its exit code, and run history says which', async () => {
    await submit('exit 3');
    expect(await ended()).toBe('Failed');
    const run = await cluster.ask(`GET /history/v1.0${workspace}/runs/${name}`, atWorkspace);
    const message = expect.stringContaining('exited with status code 3');
    expect(run).toMatchObject({ body: { error: { error: { code: 'UserError', message } } } });
  });

  it('finds what the datastore holds, and leaves there what it wrote', async () => {
    const store = resource(account);
    const container = 'datasets';
    const bytes = Buffer.from('old');
    await storeBlob(cluster.world, store, { container, name: 'hello_world/deep/a.txt', bytes });
    await submit(
      'cat "${{outputs.dataset}}/deep/a.txt"; echo new > "${{outputs.dataset}}/b c.txt"; echo ${{inputs.word}}',
      { outputs: output, inputs: { word: { jobInputType: 'literal', value: 'given' } } },
    );
    expect(await ended()).toBe('Completed');
    expect(log()).toBe('oldgiven\n');
    expect(await blobNames(cluster.world, store, container, 'hello_world/')).toEqual([
      'hello_world/b c.txt',
      'hello_world/deep/a.txt',
    ]);
    expect(String(await loadBlob(cluster.world, store, container, 'hello_world/b c.txt'))).toBe(
      'new\n',
    );
  });

  it('leaves its outputs among the artifacts, while it runs and after', async () => {
    await submit('mkdir -p outputs/x; echo 1 > outputs/x/a.csv; echo ready; sleep 60');
    await untilSaid('ready');
    const path = `/artifact/v2.0${workspace}/artifacts/contentinfo/ExperimentRun/dcid.${name}/outputs/x/a.csv`;
    const file = async (): Promise<string> => {
      const { body } = await cluster.ask(`GET ${path}`, atWorkspace);
      const url = new URL((body as { contentUri: string }).contentUri);
      const line = `GET ${url.pathname}${url.search}`;
      return String((await cluster.ask(line, { host: url.host, vantage: 'inside' })).body);
    };
    expect(await file()).toBe('1\n');
    await cluster.ask(`POST ${workspace}/jobs/${name}/cancel`);
    expect(await ended()).toBe('Canceled');
    expect(await file()).toBe('1\n');
  });

  it('has the inside proxy as its only way out', async () => {
    const ask = (host: string) =>
      `curl -s -o /dev/null -w '%{http_connect} %{http_code}\\n' https://${host}/ || true`;
    await submit([ask('management.azure.com'), ask('example.org')].join('\n'));
    expect(await ended()).toBe('Completed');
    expect(log()).toMatch(/^200 404\n403 000\n$/);
  });

  it('speaks with the token of its run to its workspace, and to nobody else', async () => {
    const ask = (url: string) =>
      `curl -s -o /dev/null -w '%{http_code}\\n' -H "Authorization: Bearer $AZUREML_RUN_TOKEN" ${url}`;
    const run =
      '$AZUREML_SERVICE_ENDPOINT/history/v1.0$AZUREML_WORKSPACE_SCOPE/runs/$AZUREML_RUN_ID';
    const arm = 'https://management.azure.com$AZUREML_WORKSPACE_SCOPE?api-version=2025-06-01';
    await submit([ask(run), ask(arm)].join('\n'));
    expect(await ended()).toBe('Completed');
    expect(log()).toBe('200\n403\n');
  });

  it('is killed when it is cancelled', async () => {
    await submit('echo "pid $$"; sleep 600');
    await untilSaid('pid');
    const pid = Number(/pid (\d+)/.exec(log())?.[1]);
    expect((await cluster.ask(`POST ${workspace}/jobs/${name}/cancel`)).status).toBe(202);
    expect(await ended()).toBe('Canceled');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('is cancelled when it has reached its limit', async () => {
    await submit('sleep 600', { limits: { jobLimitsType: 'Command', timeout: 'PT1S' } });
    expect(await ended()).toBe('Canceled');
  });

  it('fails where its node cannot read the image, and runs nothing', async () => {
    const { hidden } = resource(registry);
    resource(registry).hidden = {};
    await submit('echo ran');
    expect(await ended()).toBe('Failed');
    expect(log()).toBe('');
    if (hidden !== undefined) resource(registry).hidden = hidden;
  });

  it('leaves no process and no folder behind when Local Azure stops', async () => {
    await submit('echo "pid $$"; sleep 600');
    await untilSaid('pid');
    const pid = Number(/pid (\d+)/.exec(log())?.[1]);
    const { folder } = cluster.world;
    await cluster.stop();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  });
});
