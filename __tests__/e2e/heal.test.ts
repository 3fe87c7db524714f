import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blobServiceOf } from '../../local-azure/azurite/process.ts';
import { endedRuns } from '../../local-azure/operations/github/runs.ts';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import type { World } from '../../local-azure/world.ts';
import type { Site } from '../support/site.ts';
import { openSite, processesOf, until } from '../support/site.ts';

let site: Site;
const writes = (): number =>
  site.azure.journal.entries.filter(({ method }) => method === 'PUT').length;
const written = (part: string): readonly unknown[] =>
  site.azure.journal.entries.filter(({ method, path }) => method === 'PUT' && path.includes(part));
const planChanges = async (): Promise<string | undefined> =>
  (await site.step('plan')).outputs['changes'];

beforeAll(async () => {
  site = await openSite({ pace: 0.02 });
});
afterAll(() => site.close());

/** Kills a deploy with all its children in mid-apply, as when a runner's machine is lost. */
async function lost(): Promise<void> {
  const from = writes();
  const running = site.step('deploy', { stages: 'network' });
  await Promise.race([running, until(() => writes() - from >= 14)]);
  for (const pid of pidsAt(`${site.folder}/runner`)) process.kill(pid, 'SIGKILL');
  expect((await running).code).toBe(137);
}

/** Processes that run in a folder, or for a runner that has its files there. */
function pidsAt(folder: string): number[] {
  const read = (path: string, how: (path: string) => string): string => {
    try {
      return how(path);
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const environment = read(`/proc/${pid}/environ`, (path) => readFileSync(path, 'utf8'));
      const cwd = read(`/proc/${pid}/cwd`, (path) => readlinkSync(path));
      return environment.includes(`RUNNER_TEMP=${folder}`) || cwd.startsWith(folder);
    })
    .map(Number);
}

/** What a cancelled step must have done, and what it left. */
async function stopped(running: Promise<StepResult>): Promise<StepResult> {
  const result = await running;
  expect(result.code).not.toBe(0);
  expect(result.log).toContain('SIGINT received: stopping.');
  expect(result.log).toContain('Cancelled');
  // One signal was enough, and Terraform has had it.
  expect(result.signals).toEqual(['SIGINT']);
  expect(processesOf(`${site.folder}/runner`)).toEqual([]);
  const leases = site.azure.journal.entries.filter(
    ({ method, path }) => method === 'PUT' && path.includes('comp=lease'),
  );
  expect(leases.length % 2).toBe(0);
  return result;
}

/** Another run of the workflow than the one that Local Azure's variables name. */
const laterRun = { environment: { GITHUB_RUN_ID: '7000000002' } };

describe('a deploy that is cut off again and again', () => {
  it('takes over what Azure went on to make, and ends with an empty plan', async () => {
    let takenOver = 0;
    const writesSince = (from: number) => (): number => writes() - from;
    const cuts = [
      (since: () => number) => since() >= 4,
      () => written('/azureFirewalls/').length > 0,
      (since: () => number) => since() >= 25,
    ];
    for (const [at, cut] of cuts.entries()) {
      const since = writesSince(writes());
      const cancel = new AbortController();
      const running = site.step('deploy', { stages: 'network' }, { cancelled: cancel.signal });
      const early = await Promise.race([running, until(() => cut(since))]);
      expect(early?.log.slice(-2500)).toBeUndefined();
      cancel.abort();
      const { log } = await stopped(running);
      takenOver += log.split('made by an earlier run: taken over').length - 1;
      // What needs the firewall is never begun by a run that is stopped while it is made.
      if (at === 1) expect(log).toContain('Cancelled during: Applying the plan');
      if (at < 2) expect(written('/routeTables/')).toEqual([]);
    }
    await lost();
    const { environment, world } = site.azure;
    const run = `${environment['GITHUB_RUN_ID']}/${environment['GITHUB_RUN_ATTEMPT'] ?? '1'}`;
    endedRuns(world).set(run, new Date().toISOString());
    const token = { 'github-token': environment['GITHUB_TOKEN'] ?? '' };
    const last = await site.step('deploy', { stages: 'network', ...token }, laterRun);
    expect(last.log).toMatch(/The state was locked since .*: it is released\./);
    expect(last.code === 0 || last.log.slice(-4000)).toBe(true);
    takenOver += last.log.split('made by an earlier run: taken over').length - 1;
    expect(takenOver).toBeGreaterThan(0);
    expect(await planChanges()).toBe('false');
  }, 240_000);
});

/** Reading the state gives one without resources, until Terraform writes it anew: as if all of it were lost. */
function loseState(world: World): void {
  const service = blobServiceOf(world);
  let lost = true;
  world.data.set('blob-service', {
    ...service,
    send: async (request: Parameters<typeof service.send>[0]) => {
      const isState = request.target.startsWith('/tfstate/demo.tfstate');
      if (isState && request.method === 'PUT' && request.body.includes('"resources"')) lost = false;
      const answer = await service.send(request);
      if (!lost || !isState || request.method !== 'GET' || answer.status !== 200) return answer;
      const { lineage } = JSON.parse(answer.body.toString()) as { lineage: string };
      const bare = { version: 4, terraform_version: '1.11.0', serial: 1, lineage };
      const body = Buffer.from(JSON.stringify({ ...bare, outputs: {}, resources: [] }));
      const headers = Object.entries(answer.headers).filter(([name]) => !/md5/i.test(name));
      const length = { 'content-length': String(body.length) };
      return { ...answer, headers: { ...Object.fromEntries(headers), ...length }, body };
    },
  });
}

describe('an environment whose state is lost', () => {
  it('is refused while somebody’s data lie in it', async () => {
    const { world } = site.azure;
    loseState(world);
    const { code, log } = await site.step('deploy', { stages: 'network' });
    expect(code).toBe(1);
    expect(log).toMatch(
      /azurerm_storage_account\.this: \S+: it holds containers already: datasets/,
    );
    expect(log).toContain('Nothing was changed.');
  }, 120_000);

  it('is taken over whole, each resource by the id that a deploy had given it', async () => {
    const { world } = site.azure;
    for (const { id } of world.resources.ofType(
      'Microsoft.Storage/storageAccounts/blobServices/containers',
    )) {
      if (id.endsWith('/datasets')) world.resources.delete(id);
    }
    const from = site.azure.journal.entries.length;
    const { code, log } = await site.step('deploy', { stages: 'network' });
    expect(code === 0 || log.slice(-4000)).toBe(true);
    const planned = /Plan: (.*)\./.exec(log)?.[1];
    expect(planned).not.toMatch(/to add|to destroy|to create/);
    expect(await planChanges()).toBe('false');
    const deleted = site.azure.journal.entries
      .slice(from)
      .filter(({ method, host }) => method === 'DELETE' && host === 'management.azure.com');
    expect(deleted).toEqual([]);
  }, 240_000);
});
