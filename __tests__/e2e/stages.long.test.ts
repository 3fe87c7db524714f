import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildContractPackage } from '../../local-azure/contract-app/index.ts';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import { failCreation } from '../../local-azure/operations/machine-learning/computes.ts';
import type { Site } from '../support/site.ts';
import { openSite, until } from '../support/site.ts';

let site: Site;
let inputs: Record<string, string>;

beforeAll(async () => {
  site = await openSite();
  // Every role takes effect late: nothing may count on one that was given a moment ago.
  site.azure.world.data.set('roleDelayMs', 6000);
  inputs = {
    'inference-package': await buildContractPackage(site.folder),
    'instance-user': 'dddddddd-0000-0000-0000-000000000001',
  };
});
afterAll(() => site.close());

/** Lets matching requests be refused, from outside and from within a template. */
function refuse(method: string, path: RegExp, code = 'InvalidRequest'): void {
  const answer = { status: 400, body: { error: { code, message: 'not today' } } };
  site.azure.faults.add({ match: { method, path }, fault: { kind: 'answer', answer } });
}

/** The result of each stage, by the table of the summary. */
function resultsOf({ summary }: StepResult): Record<string, string> {
  const rows = [...summary.matchAll(/^\| (.+) \| (done|unchanged|failed|cancelled) \| .* s \|$/gm)];
  return Object.fromEntries(rows.map(([, name = '', result = '']) => [name, result]));
}

/** Paths of ARM that were written with success since `from`; looking from inside takes run commands, which are none. */
function written(from: number): string[] {
  return site.azure.journal.entries
    .slice(from)
    .filter(
      ({ method, host, status }) =>
        method === 'PUT' && host.startsWith('management.') && status < 300,
    )
    .map(({ path }) => path.split('?')[0] ?? '')
    .filter((path) => !path.includes('/runCommands/'));
}

async function deploy(more: Record<string, string> = {}): Promise<StepResult> {
  const result = await site.step('deploy', { ...inputs, ...more });
  site.azure.faults.clear();
  return result;
}

const green = ({ code, log }: StepResult): unknown => ({ code, log: code === 0 ? '' : log });

describe('a deploy that fails at each of its stages, one after the other', () => {
  let made: string[] = [];

  it('changes nothing of the environment where the package cannot be made', async () => {
    const unreachable = {
      'inference-package': '',
      'inference-repository': 'https://127.0.0.1:9/x',
    };
    const result = await deploy(unreachable);
    expect(result.code).toBe(1);
    expect(resultsOf(result)).toEqual({ package: 'failed', plan: 'done' });
    expect(site.azure.world.resources.ofType('Microsoft.Network/virtualNetworks')).toEqual([]);
  }, 60_000);

  it('stops at a network that cannot be made, with the cause', async () => {
    const from = site.azure.journal.entries.length;
    refuse('PUT', /\/azureFirewalls\//, 'SkuNotAvailable');
    const result = await deploy();
    expect(result.code).toBe(1);
    expect(resultsOf(result)).toEqual({ plan: 'done', 'network and workspace': 'failed' });
    expect(result.log).toContain('SkuNotAvailable');
    made = written(from).filter((path) =>
      /\/(virtualNetworks|vaults|storageAccounts|workspaces|registries)\/[^/]+$/.test(path),
    );
    expect(made.length).toBeGreaterThan(3);
  }, 60_000);

  it('goes on from there, and lets every other stage end where some fail', async () => {
    const from = site.azure.journal.entries.length;
    refuse('PUT', /\/containers\/datasets/);
    refuse('PUT', /\/extensions\/onedeploy/);
    failCreation(site.azure.world, 'demo-cluster', {
      error: {
        code: 'ClusterCoreQuotaReached',
        message: 'Operation results in exceeding quota limits of Core.',
      },
      told: false,
    });
    const result = await deploy();
    failCreation(site.azure.world, 'demo-cluster');
    expect(result.code).toBe(1);
    expect(resultsOf(result)).toEqual({
      plan: 'done',
      'network and workspace': 'done',
      'state refreshed': 'done',
      containers: 'failed',
      'jumpbox password': 'done',
      compute: 'failed',
      images: 'done',
      'web app': 'failed',
    });
    expect(result.log).toMatch(/== compute: failed after .* s: .*ClusterCoreQuotaReached/);
    expect(result.log).toContain('not today');
    expect(result.log).toContain('ask for more quota');
    expect(written(from).filter((path) => made.includes(path))).toEqual([]);
  }, 90_000);

  it('ends with what was missing, and does nothing of the rest again', async () => {
    const from = site.azure.journal.entries.length;
    const result = await deploy();
    expect(green(result)).toEqual({ code: 0, log: '' });
    expect(resultsOf(result)).toEqual({
      plan: 'done',
      'network and workspace': 'unchanged',
      containers: 'done',
      'jumpbox password': 'unchanged',
      compute: 'done',
      images: 'unchanged',
      'web app': 'done',
    });
    const paths = written(from).map((path) => path.replace(/^.*\/providers\//, '').split('/')[0]);
    expect([...new Set(paths)].sort()).toEqual([
      'Microsoft.Resources',
      'Microsoft.Storage',
      'Microsoft.Web',
    ]);
  }, 90_000);

  it('does the same for the images and for the password of the jumpbox', async () => {
    const { resources } = site.azure.world;
    for (const { id } of resources.all()) {
      if (/\/(datastores\/inferencetestimagestore|extensions\/enablevmaccess)$/i.test(id))
        resources.delete(id);
    }
    refuse('PUT', /\/datastores\/inferencetestimagestore/);
    refuse('PUT', /\/extensions\/enablevmaccess/);
    const result = await deploy();
    expect(result.code).toBe(1);
    expect(resultsOf(result)).toMatchObject({
      'jumpbox password': 'failed',
      images: 'failed',
      compute: 'unchanged',
      'web app': 'unchanged',
    });
    const again = await deploy({ stages: 'webapp' });
    expect(green(again)).toEqual({ code: 0, log: '' });
    expect(resultsOf(again)).toEqual({
      'jumpbox password': 'done',
      images: 'done',
      'web app': 'unchanged',
    });
  }, 90_000);

  it('says of each line which stage it is from', async () => {
    const { log } = await deploy({ stages: 'compute' });
    expect(log).toContain('[compute] Computes: unchanged, nothing to deploy.');
  }, 60_000);
});

describe('a deploy that is stopped while a template is deployed', () => {
  it('goes on with the next one', async () => {
    const { resources } = site.azure.world;
    for (const { id } of resources.ofType(
      'Microsoft.MachineLearningServices/workspaces/computes',
    )) {
      resources.delete(id);
    }
    const slow = { kind: 'delay', milliseconds: 4000 } as const;
    const match = { method: 'GET', path: /\/deployments\/innereye-computes-/ };
    site.azure.faults.add({ match, fault: slow });
    const cancel = new AbortController();
    const from = site.azure.journal.entries.length;
    const running = site.step(
      'deploy',
      { ...inputs, stages: 'compute' },
      { cancelled: cancel.signal },
    );
    await until(() =>
      written(from).some((path) => path.includes('/deployments/innereye-computes-')),
    );
    cancel.abort();
    const stopped = await running;
    expect(stopped.code).not.toBe(0);
    expect(resultsOf(stopped)).toMatchObject({ compute: 'cancelled' });
    expect(stopped.signals).toEqual(['SIGINT']);
    const next = await deploy({ stages: 'compute' });
    expect(green(next)).toEqual({ code: 0, log: '' });
    const names = resources
      .ofType('Microsoft.MachineLearningServices/workspaces/computes')
      .map(({ name }) => name);
    expect(names).toHaveLength(2);
    expect(site.azure.journal.unknown).toEqual([]);
  }, 60_000);
});
