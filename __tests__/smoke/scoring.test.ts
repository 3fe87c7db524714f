import { describe, expect, it } from '@jest/globals';
import type { Look, Sight, Vantage } from '../../src/network/vantage.ts';
import type { About, Facts } from '../../src/smoke/facts.ts';
import { DEADLINE_SECONDS, score } from '../../src/smoke/scoring.ts';
import { running, sight, unreached } from '../support/contract-app.ts';
import { outputs } from '../support/settings.ts';
import { keptLog } from '../support/azure-tools.ts';
import { resultZip } from './structure-sets.ts';

const model = { name: 'HelloWorld', version: '3' };
const ids = {
  'start-no-zip': 'main_1795356885_00000001',
  'start-series': 'main_1795356885_00000002',
};
const zip = resultZip();
const { pending, badZip, error } = running;

interface World {
  /** Answers to the questions for the two results, one per poll; the last one stays. */
  readonly noZip?: readonly Sight[];
  readonly series?: readonly Sight[];
  readonly starts?: Readonly<Record<string, Sight>>;
  readonly facts?: Facts;
}

/** Scores against scripted answers, with a clock that a sleep moves. */
async function scored({
  noZip = [badZip],
  series = [running.zip],
  starts = {},
  facts = {},
}: World) {
  const looks: Look[] = [];
  const about: About[] = [];
  const begun: string[] = [];
  const log = keptLog();
  let now = 0;
  const polls = { 'bad-zip': 0, segmentation: 0 };
  const answerTo = (look: Look): Sight => {
    if (look.slice !== undefined) {
      const bytes = zip.subarray(look.slice.from, look.slice.from + look.slice.most);
      return { ...running.zip, slice: { bytes, size: zip.length } };
    }
    const started = new Map<string, string>(Object.entries(ids)).get(look.name);
    if (started !== undefined) return starts[look.name] ?? running.started(look.name, started);
    const script = look.name === 'bad-zip' ? noZip : series;
    const at = polls[look.name as keyof typeof polls]++;
    return script[Math.min(at, script.length - 1)] ?? pending;
  };
  const vantage: Vantage = {
    look: async (wanted) => {
      looks.push(...wanted);
      return wanted.map((one) => ({ ...answerTo(one), name: one.name }));
    },
  };
  const clock = { now: () => now, sleep: async (seconds: number) => void (now += seconds * 1000) };
  const verdicts = await score({
    ...{ vantage, target: outputs(), model, tools: { clock, log } },
    ask: async (one) => (about.push(one), facts),
    begun: (run) => begun.push(run),
  });
  return { verdicts, looks, about, begun, log, seconds: now / 1000 };
}

const causesOf = ({ verdicts }: Awaited<ReturnType<typeof scored>>) =>
  verdicts.flatMap(({ rung, cause }) => (cause === undefined ? [] : [[rung.name, cause.name]]));

describe('sending images through the model', () => {
  it('starts both runs at once, with the key by reference and the image as bytes', async () => {
    const { looks, begun } = await scored({});
    const [noZip, series] = looks;
    expect([noZip, series].map((look) => new URL(look?.url ?? '').pathname)).toEqual([
      '/v1/model/start/HelloWorld:3',
      '/v1/model/start/HelloWorld:3',
    ]);
    expect(String(noZip?.body)).toBe('These bytes are no zip.\n');
    expect(
      Buffer.from(series?.body ?? '')
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
    expect(noZip?.secretHeader?.secret).toBe('inference-api-key');
    expect(begun).toEqual(Object.values(ids));
  });

  it('passes where one ends in 400 and the other in a structure set, with the seconds that took', async () => {
    const { verdicts, about, log, seconds } = await scored({
      noZip: [pending, badZip],
      series: [pending, pending, pending, running.zip],
    });
    expect(verdicts.map(({ rung, faults }) => [rung.name, faults.length])).toEqual([
      ['start-no-zip', 0],
      ['start-series', 0],
      ['bad-zip', 0],
      ['segmentation', 0],
    ]);
    expect(verdicts[3]?.runSeconds).toBe(seconds);
    expect(verdicts[3]?.remark).toBe(`${zip.length} bytes; regions region, region_1`);
    expect(about).toEqual([]);
    expect(log.lines.filter((line) => line.includes('Runs:'))).toHaveLength(4);
  });

  it('asks no more about a run that has ended, and waits up to half a minute between questions', async () => {
    const { looks, seconds } = await scored({
      series: [...Array<Sight>(20).fill(pending), running.zip],
    });
    expect(looks.filter(({ name }) => name === 'bad-zip')).toHaveLength(1);
    expect(seconds / 20).toBeGreaterThan(15);
    expect(seconds / 20).toBeLessThan(30);
  });

  it('forgives an answer that is wrong twice, and not three times', async () => {
    const twice = [error, unreached(''), pending, error, running.zip];
    expect(causesOf(await scored({ series: twice }))).toEqual([]);
    const thrice = await scored({ series: [error, error, error], facts: { job: 'Failed' } });
    expect(causesOf(thrice)).toEqual([['segmentation', 'run-failed']]);
    expect(thrice.about).toEqual([{ run: ids['start-series'] }]);
  });

  it.each([
    ['Canceled', 'run-cancelled'],
    ['Failed', 'run-failed'],
    ['Running', 'app-failed'],
    [undefined, 'app-failed'],
  ])('names what became of a run that is %s', async (job, cause) => {
    const found = await scored({ noZip: [error], facts: { job } });
    expect(causesOf(found)).toEqual([['bad-zip', cause]]);
  });

  it.each([
    ['Queued', 'no-node'],
    ['Running', 'too-slow'],
    [undefined, 'too-slow'],
  ])('gives up after the deadline: %s', async (job, cause) => {
    const found = await scored({ series: [pending], facts: { job } });
    expect(causesOf(found)).toEqual([['segmentation', cause]]);
    expect(found.seconds).toBeGreaterThanOrEqual(DEADLINE_SECONDS);
    expect(found.seconds).toBeLessThan(DEADLINE_SECONDS + 60);
    expect(found.verdicts.at(-1)?.faults[0]).toMatch(/^no result after 36\d\d s$/);
  });

  it('looks at every pending answer: one with a body is none', async () => {
    const odd = sight('', 202, 'application/json', '{}');
    expect(causesOf(await scored({ series: [odd] }))).toEqual([['segmentation', 'other-app']]);
  });

  const failedStart: readonly (readonly [string, Facts, string])[] = [
    ['no such model', { model: 'missing' }, 'model-missing'],
    ['a model without the tag', { model: 'untagged', cluster: 'missing' }, 'model-untagged'],
    [
      'an environment that is missing',
      { model: 'there', environment: 'missing' },
      'environment-missing',
    ],
    ['a cluster that is gone', { model: 'there', cluster: 'missing' }, 'cluster-gone'],
    ['a cluster that failed', { cluster: 'failed' }, 'cluster-broken'],
    ['no datastore', { datastore: 'missing' }, 'datastore-missing'],
    ['a datastore without a key', { datastore: 'keyless' }, 'datastore-keyless'],
    [
      'a workspace without its endpoint',
      { workspaceEndpoint: 'missing', cluster: 'missing' },
      'workspace-endpoint',
    ],
    ['nothing that Azure tells', {}, 'app-failed'],
  ];

  it.each(failedStart)('asks Azure why a start failed: %s', async (_what, facts, cause) => {
    const found = await scored({ starts: { 'start-no-zip': error, 'start-series': error }, facts });
    expect(causesOf(found)).toEqual([
      ['start-no-zip', cause],
      ['start-series', cause],
    ]);
    expect(found.about).toEqual([{ model }, { model }]);
    expect(found.begun).toEqual([]);
  });

  it('waits for the run that did begin where the other did not', async () => {
    const missing = sight('', 404, 'application/json', '{}');
    const found = await scored({ starts: { 'start-no-zip': missing } });
    expect(causesOf(found)).toEqual([['start-no-zip', 'model-missing']]);
    expect(found.verdicts.at(-1)).toMatchObject({ rung: { name: 'segmentation' }, faults: [] });
  });

  it('takes no id of a run that it could not ask about, and says so of an answer that never came', async () => {
    const hostile = running.started('', '../../v1/ping?x=main_1795356885_00000001');
    const found = await scored({
      starts: { 'start-no-zip': hostile, 'start-series': unreached('') },
    });
    expect(causesOf(found)).toEqual([
      ['start-no-zip', 'other-version'],
      ['start-series', 'answer-lost'],
    ]);
    expect(found.begun).toEqual([]);
  });
});
