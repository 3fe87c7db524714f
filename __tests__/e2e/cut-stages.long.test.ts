import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildContractPackage } from '../../local-azure/contract-app/index.ts';
import { cutDeploy, workflowRun } from '../support/cuts/cut.ts';
import type { CutKind } from '../support/cuts/cut.ts';
import { wholeOf } from '../support/cuts/healed.ts';
import { watchState } from '../support/cuts/state-watch.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';

const CUTS = 12;

const kinds: readonly CutKind[] = ['int', 'term', 'post', 'kill'];

let site: Site;
/** What an undisturbed deploy leaves. */
let whole: readonly string[];

const inputsAt = async ({ folder }: Site): Promise<Record<string, string>> => ({
  'inference-package': await buildContractPackage(folder),
  'instance-user': 'dddddddd-0000-0000-0000-000000000001',
});

beforeAll(async () => {
  const other = await openSite({ pace: 0.005 });
  const { code, log } = await other.step('deploy', await inputsAt(other));
  if (code !== 0) throw new Error(log.slice(-3000));
  whole = madeIn(other);
  await other.close();
  site = await openSite({ pace: 0.005 });
}, 300_000);
afterAll(() => site.close());

/** What Azure has, but for the deployments of templates and of the app: one for each run that made one. */
function madeIn({ azure }: Site): readonly string[] {
  const { resources } = wholeOf(azure.world, watchState(azure.world));
  return resources.filter((id) => !id.includes('/deployments/'));
}

/** ARM paths that were asked by a method, from an entry of the journal on. */
const asked = (method: string, from = 0): string[] =>
  site.azure.journal.entries
    .slice(from)
    .filter((entry) => entry.method === method && entry.host === 'management.azure.com')
    .map(({ path }) => path.split('?')[0] ?? '');

describe('a deploy of all stages that is cut off again and again', () => {
  it('stops at one signal, and is finished by a plain one, which is then repeated for nothing', async () => {
    const state = watchState(site.azure.world);
    const inputs = { ...(await inputsAt(site)), stages: '' };
    const network = await site.step('deploy', { stages: 'network' });
    expect(network.code === 0 || network.log.slice(-3000)).toBe(true);
    let struck = 0;
    for (let number = 0; number < CUTS; number += 1) {
      const run = workflowRun(site, number + 1);
      const kind = kinds[number % kinds.length] ?? 'int';
      // Each run has less left to do than the one before.
      const requests = 1 + ((number * 7) % 23);
      const moment = { phase: 'apply', requests, milliseconds: (number * 37) % 100 } as const;
      const own = { ...run, inputs: { ...run.inputs, ...inputs } };
      const cut = await cutDeploy(site, state, kind, moment, own);
      run.end();
      const done = cut.result.code === 0 && !/: cancelled after/.test(cut.result.log);
      // Only the probe machine was still to be put back; what is left of that, the run says.
      const problems = cut.problems.filter((one) => !(done && one.startsWith('ended green')));
      expect({ number, kind, moment, problems }).toEqual({ number, kind, moment, problems: [] });
      if (cut.struck && !done) struck += 1;
    }
    const { inputs: token, environment } = workflowRun(site, 99);
    const last = await site.step('deploy', { ...inputs, ...token }, { environment });
    expect(last.code === 0 || last.log.slice(-3000)).toBe(true);
    expect(madeIn(site)).toEqual(whole);
    expect(state.isLocked()).toBe(false);
    // Its looks from inside, and the right that it gives itself on the images' account for a moment.
    const passing =
      /\/runCommands\/innereye-|\/storageAccounts\/demoim\w+\/providers\/[^/]+\/roleAssignments\//;
    expect(asked('DELETE').filter((path) => !passing.test(path))).toEqual([]);
    const from = site.azure.journal.entries.length;
    const again = await site.step('deploy', { ...inputs, ...token }, { environment });
    expect(again.code === 0 || again.log.slice(-3000)).toBe(true);
    expect(asked('PUT', from).filter((path) => !passing.test(path))).toEqual([]);
    expect(struck).toBeGreaterThan(CUTS / 3);
  }, 1_800_000);
});
