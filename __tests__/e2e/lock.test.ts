import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { workflowRun } from '../support/cuts/cut.ts';
import { killAllAt } from '../support/cuts/processes.ts';
import type { Site } from '../support/site.ts';
import { openSite, until } from '../support/site.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite({ pace: 0.02 });
});
afterAll(() => site.close());

const seen = (part: string): number =>
  site.azure.journal.entries.filter(({ path }) => path.includes(part)).length;

it('says at once whom a run waits for at the lock, and ends at once where it is cancelled', async () => {
  const lost = new AbortController();
  const holder = site.step('deploy', { stages: 'network' }, { lost: lost.signal });
  await until(() => seen('comp=metadata') > 0);
  lost.abort();
  killAllAt(`${site.folder}/runner`);
  await holder;

  const second = workflowRun(site, 2);
  const cancel = new AbortController();
  const running = site.step(
    'deploy',
    { stages: 'network', ...second.inputs },
    { environment: second.environment, cancelled: cancel.signal },
  );
  await until(() => seen('/attempts/') > 1);
  cancel.abort();
  const { code, log, signals, summary } = await running;
  expect([code, signals]).toEqual([1, ['SIGINT']]);
  expect(log).toMatch(
    /is locked since .* UTC by \S+ \(init\), by \S+\/runs\/\d+\/attempts\/1: GitHub says that it is still going on\. Waiting for it until \d\d:\d\d UTC\./,
  );
  const last = 'Cancelled: deploy of "demo", during: plan. Nothing of the environment was changed.';
  expect(log).toContain(`${last}\nNext: run the same command again`);
  expect(summary).toContain(`**${last}**`);
}, 120_000);
