import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Secret } from '../../../src/secret.ts';
import type { Blobs } from '../../../src/state/blobs.ts';
import type { State } from '../../../src/state/index.ts';
import { underLock } from '../../../src/state/lock/index.ts';
import type { StateLock } from '../../../src/state/lock/lease.ts';
import { workshop } from '../../support/workshop.ts';

const START = Date.parse('2026-11-22T20:00:00Z');
const minute = (after: number): string => new Date(START + after * 60_000).toISOString();

let blobs: Map<string, string>;
let lock: StateLock | 'unknown' | undefined;
let released: string[];
/** Attempts by `run/attempt`: when they ended, or that they go on. */
let runs: Map<string, string>;
let asked: number;

beforeEach(() => {
  [blobs, lock, released, runs, asked] = [new Map(), undefined, [], new Map(), 0];
});

const store: Blobs = {
  read: async (name) => {
    const text = blobs.get(name);
    return text === undefined ? undefined : Buffer.from(text);
  },
  write: async (name, content) => void blobs.set(name, content.toString()),
  list: async (prefix = '') => [...blobs.keys()].filter((name) => name.startsWith(prefix)),
  delete: async (name) => void blobs.delete(name),
};

async function enter(token = 'token') {
  const place = workshop({
    github: async () => ({
      request: async (_method, path) => {
        asked += 1;
        const key = /runs\/(\d+)\/attempts\/(\d+)$/.exec(path)?.slice(1).join('/') ?? '';
        const end = runs.get(key);
        if (end === undefined) return { status: 404, json: {} };
        const json = end === 'alive' ? { status: 'in_progress' } : { status: 'completed' };
        return { status: 200, json: { ...json, updated_at: end } };
      },
    }),
  });
  const state = {
    blobs: store,
    lock: {
      read: async () => lock,
      release: async ({ id }: StateLock) => {
        released.push(id);
        return true;
      },
    },
  } as unknown as State;
  const settings = { environment: 'demo', githubToken: new Secret(token, () => undefined) };
  let during = '';
  await underLock(state, settings, place.tools, async () => {
    during = [...blobs].find(([name]) => name.startsWith('runs/demo/4711'))?.[1] ?? '';
  });
  return { during, log: place.log.join('\n') };
}

const locked = (after: number, who = 'runner@machine'): StateLock => ({
  ...{ id: 'lease', operation: 'OperationTypeApply', who, created: minute(after) },
});
function record(runId: string, startedAfter: number, who = 'runner@machine'): void {
  const run = { repository: 'o/r', runId, runAttempt: '1', who, startedAt: minute(startedAfter) };
  blobs.set(`runs/demo/${runId}-1.json`, JSON.stringify(run));
}

describe('a run that enters the lock', () => {
  it('is written down until its end', async () => {
    const { during } = await enter();
    expect(JSON.parse(during)).toMatchObject({ who: 'runner@machine' });
    expect(blobs.size).toBe(0);
  });

  it('releases what a run left that is over, and says whose it was', async () => {
    lock = locked(5);
    record('7', 0);
    runs.set('7/1', minute(9));
    const { log } = await enter();
    expect(released).toEqual(['lease']);
    expect(log).toMatch(
      /warning: .*since 2026-11-22T20:05:00.000Z.*o\/r\/actions\/runs\/7\/attempts\/1/,
    );
    expect(blobs.has('runs/demo/7-1.json')).toBe(false);
  });

  it.each<[string, () => void, RegExp]>([
    ['a run that goes on', () => runs.set('7/1', 'alive'), /not over yet/],
    ['a run that GitHub does not know', () => undefined, /does not say/],
    [
      'a run that ended before the lock was made',
      () => runs.set('7/1', minute(3)),
      /after its end/,
    ],
    ['a run without a date of its end', () => runs.set('7/1', ''), /does not say when/],
  ])('never touches the lock of %s', async (_, given, said) => {
    lock = locked(5);
    record('7', 0);
    given();
    expect((await enter()).log).toMatch(said);
    expect(released).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['by nobody that was written down', () => undefined],
    ['on another machine', () => record('7', 0, 'runner@elsewhere')],
    ['before that run began', () => record('7', 6)],
  ])('never touches a lock that was made %s', async (_, given) => {
    lock = locked(5);
    given();
    runs.set('7/1', minute(9));
    expect((await enter()).log).toContain('no run that was written down');
    expect(released).toEqual([]);
    expect(asked).toBe(0);
  });

  it('asks nobody without a token, and says what to give', async () => {
    lock = locked(5);
    record('7', 0);
    expect((await enter('')).log).toContain('github-token');
    expect([released, asked]).toEqual([[], 0]);
  });

  it('leaves a lock alone of which nothing is known', async () => {
    lock = 'unknown';
    record('7', 0);
    expect((await enter()).log).toContain('nothing says by whom');
    expect(released).toEqual([]);
  });

  it('passes over records that are none', async () => {
    for (const text of ['', 'null', '{}', '{"runId":7}', 'x'])
      blobs.set(`runs/demo/${text}.json`, text);
    lock = locked(5);
    await enter();
    expect(released).toEqual([]);
  });

  it('releases only where every run that may hold the lock is over, however many there are', async () => {
    const run = fc.record({
      started: fc.integer({ min: 0, max: 10 }),
      ended: fc.option(fc.integer({ min: 0, max: 20 })),
      here: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 4 }), async (drawn) => {
        [blobs, released, runs] = [new Map(), [], new Map()];
        lock = locked(5);
        drawn.forEach(({ started, ended, here }, at) => {
          record(String(at + 1), started, here ? 'runner@machine' : 'other@machine');
          runs.set(`${at + 1}/1`, ended === null ? 'alive' : minute(started + ended));
        });
        await enter();
        const suspects = drawn.filter(({ here, started }) => here && started <= 5);
        const over = suspects.every(({ ended }) => ended !== null);
        const inside = suspects.some(({ started, ended }) => started + (ended ?? 0) >= 5);
        expect(released.length > 0).toBe(suspects.length > 0 && over && inside);
      }),
    );
  });
});
