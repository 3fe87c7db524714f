import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cutKinds } from '../support/cuts/cut.ts';
import { openPhases, phases } from '../support/cuts/moment.ts';
import { temporaryFolder } from '../support/site.ts';
import { chainOf, instantsOf, usualCount } from './instants.ts';
import { keepResult, keyOf, readResults, resultTable } from './results.ts';
import type { Outcome } from './results.ts';

let folder: string;
let remove: () => void;
beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
});
afterEach(() => remove());

const outcome: Outcome = {
  time: '2026-01-01T00:00:00.000Z',
  ...{ kind: 'int', number: 3, moment: { phase: 'plan', requests: 4, milliseconds: 5 } },
  ...{ seed: 1, instants: 200, pace: 0.005, problems: [], struck: true, signals: ['SIGINT'] },
  ...{ stoppedAfter: 1234, takenOver: 7, createdTwice: [], seconds: 12 },
};

describe('the instants of a sweep', () => {
  it('follow from the seed alone', () => {
    expect(instantsOf('int', 200, 1)).toEqual(instantsOf('int', 200, 1));
    expect(instantsOf('int', 200, 1)).not.toEqual(instantsOf('int', 200, 2));
    expect(chainOf(1)).toEqual(chainOf(1));
    expect(chainOf(1)).not.toEqual(chainOf(2));
  });

  it('cut every part of a deploy by both signals', () => {
    for (const kind of ['int', 'term'] as const) {
      const cut = new Set(instantsOf(kind, 200, 1).map(({ moment }) => moment.phase));
      expect([...cut]).toEqual(phases);
    }
  });

  it.each(['kill', 'post', 'lost-answer'] as const)('meet every request by %s', (kind) => {
    const moments = instantsOf(kind, usualCount(kind), 1).map(({ moment }) => moment);
    for (const phase of new Set(moments.map((one) => one.phase))) {
      const requests = moments.filter((one) => one.phase === phase).map((one) => one.requests);
      expect(requests).toEqual(Array.from({ length: requests.length }, (_, index) => index + 1));
    }
    expect(moments.at(-1)?.requests).toBe(kind === 'lost-answer' ? 110 : 350);
  });

  it.each([1, 2, 3, 4, 5])('are twenty in a chain, in the order of a deploy (seed %s)', (seed) => {
    const chain = chainOf(seed);
    const order = chain.map(({ moment }) => phases.indexOf(moment.phase));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    const kinds = chain.map(({ kind }) => kind);
    expect(kinds).toHaveLength(20);
    for (const kind of ['int', 'term', 'kill', 'post']) expect(kinds).toContain(kind);
  });
});

describe('the phases of a deploy', () => {
  it('are told apart by its requests', () => {
    const phaseOf = openPhases();
    const arm = 'management.azure.com';
    const blob = 'x.blob.core.windows.net';
    const seen = [
      ['PUT', arm, '/subscriptions/1/resourceGroups/state'],
      ['GET', blob, '/tfstate/demo.terraform.lock.hcl'],
      ['PUT', blob, '/tfstate/runs/demo/1.json'],
      ['DELETE', blob, '/tfstate/runs/demo/1.json'],
      ['PUT', arm, '/subscriptions/1/resourceGroups/innereye-demo'],
      ['GET', arm, '/subscriptions/1/resourceGroups/innereye-demo'],
      ['DELETE', blob, '/tfstate/runs/demo/2.json'],
    ].map(([method = '', host = '', path = '']) => phaseOf({ method, host, path }));
    expect(seen).toEqual(['login', 'init', 'plan', 'plan', 'apply', 'apply', 'outputs']);
  });
});

describe('the results of a sweep', () => {
  it('are kept by cut, the last one counts, and a line that was cut off is passed over', () => {
    const before = '2025-12-31T00:00:00.000Z';
    keepResult(folder, '3/8', { ...outcome, time: before, problems: ['locked'] });
    keepResult(folder, '1/8', outcome);
    keepResult(folder, '2/8', { ...outcome, number: 4 });
    appendFileSync(join(folder, 'int-1-of-8.ndjson'), '{"kind":"int","num');
    const results = readResults(folder);
    expect(results.size).toBe(2);
    expect(results.get(keyOf(outcome))).toEqual(outcome);
  });

  it('are a table with a row for each kind', () => {
    const failed: Outcome = { ...outcome, number: 4, problems: ['x'], stoppedAfter: 8000 };
    const late: Outcome = { ...outcome, number: 5, struck: false, signals: [] };
    const lines = resultTable([outcome, failed, late]).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('| int | 3 | 2 | 1 | 0 | 2 of 2 | 14 | 0 | 8.0 s | 1 |');
    expect(resultTable(cutKinds.map((kind) => ({ ...outcome, kind }))).split('\n')).toHaveLength(7);
  });
});
