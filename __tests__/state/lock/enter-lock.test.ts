import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Cancelled, messageOf, Problem } from '../../../src/errors.ts';
import { Secret } from '../../../src/secret.ts';
import type { Blobs } from '../../../src/state/blobs.ts';
import type { State } from '../../../src/state/index.ts';
import { underLock } from '../../../src/state/lock/index.ts';
import type { StateLock } from '../../../src/state/lock/lease.ts';
import type { RecordedRun } from '../../../src/state/lock/runs.ts';
import type { Toolbox } from '../../../src/toolbox/index.ts';
import { workshop } from '../../support/workshop.ts';

const OWN_ID = 'bc064a06-ac62-a3b3-306f-ff51c73b7047';
const START = Date.parse('2026-11-22T20:00:00Z');
const minute = (after: number): string => new Date(START + after * 60_000).toISOString();

let blobs: Map<string, string>;
let lock: StateLock | 'unknown' | undefined;
/** The id that the lease answers to, whatever its word says. */
let lease: string;
let released: string[];
/** Attempts by `run/attempt`: when they ended, or that they go on. */
let runs: Map<string, string>;
let asked: number;

beforeEach(() => {
  [blobs, lock, lease, released, runs, asked] = [new Map(), undefined, 'lease', [], new Map(), 0];
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

/** Enters; `during` is what the record of the run holds at the end of its work. */
async function enter({
  token = 'token',
  work = async (): Promise<unknown> => 0,
  ...given
}: Given = {}) {
  const place = workshop({
    ...given.tools,
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
  const lines = {
    blobs: store,
    lock: {
      look: async () => ({ holder: lock, exists: true, at: given.at }),
      make: async () => undefined,
      isEmpty: async () => false,
      release: async (id: string) => {
        if (id !== lease) return false;
        released.push(id);
        lock = undefined;
        return true;
      },
    },
  };
  const state = {
    ...lines,
    farewell: () => lines,
    backend: { storage_account_name: 'stdemo', container_name: 'tfstate', key: 'demo.tfstate' },
  } satisfies Pick<State, 'blobs' | 'lock' | 'backend' | 'farewell'>;
  const settings = { environment: 'demo', githubToken: new Secret(token, () => undefined) };
  let during = '';
  const error = await underLock(state, settings, place.tools, async (holding) => {
    await work(holding);
    during = [...blobs].find(([name]) => name.startsWith('runs/demo/4711'))?.[1] ?? '';
  }).catch((thrown: unknown) => thrown);
  return { during, error, log: place.log.join('\n'), slept: place.slept() };
}

interface Given {
  readonly token?: string;
  readonly tools?: Partial<Toolbox>;
  /** The storage service's clock. */
  readonly at?: number;
  readonly work?: (holding: Holding) => Promise<unknown>;
}

type Holding = (at: number) => void;

const locked = (after: number, who = 'runner@machine'): StateLock => ({
  ...{ id: 'lease', operation: 'OperationTypeApply', who, created: minute(after) },
});
function record(runId: string, startedAfter: number, more: Partial<RecordedRun> = {}): void {
  const startedAt = minute(startedAfter);
  const run = {
    repository: 'o/r',
    runId,
    runAttempt: '1',
    who: 'runner@machine',
    startedAt,
    ...more,
  };
  blobs.set(`runs/demo/${runId}-1.json`, JSON.stringify(run));
}

describe('a run that enters the lock', () => {
  it('is written down until its end, with how wrong its clock is', async () => {
    const now = 1_795_000_000_000;
    const { during } = await enter({ at: now - 300_400 });
    expect(JSON.parse(during)).toMatchObject({ who: 'runner@machine', ahead: 300 });
    expect(blobs.size).toBe(0);
  });

  it.each<[string, number, string | undefined]>([
    ['notes the id of its lock, where Terraform had it before and after the look', 1, 'own'],
    ['notes nothing from what Terraform said before the look and was heard after it', 0, undefined],
  ])('%s', async (_, after, noted) => {
    const tick = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
    const { during } = await enter({
      work: async (holding) => {
        lock = { ...locked(5), id: 'own' };
        holding(1);
        await tick();
        expect(JSON.parse([...blobs.values()][0] ?? '{}')).not.toHaveProperty('lease');
        lock = { ...locked(6), id: 'another' };
        holding(1_795_000_000_000 + after);
        await tick();
      },
    });
    expect((JSON.parse(during) as RecordedRun).lease).toBe(noted);
  });

  it('forgets runs that were written down more than a week ago, and reads none', async () => {
    const day = 24 * 60;
    const nameOf = (days: number): string =>
      `runs/demo/7-1-${minute(-days * day).replaceAll(/\D/g, '')}.json`;
    const now = { now: () => START, sleep: async () => undefined };
    for (const days of [6, 8]) blobs.set(nameOf(days), 'unread');
    await enter({ tools: { clock: now } });
    expect([...blobs.keys()]).toEqual([nameOf(6)]);
  });

  it('tries again where somebody else took the lock between its look and Terraform', async () => {
    let tries = 0;
    const { error, log } = await enter({
      work: async () => {
        if (++tries < 3)
          throw new Error('Error acquiring the state lock: state blob is already locked');
      },
    });
    expect([tries, error]).toEqual([3, undefined]);
    expect(log).toContain('just now');
  });

  it('lets every other failure of its work through at once', async () => {
    let tries = 0;
    const refusal = new Error('Error acquiring the state lock: 403');
    const work = async (): Promise<void> => {
      tries++;
      throw refusal;
    };
    expect((await enter({ work })).error).toBe(refusal);
    expect(tries).toBe(1);
  });
});

describe('a run whose Terraform did not end well', () => {
  const crash = new Error('Applying the plan failed: exit code 137');
  /** Terraform takes the lock, shows it (or not), and ends with it. */
  const crashing = (shows: boolean, left: StateLock | 'unknown') => async (holding: Holding) => {
    lock = { ...locked(0), created: new Date(1_795_000_000_000).toISOString() };
    if (shows) holding(1);
    await new Promise((resolve) => void setImmediate(resolve));
    if (shows) holding(1_795_000_000_001);
    lock = left;
    throw crash;
  };
  const own: StateLock = { ...locked(0), created: new Date(1_795_000_000_000).toISOString() };

  it.each<[string, boolean, StateLock | 'unknown', readonly string[], number]>([
    ['releases a lock that is certainly its own', true, own, ['lease'], 0],
    ['releases it also where its word is gone', true, 'unknown', ['lease'], 0],
    ['leaves its record, where the lock may be its own', false, own, [], 1],
    ['leaves its record, where nothing is known of the lock', false, 'unknown', [], 1],
    ['leaves the lock of another', true, { ...own, id: 'other', who: 'ada@laptop' }, [], 0],
  ])('%s', async (_, shows, left, expected, records) => {
    const { error, log } = await enter({ work: crashing(shows, left) });
    expect(error).toBe(crash);
    expect([released, blobs.size]).toEqual([expected, records]);
    expect(log.includes('warning: ')).toBe(expected.length > 0 || records > 0);
  });

  it.each([
    [
      'init',
      `terraform init failed: Error loading state: Error unlocking Azure state. Lock ID: ${OWN_ID}`,
    ],
    [
      'apply',
      `Applying failed: Error releasing the state lock\nError message: failed to delete lock info from metadata\nLock Info:\n  ID:        ${OWN_ID}\n`,
    ],
  ])(
    'releases the lock that it could not give up, by the id in the words of %s',
    async (_, words) => {
      lease = OWN_ID;
      const work = (): Promise<unknown> => {
        lock = 'unknown';
        return Promise.reject(new Problem(words, 'see above.'));
      };
      const { log } = await enter({ work });
      expect(log).toContain(
        'Terraform ended without giving up its lock of the state: it is released.',
      );
      expect([released, blobs.size]).toEqual([[OWN_ID], 0]);
    },
  );

  it('never takes the id of another for its own', async () => {
    const words = `Error acquiring the state lock\nLock Info:\n  ID:        ${OWN_ID}\n`;
    const work = (): Promise<unknown> => {
      lock = 'unknown';
      lease = OWN_ID;
      return Promise.reject(new Problem(words, 'see above.'));
    };
    await enter({ work });
    expect([released, blobs.size]).toEqual([[], 1]);
  });
});

describe('a lock that is held', () => {
  it('is released where the run that made it is over, which is named', async () => {
    lock = locked(5);
    record('7', 4);
    runs.set('7/1', minute(9));
    const { log, error } = await enter();
    expect([released, error]).toEqual([['lease'], undefined]);
    expect(log).toMatch(
      /warning: .*since 2026-11-22 20:05 UTC by runner@machine \(apply\).*o\/r\/actions\/runs\/7\/attempts\/1/,
    );
    expect(blobs.has('runs/demo/7-1.json')).toBe(false);
  });

  it('is released by the id that its run wrote down, whatever the times say', async () => {
    lock = locked(5);
    record('7', 30, { lease: 'lease', who: 'elsewhere' });
    runs.set('7/1', minute(1));
    await enter();
    expect(released).toEqual(['lease']);
  });

  it.each<[string, () => void, RegExp]>([
    ['a run that goes on', () => runs.set('7/1', 'alive'), /still going on/],
    ['a run that GitHub does not know', () => undefined, /does not say/],
    [
      'a run that ended before the lock was made',
      () => runs.set('7/1', minute(4.5)),
      /after its end/,
    ],
    ['a run without a date of its end', () => runs.set('7/1', ''), /does not say when/],
  ])('is never touched where it is that of %s', async (_, given, said) => {
    lock = locked(5);
    record('7', 4);
    given();
    const { error, log } = await enter();
    expect(log).toMatch(said);
    expect(messageOf(error)).toMatch(said);
    expect(messageOf(error)).toContain('actions/runs/7/attempts/1');
    expect(released).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['by nobody that was written down', () => undefined],
    ['on another machine', () => record('7', 4, { who: 'runner@elsewhere' })],
    ['before that run began', () => record('7', 6)],
    ['long after that run began', () => record('7', 2)],
    ['under another id than the run wrote down', () => record('7', 4, { lease: 'other' })],
  ])('is never touched where it was made %s', async (_, given) => {
    lock = locked(5);
    given();
    runs.set('7/1', minute(9));
    const { error } = await enter();
    expect(messageOf(error)).toContain('no run that was written down');
    expect(messageOf(error)).toContain('ask runner@machine');
    expect(messageOf(error)).toContain(
      'az storage blob lease release --account-name stdemo --container-name tfstate --blob-name demo.tfstate --auth-mode login --lease-id lease',
    );
    expect(released).toEqual([]);
    expect(asked).toBe(0);
  });

  it('is judged by its maker’s clock as far as that was wrong', async () => {
    // The maker's clock was ten minutes fast: 20:15 there was 20:05.
    lock = locked(15);
    record('7', 14, { ahead: 600 });
    runs.set('7/1', minute(6));
    await enter();
    expect(released).toEqual(['lease']);
    // Ten minutes slow: 19:58 there was 20:08, when the run was over.
    [lock, released] = [locked(-2), []];
    record('7', -3, { ahead: -600 });
    expect(messageOf((await enter()).error)).toContain('after its end');
    expect(released).toEqual([]);
  });

  it('is told at once, and then once a minute, and at the end with what to do', async () => {
    lock = locked(5);
    record('7', 4);
    runs.set('7/1', 'alive');
    const { log, error, slept } = await enter();
    expect(
      log.match(/^The state of "demo" is locked since .* Waiting for it until/gm),
    ).toHaveLength(1);
    expect(log.match(/^Still waiting: The state/gm)?.length).toBeGreaterThanOrEqual(3);
    expect(log.split('\n').length).toBeLessThan(8);
    expect(slept).toBeGreaterThanOrEqual(300);
    expect(error).toBeInstanceOf(Problem);
    expect(messageOf(error)).toMatch(
      /has waited 5 minutes for it[^]*Next: wait until that run has ended/,
    );
  });

  it('is waited for until it is free', async () => {
    lock = locked(5);
    let slept = 0;
    const sleep = async (seconds: number): Promise<void> => {
      slept += seconds;
      if (slept > 20) lock = undefined;
    };
    const { error, log } = await enter({ tools: { clock: { now: () => START, sleep } } });
    expect(error).toBeUndefined();
    expect(log).toContain('The lock of the state is free.');
  });

  it('is not waited for any longer by a run that is cancelled', async () => {
    lock = locked(5);
    let sleeps = 0;
    const sleep = async (): Promise<void> => {
      if (++sleeps === 2) throw new Cancelled('The run was cancelled while waiting.');
    };
    const { error } = await enter({ tools: { clock: { now: () => START, sleep } } });
    expect(error).toBeInstanceOf(Cancelled);
    expect(sleeps).toBe(2);
  });

  it('is not asked for at GitHub without a token; what to give is said', async () => {
    lock = locked(5);
    record('7', 4);
    expect((await enter({ token: '' })).log).toContain('github-token');
    expect([released, asked]).toEqual([[], 0]);
  });

  it('passes over records that are none', async () => {
    for (const text of ['', 'null', '{}', '{"runId":7}', 'x'])
      blobs.set(`runs/demo/${text}.json`, text);
    lock = locked(5);
    await enter();
    expect(released).toEqual([]);
  });
});

describe('a lock of which nothing is known', () => {
  it('stays, and what a person can do is said with the exact command', async () => {
    lock = 'unknown';
    record('7', 4);
    runs.set('7/1', minute(9));
    const { error } = await enter();
    expect(messageOf(error)).toContain('nothing says by whom or since when');
    expect(messageOf(error)).toContain(
      'az storage blob lease break --account-name stdemo --container-name tfstate --blob-name demo.tfstate --auth-mode login',
    );
    expect(released).toEqual([]);
  });

  it.each([
    ['is over', minute(9), ['lease']],
    ['goes on', 'alive', []],
  ])('answers to the id that a run wrote down, where that run %s', async (_, end, expected) => {
    lock = 'unknown';
    record('6', 3, { lease: 'an earlier one' });
    record('7', 4, { lease: 'lease' });
    runs.set('6/1', minute(4)).set('7/1', end);
    await enter();
    expect(released).toEqual(expected);
  });
});

describe('the lock decision', () => {
  it('releases only where every run that may hold the lock is over, however many there are', async () => {
    const run = fc.record({
      started: fc.integer({ min: 0, max: 10 }),
      ended: fc.option(fc.integer({ min: 0, max: 20 })),
      here: fc.boolean(),
      noted: fc.constantFrom('', 'lease', 'other'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(run, { maxLength: 4 }), async (drawn) => {
        [blobs, released, runs] = [new Map(), [], new Map()];
        lock = locked(5);
        drawn.forEach(({ started, ended, here, noted }, at) => {
          const who = here ? 'runner@machine' : 'other@machine';
          record(String(at + 1), started, { who, ...(noted !== '' && { lease: noted }) });
          runs.set(`${at + 1}/1`, ended === null ? 'alive' : minute(started + ended));
        });
        await enter();
        const owners = drawn.filter(({ noted }) => noted === 'lease');
        const near = ({ here, started, noted }: (typeof drawn)[number]): boolean =>
          noted === '' && here && started <= 5 && started >= 3;
        const suspects = owners.length > 0 ? owners : drawn.filter(near);
        const over = suspects.every(({ ended }) => ended !== null);
        const inside =
          owners.length > 0 || suspects.some(({ started, ended }) => started + (ended ?? 0) >= 5);
        expect(released.length > 0).toBe(suspects.length > 0 && over && inside);
      }),
    );
  });
});
