import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { logOf } from '../../../local-azure/operations/machine-learning/performance.ts';
import { blobNames } from '../../../local-azure/operations/machine-learning/platform-blobs.ts';
import { commandOf } from '../../../src/training/job-command.ts';
import { account, allowData, workspace, workspaceGuid } from '../inside/closed-network.ts';
import { caller } from '../inside/requests.ts';
import { definition, openCluster, type Cluster } from './cluster.ts';

/** Minutes of a whole core, and gigabytes: only where somebody has prepared a runtime. */
const runtime = process.env['LOCAL_AZURE_JOB_RUNTIME'] ?? '';
const wherePrepared = runtime === '' ? describe.skip : describe;

wherePrepared("InnerEye's own HelloWorld", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await openCluster();
    cluster.world.data.set('jobRuntime', runtime);
    const actions = ['Microsoft.MachineLearningServices/workspaces/*/read'];
    allowData(cluster.world, 'reader', workspace, [], actions);
  });
  afterAll(() => cluster.stop());

  it('trains, registers its model and tests it, as it does in Azure', async () => {
    const uri = 'azureml://datastores/innereyedatasets/paths/hello_world/';
    const outputs = { dataset: { jobOutputType: 'uri_folder', mode: 'ReadWriteMount', uri } };
    const command = commandOf({ model: 'HelloWorld', dataset: '', trainingArguments: '' });
    const path = `${workspace}/jobs/run1`;
    await cluster.ask(`PUT ${path}`, definition(command, { outputs }));
    const { status, tags } = await ended(cluster, path);
    const { world } = cluster;
    const run = world.resources.get(path);
    const log = run === undefined ? '' : logOf(world, run).toString();
    expect({ status, end: log.slice(-2000) }).toMatchObject({ status: 'Completed' });
    expect(log).toContain('Mean Dice: 0.467572');
    expect(tags['model_id']).toBe('HelloWorld:1');
    const model = world.resources.get(`${workspace}/models/HelloWorld/versions/1`);
    expect(model?.properties['tags']).toMatchObject({
      python_environment_name: 'innereye-abc',
      python_environment_version: '1',
    });
    const metrics = 'outputs/best_validation_epoch/Test/metrics.csv';
    expect(await artifact(cluster, metrics)).toContain('6,region_1,0.599,2.000,0.391');
    const store = world.resources.get(account);
    const data = store && (await blobNames(world, store, 'datasets', 'hello_world/'));
    expect(data).toHaveLength(7);
    expect(cluster.inside.journal.unknown).toEqual([]);
  }, 1_200_000);
});

interface JobBody {
  readonly properties: { readonly status: string; readonly tags: Record<string, string> };
}

async function ended({ ask }: Cluster, path: string): Promise<JobBody['properties']> {
  for (;;) {
    const { properties } = (await ask(`GET ${path}`)).body as JobBody;
    if (['Completed', 'Failed', 'Canceled'].includes(properties.status)) return properties;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function artifact({ ask }: Cluster, path: string): Promise<string> {
  const host = `${workspaceGuid}.workspace.westeurope.api.azureml.ms`;
  const shelf = `/artifact/v2.0${workspace}/artifacts/contentinfo/ExperimentRun/dcid.run1`;
  const asked = { host, vantage: 'inside', caller: caller('reader') } as const;
  const { body } = await ask(`GET ${shelf}/${path}`, asked);
  const url = new URL((body as { contentUri: string }).contentUri);
  const line = `GET ${url.pathname}${url.search}`;
  return String((await ask(line, { host: url.host, vantage: 'inside' })).body);
}
