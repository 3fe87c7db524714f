import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { workflowRun } from '../support/cuts/cut.ts';
import { createdTwice, idsIn, problemsAfter } from '../support/cuts/healed.ts';
import { watchState } from '../support/cuts/state-watch.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite({ pace: 0.05 });
});
afterAll(() => site.close());

it('lets one of two deploys wait that run at once, and creates nothing twice', async () => {
  const state = watchState(site.azure.world);
  const before = idsIn(site.azure.world);
  const both = await Promise.all(
    [1, 2].map(async (number) => {
      const { inputs, environment } = workflowRun(site, number);
      return site.step('deploy', { stages: 'network', ...inputs }, { environment });
    }),
  );
  // The state may have moved between the plan and the apply of the one that waited: it is told so then.
  const bad = both.filter(({ code }) => code !== 0);
  for (const { log } of bad)
    expect(log).toMatch(/Saved plan is stale[^]*run the same command again/);
  expect(bad.length).toBeLessThan(2);
  expect(both.some(({ log }) => log.includes('is locked since'))).toBe(true);
  for (const result of both) expect(createdTwice(result, before, state)).toEqual([]);
  const { inputs, environment } = workflowRun(site, 3);
  const last = await site.step('deploy', { stages: 'network', ...inputs }, { environment });
  expect(await problemsAfter(last, site, state)).toEqual([]);
}, 300_000);
