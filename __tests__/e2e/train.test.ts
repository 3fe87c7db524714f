import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JobFault } from '../../local-azure/operations/machine-learning/job-faults.ts';
import { faultJobs } from '../../local-azure/operations/machine-learning/job-faults.ts';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import type { Site } from '../support/site.ts';
import { openSite, until } from '../support/site.ts';

const image = `ghcr.io/owner/innereye@sha256:${'0123456789abcdef'.repeat(4)}`;
let site: Site;

beforeAll(async () => {
  site = await openSite();
  const { code, log } = await site.step('deploy', { stages: 'network' });
  if (code !== 0) throw new Error(log);
}, 120_000);
afterAll(() => site.close());

/** From here on what Azure does takes time, so that a job can be seen on its way. */
const takeTime = (pace: number): void => void Object.assign(site.azure.world, { pace });

/** A training of its own: other arguments are another job. */
let count = 0;
const training = (faults: readonly JobFault[], options = {}): Promise<StepResult> => {
  count += 1;
  const job = /^helloworld-/;
  faultJobs(site.azure.world, ...faults.map((fault) => ({ job, nth: 1, fault })));
  const inputs = { image, 'training-arguments': `--random_seed=${count}` };
  return site.step('train', inputs, options);
};
const requests = (method: string, part: string) =>
  site.azure.journal.entries.filter((one) => one.method === method && one.path.includes(part));
/** Lines of the job's log as the step showed them. */
const shown = ({ log }: StepResult) =>
  log
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.slice(2));

describe('a training', () => {
  it('is refused without a cluster, before the image is brought', async () => {
    const { code, log } = await site.step('train', { image });
    expect(code).toBe(1);
    expect(log).toMatch(/has no compute cluster demo-\S+ to train on/);
    expect(requests('POST', '/importImage')).toEqual([]);
  }, 60_000);

  it('is followed to a registered model, with its log, its figures and its curve', async () => {
    const deployed = await site.step('deploy', { stages: 'compute' });
    expect({ code: deployed.code, log: deployed.code === 0 ? '' : deployed.log }).toMatchObject({
      code: 0,
    });
    takeTime(0.003);
    const result = await training([
      { kind: 'log-in-pieces', bytes: 7 },
      { kind: 'log-expires', seconds: 5 },
    ]);
    expect({ code: result.code, log: result.code === 0 ? '' : result.log }).toEqual({
      code: 0,
      log: '',
    });
    expect(result.outputs).toMatchObject({
      'model-name': 'HelloWorld',
      'model-version': '1',
      'mean-dice': '0.467572',
    });
    expect(result.outputs['studio-link']).toMatch(/^https:\/\/ml\.azure\.com\/runs\/helloworld-/);
    expect(result.log).toMatch(
      /Job: (Preparing|Queued|Starting|Running), \d+ s\.[^]*Job: Completed, \d+ s\./,
    );
    expect(shown(result).filter((line) => line.includes('Mean Dice: 0.467572'))).toHaveLength(1);
    expect(new Set(shown(result)).size).toBe(shown(result).length);
    expect(result.summary).toContain('xychart-beta');
    expect(result.summary).toContain('| registered model | HelloWorld:1 |');
    expect(result.summary).toContain('| `region_1` |');
    expect(result.log).not.toContain('sig=');
  }, 120_000);

  it('that fails after it has registered its model names that model, the cause and the end of its log', async () => {
    const message = 'Execution failed. User process exited with status code 1.';
    const line = 'OSError: [Errno 28] No space left on device';
    const result = await training([{ kind: 'fail', after: 0.9, message, line }]);
    expect(result.code).toBe(1);
    expect(result.log).toContain(`AML says UserError: ${message}`);
    expect(result.log).toContain('The model HelloWorld:2 had been registered by then and exists');
    expect(result.log).toContain(`\n| ${line}\nNext: the disk of the node is full`);
    expect(result.summary).toContain('## Training of HelloWorld: not ended well');
    expect(result.outputs).toMatchObject({ 'model-version': '2' });
  }, 120_000);

  it('is cancelled with the run, at once', async () => {
    takeTime(0.05);
    const cancel = new AbortController();
    const running = training([], { cancelled: cancel.signal });
    await until(
      () =>
        requests('GET', '/jobs/').some(({ status }) => status === 200) &&
        requests('PUT', '/jobs/').length === 3,
    );
    cancel.abort();
    const { code, signals, log } = await running;
    expect(code).not.toBe(0);
    expect(log).toContain('Cancelling the job.');
    expect(signals).toEqual(['SIGINT']);
    expect(requests('POST', '/cancel')).toHaveLength(1);
  }, 120_000);

  it('asks nothing of Azure that Local Azure does not know', () => {
    expect(site.azure.journal.unknown).toEqual([]);
  });
});
