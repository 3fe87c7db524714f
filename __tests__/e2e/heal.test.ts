import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blobServiceOf } from '../../local-azure/azurite/process.ts';
import type { World } from '../../local-azure/world.ts';
import { cutDeploy, workflowRun } from '../support/cuts/cut.ts';
import { createdTwice, idsIn, problemsAfter, takenOver } from '../support/cuts/healed.ts';
import { watchState } from '../support/cuts/state-watch.ts';
import type { StateWatch } from '../support/cuts/state-watch.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';
import { chainOf } from '../sweep/instants.ts';

let site: Site;
let state: StateWatch;

beforeAll(async () => {
  site = await openSite({ pace: 0.005 });
  state = watchState(site.azure.world);
});
afterAll(() => site.close());

/** What needs the firewall is never begun by a run that is stopped while it is made. */
function begunTooEarly({ resources }: World): boolean {
  const made = resources
    .ofType('Microsoft.Network/azureFirewalls')
    .some(({ properties }) => properties['provisioningState'] === 'Succeeded');
  return !made && resources.ofType('Microsoft.Network/routeTables').length > 0;
}

// A part of `npm run test:sweep`, where each cut has an environment of its own; here one environment
// is cut off twenty times in a row, and each run has to begin with what the last ones left. The same
// cuts each time, so that a red one is the change's doing; `SWEEP_SEED` chooses others.
const seed = Number(process.env['SWEEP_SEED'] ?? 1);

describe(`a deploy that is cut off again and again (SWEEP_SEED=${seed})`, () => {
  it('stops at one signal, takes over what Azure went on to make, and ends with an empty plan', async () => {
    const { world } = site.azure;
    let [struck, taken] = [0, 0];
    for (const { kind, number, moment } of chainOf(seed)) {
      const before = idsIn(world);
      const run = workflowRun(site, number + 1);
      const cut = await cutDeploy(site, state, kind, moment, run);
      // To GitHub a run is over by whatever it ended.
      run.end();
      const twice = createdTwice(cut.result, before, state);
      const early = begunTooEarly(world);
      const seen = { number, kind, moment, seed, twice, early, problems: cut.problems };
      expect(seen).toEqual({ ...seen, twice: [], early: false, problems: [] });
      if (cut.struck) struck += 1;
      taken += takenOver(cut.result.log);
    }
    expect(struck).toBeGreaterThanOrEqual(12);
    const before = idsIn(world);
    const { inputs, environment } = workflowRun(site, 99);
    const last = await site.step('deploy', { stages: 'network', ...inputs }, { environment });
    expect(createdTwice(last, before, state)).toEqual([]);
    expect(await problemsAfter(last, site, state)).toEqual([]);
    expect(taken + takenOver(last.log)).toBeGreaterThan(0);
  }, 1_800_000);
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
  }, 600_000);

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
    expect((await site.step('plan')).outputs['changes']).toBe('false');
    const deleted = site.azure.journal.entries
      .slice(from)
      .filter(({ method, host }) => method === 'DELETE' && host === 'management.azure.com');
    expect(deleted).toEqual([]);
  }, 600_000);
});
