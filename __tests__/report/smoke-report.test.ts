import { describe, expect, it } from '@jest/globals';
import { smokeEvidence } from '../../src/report/smoke-evidence.ts';
import { smokeReport } from '../../src/report/smoke-report.ts';
import { causeOf } from '../../src/smoke/causes.ts';
import { contract, segmentationRung, startRung } from '../../src/smoke/contract.ts';
import type { Smoke } from '../../src/smoke/index.ts';
import type { Verdict } from '../../src/smoke/judge.ts';
import { running, sight, sound } from '../support/contract-app.ts';

const key = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const run = 'main_1795356885_5c4f8f8b';
const passes = contract.map((rung): Verdict => {
  const seen = sound[rung.name];
  if (seen === undefined) throw new Error(rung.name);
  return { rung, sight: seen, faults: [], cause: undefined };
});
const paid: readonly Verdict[] = [
  {
    rung: startRung('start-series', 'HelloWorld:3', Buffer.alloc(2496), 'a run begins'),
    ...{ sight: running.started('start-series', run), faults: [], cause: undefined, run },
  },
  {
    ...{ rung: segmentationRung(run), sight: running.zip, faults: [], cause: undefined },
    ...{ run, runSeconds: 412.3, remark: '384012 bytes; regions region, region_1' },
  },
];
const free: Smoke = { level: 'contract', model: undefined, verdicts: passes };
const full: Smoke = {
  level: 'full',
  model: { name: 'HelloWorld', version: '3' },
  verdicts: [...passes, ...paid],
};
const page = `<html><title>Echo | x</title> you sent ${key} ::error:: @somebody <script>alert(1)</script></html>`;
const broken: Smoke = {
  ...free,
  verdicts: passes.map((verdict) => {
    if (verdict.rung.key !== 'right') return verdict;
    const answer = sight('', 403, 'text/html', page, { server: 'Kestrel' });
    return {
      ...verdict,
      sight: answer,
      faults: ['status 403 instead of 200'],
      cause: causeOf('wrong-key'),
    };
  }),
};

describe('the report of a smoke test', () => {
  it('has a row for each rung, with time, result and what a pass proves', () => {
    const { summary, failure } = smokeReport(free, 'app.test');
    expect(failure).toBeUndefined();
    expect(summary).toContain('## Smoke test of app.test: passed');
    expect(summary).toContain('Level contract: 10 answers that cost nothing.');
    expect(summary).toContain('| health | GET / | pass | 0.05 | the app runs');
    expect(summary.match(/\| pass \|/g)).toHaveLength(10);
    expect(summary).not.toContain('What failed');
  });

  it('tells of a full one the model, the runs and the seconds from start to result', () => {
    const { summary } = smokeReport(full, 'app.test');
    expect(summary).toContain(`Level full, with the model HelloWorld:3. Runs: \`${run}\`; their`);
    expect(summary).toContain('| GET /v1/model/results/&lt;run&gt; |');
    expect(summary).toContain('| 0.05, run 412 |');
    expect(summary).toContain('pass: 384012 bytes; regions region, region\\_1');
  });

  it('says where a full one did not get as far as the model', () => {
    const { summary } = smokeReport({ ...broken, level: 'full' }, 'app.test');
    expect(summary).toContain('Level full, but no image was sent');
  });

  it('shows of a failure the request, the answer, the cause and the next step', () => {
    const { summary, failure } = smokeReport(broken, 'app.test');
    expect(summary).toContain('## Smoke test of app.test: FAILED');
    expect(summary).toContain('`GET /v1/ping with the key`');
    expect(summary).toContain('`403, text/html, Kestrel: ');
    // One cause of three answers is told once.
    expect(summary.split('**Likely cause:** wrong key')).toHaveLength(2);
    expect(summary).toContain('**Next step:** the key was changed');
    expect(failure).toBe(
      'The inference service broke its contract in 3 of 10 answers; first ping: status 403 instead of 200. ' +
        `Likely cause: ${causeOf('wrong-key').what}. What to do: ${causeOf('wrong-key').next}.`,
    );
  });

  it('shows neither a key that an app sends back, nor what acts', () => {
    const { summary, failure = '' } = smokeReport(broken, 'app.test');
    const evidence = JSON.stringify(smokeEvidence(broken));
    for (const text of [summary, failure, evidence]) {
      expect(text).not.toMatch(/7c9e6679|::error::/);
    }
    // In a code span of one cell nothing begins.
    for (const row of summary.split('\n').filter((line) => line.includes('Kestrel'))) {
      expect(row.match(/(?<!\\)\|/g)).toHaveLength(4);
      expect(row).toContain('`403, text/html, Kestrel: <html>');
    }
  });
});

describe('the evidence of a smoke test', () => {
  it('lists each request with its result, and the answer only where it was wrong', () => {
    const evidence = smokeEvidence(broken) as {
      passed: number;
      failed: number;
      rungs: { name: string }[];
    };
    expect(evidence).toMatchObject({ level: 'contract', passed: 7, failed: 3 });
    const find = (name: string): unknown => evidence.rungs.find((one) => one.name === name);
    expect(find('health')).toEqual({
      ...{ name: 'health', request: 'GET /', key: 'none', status: 200, seconds: 0.05, faults: [] },
      proves: 'the app runs, signs in and sees its workspace',
    });
    expect(find('ping')).toMatchObject({
      ...{ key: 'right', status: 403, faults: ['status 403 instead of 200'] },
      ...{ answer: expect.stringContaining('403, text/html'), cause: { name: 'wrong-key' } },
    });
  });

  it('names the model, the run and its seconds', () => {
    expect(smokeEvidence(full)).toMatchObject({ level: 'full', model: 'HelloWorld:3', passed: 12 });
    expect(JSON.stringify(smokeEvidence(full))).toContain('"runSeconds":412.3');
  });
});
