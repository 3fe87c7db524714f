import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openInside } from '../../src/network/inside.ts';
import { probeMachine } from '../../src/network/probe-machine.ts';
import type { Look, OpenVantage } from '../../src/network/vantage.ts';
import type { Clock } from '../../src/toolbox/index.ts';
import type { Command, Machine } from '../support/probe-machine.ts';
import { startMachine } from '../support/probe-machine.ts';
import { outputs } from '../support/settings.ts';
import type { Workshop } from '../support/workshop.ts';
import { workshop } from '../support/workshop.ts';

let asked: string[] = [];
let machine: Machine;
let place: Workshop;

beforeAll(async () => {
  machine = await startMachine('lab-probe', (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end('fine');
  });
});
afterAll(async () => machine.stop());
beforeEach(() => {
  asked = [];
  place = workshop();
  machine.reset(() => place.tools.clock.now());
  place.arm.on(machine.script);
});

const get: Look = { name: 'one', method: 'GET', url: 'http://app.test/' };
const post: Look = { name: 'one', method: 'POST', url: 'http://app.test/' };
const open = (at: Workshop = place): OpenVantage => openInside(outputs(), at.session, at.tools);

/** Another run at the same time on the same machine. */
function another(runId: string, clock: Clock = place.tools.clock): Workshop {
  const context = { ...place.tools.runner.context, runId };
  const other = workshop({ clock, runner: { ...place.tools.runner, context } });
  other.arm.on(machine.script);
  return other;
}

const secondsAgo = (seconds: number): string =>
  new Date(place.tools.clock.now() - seconds * 1000).toISOString();

/** What a run leaves that was killed. */
function leftover(view: Command['view'], more: Partial<Command> = {}): void {
  machine.commands.set('innereye-1-1-deadbeef', { view, ...more });
}

const woke = { 'innereye-woke': 'yes' };
const overLong = { executionState: 'Succeeded', endTime: '2026-01-01T00:00:00Z' };

describe('a probe machine that two runs share', () => {
  it.each([
    ['the first to come leaves first', [0, 1]],
    ['the last to come leaves first', [1, 0]],
  ])('is put back by the last to leave: %s', async (_, [first = 0, last = 0]) => {
    machine.running = false;
    const runs: OpenVantage[] = [];
    const clock: Clock = {
      now: place.tools.clock.now,
      sleep: async (seconds) => {
        await place.tools.clock.sleep(seconds);
        if (place.slept() === 20) await runs[last]?.look([get]);
      },
    };
    runs.push(open(another('1', clock)), open(another('2', clock)));
    for (const run of runs) await run.look([get]);
    await runs[first]?.close();
    expect(machine.running).toBe(true);
    await runs[last]?.look([get]);
    await runs[last]?.close();
    expect(machine.running).toBe(false);
    expect(machine.commands.size).toBe(0);
    expect(place.slept()).toBe(20);
  });

  it('is put back under a run that has not looked for a minute, and started again by it', async () => {
    machine.running = false;
    const [idle, other] = [open(), open(another('4712'))];
    await idle.look([get]);
    await other.look([get]);
    await other.close();
    expect(machine.running).toBe(false);
    await idle.look([get]);
    await idle.close();
    expect(asked).toHaveLength(3);
    expect(machine.running).toBe(false);
  });

  it('is put back where both leave at once', async () => {
    machine.running = false;
    const runs = [open(), open(another('4712'))];
    await Promise.all(runs.map((run) => run.look([get])));
    await Promise.all(runs.map((run) => run.close()));
    expect(machine.running).toBe(false);
    expect(machine.commands.size).toBe(0);
  });

  it('stays on for a script of another run that still runs, and its run command stays', async () => {
    machine.running = false;
    const vantage = open();
    await vantage.look([get]);
    const until = new Date(place.tools.clock.now() + 1000).toISOString();
    const tags = { ...woke, 'innereye-until': until };
    leftover({ executionState: 'Running', startTime: secondsAgo(9e5) }, { tags });
    await vantage.close();
    expect(machine.running).toBe(true);
    expect([...machine.commands.keys()]).toEqual(['innereye-1-1-deadbeef']);
    expect(place.slept()).toBe(0);
  });

  it('does not take a result away that another run has not read yet, and waits for that run', async () => {
    machine.running = false;
    leftover({ executionState: 'Succeeded', endTime: secondsAgo(10) }, { tags: woke });
    const vantage = open();
    await vantage.look([get]);
    expect(machine.commands.has('innereye-1-1-deadbeef')).toBe(true);
    await vantage.close();
    expect(place.slept()).toBeGreaterThanOrEqual(50);
    expect(place.slept()).toBeLessThan(70);
    expect(machine.running).toBe(false);
    expect(machine.commands.size).toBe(0);
  });

  it('is started again where another run has put it back between two looks', async () => {
    const vantage = open();
    await vantage.look([get]);
    machine.running = false;
    await vantage.look([get]);
    expect(asked).toHaveLength(2);
    await vantage.close();
    expect(machine.running).toBe(false);
  });

  it('is put back by the other where that one is there and must do it', async () => {
    const until = new Date(place.tools.clock.now() + 9e5).toISOString();
    const tags = { 'innereye-woke': 'no', 'innereye-until': until };
    leftover({ executionState: 'Running', startTime: secondsAgo(1) }, { tags });
    const vantage = open();
    await vantage.look([get]);
    await vantage.close();
    expect(machine.running).toBe(true);
    expect([...machine.commands.values()].map(({ tags: noted }) => noted)).toEqual([tags]);
  });

  it('is looked from again where another run took a machine that was just started for nobody’s', async () => {
    machine.running = false;
    const [first, second] = [open(), open(another('4712'))];
    let other: Promise<void> | undefined;
    place.arm.on({
      'POST /virtualMachines/lab-probe/start': async () => {
        machine.running = true;
        other ??= second.look([get]).then(() => second.close());
        await other;
      },
    });
    await first.look([get]);
    expect(asked).toHaveLength(2);
    await first.close();
    expect(machine.running).toBe(false);
  });

  it('is not started while it is being switched off', async () => {
    const states = ['deallocating', 'deallocating', 'deallocated'];
    const lines: string[] = [];
    place.arm.on({
      'GET /virtualMachines/lab-probe/instanceView': () => ({
        statuses: [{ code: `PowerState/${states.shift() ?? 'running'}` }],
      }),
      'POST /virtualMachines/lab-probe/start': () => void lines.push(states.join()),
    });
    await open().look([get]);
    expect(lines).toEqual(['']);
  });
});

describe('a probe machine that is switched off under a look', () => {
  const switchedOffOnce = (view: Command['view'] | undefined): void => {
    machine.meanwhile = () => {
      machine.meanwhile = undefined;
      machine.running = false;
      for (const [name, command] of machine.commands) {
        if (view === undefined) machine.commands.delete(name);
        else machine.commands.set(name, { ...command, view });
      }
    };
  };

  it.each([
    ['its script never ends', { executionState: 'Running' }],
    ['its script is cancelled', { executionState: 'Canceled', exitCode: -1 }],
    ['its run command is gone', undefined],
  ])('is started again, and looked from again: %s', async (_, view) => {
    switchedOffOnce(view);
    const vantage = open();
    const [sight] = await vantage.look([get]);
    expect(sight?.status).toBe(200);
    expect(asked).toHaveLength(2);
    await vantage.close();
    expect(machine.running).toBe(false);
  });

  it('posts nothing twice', async () => {
    switchedOffOnce({ executionState: 'Canceled', exitCode: -1 });
    await expect(open().look([post])).rejects.toThrow(/Canceled/);
    expect(asked).toHaveLength(1);
  });

  it('posts once where Azure refused the script, since that never began', async () => {
    const script = machine.script['GET /virtualMachines/lab-probe/instanceView'];
    let looks = 0;
    place.arm.on({
      'GET /virtualMachines/lab-probe/instanceView': (call) => {
        looks += 1;
        if (looks > 1) return script?.(call);
        machine.running = false;
        return { statuses: [{ code: 'PowerState/running' }] };
      },
    });
    await open().look([post]);
    expect(asked).toHaveLength(1);
  });

  it('gives up after three times', async () => {
    machine.meanwhile = () => {
      machine.running = false;
      for (const name of machine.commands.keys()) machine.commands.delete(name);
    };
    await expect(open().look([get])).rejects.toThrow(/cut off/);
    expect(asked).toHaveLength(3);
  });
});

describe('what a killed run left on the probe machine', () => {
  const left: readonly [string, Command['view'], Partial<Command>][] = [
    ['ended', overLong, { tags: woke }],
    ['ended, by a version that noted nothing', overLong, {}],
    ['failed', { executionState: 'Failed', endTime: '2026-01-01T00:00:00Z' }, { tags: woke }],
    ['ended without saying when', { executionState: 'TimedOut' }, { tags: woke }],
    [
      'running past its time',
      { executionState: 'Running', startTime: '2026-01-01T00:00:00Z' },
      { timeoutInSeconds: 90 },
    ],
    [
      'running past the time it noted',
      { executionState: 'Pending' },
      { tags: { ...woke, 'innereye-until': '2026-01-01T00:00:00Z' } },
    ],
  ];

  it.each(left)('is removed, and the machine put back: %s', async (_, view, more) => {
    leftover(view, more);
    const vantage = open();
    await vantage.look([get]);
    expect([...machine.commands.keys()].filter((name) => name.endsWith('deadbeef'))).toEqual([]);
    await vantage.close();
    expect(machine.running).toBe(false);
  });

  it('is removed from a machine that is off only once it runs: nothing can be changed before', async () => {
    machine.running = false;
    leftover(
      { executionState: 'Running', startTime: secondsAgo(1) },
      { tags: woke, timeoutInSeconds: 900 },
    );
    let wasRunning: boolean | undefined;
    place.arm.on({
      'DELETE /runCommands/innereye-1-1-deadbeef': () => {
        wasRunning = machine.running;
        machine.commands.delete('innereye-1-1-deadbeef');
      },
    });
    await open().look([get]);
    expect(wasRunning).toBe(true);
  });

  it('does not keep a machine on, whatever its run had noted', async () => {
    leftover(overLong, { tags: { 'innereye-woke': 'no' } });
    const vantage = open();
    await vantage.look([get]);
    await vantage.close();
    expect(machine.running).toBe(false);
    expect(machine.commands.size).toBe(0);
  });

  it('is told from what others run there', async () => {
    machine.running = false;
    machine.commands.set('nightly-backup', { view: { executionState: 'Running' } });
    machine.commands.set('not-innereye-1', { view: overLong });
    const vantage = open();
    await vantage.look([get]);
    await vantage.close();
    expect(machine.running).toBe(false);
    expect([...machine.commands.keys()]).toEqual(['nightly-backup', 'not-innereye-1']);
  });
});

describe('the end of a run', () => {
  it('asks nothing of a machine that was never looked from', async () => {
    await open().close();
    expect(place.arm.calls).toEqual([]);
  });

  it('leaves its run command as a note where the list cannot be read', async () => {
    machine.running = false;
    const vantage = open();
    await vantage.look([get]);
    place.arm.on({
      'LIST /virtualMachines/lab-probe/runCommands': () => {
        throw new Error('503');
      },
    });
    await vantage.close();
    expect(place.log.at(-1)).toMatch(/warning: The probe machine may still be running/);
    expect([...machine.commands.values()].map(({ tags }) => tags?.['innereye-woke'])).toEqual([
      'yes',
    ]);
    expect(machine.running).toBe(true);
  });

  it.each([
    ['waits for nobody', { executionState: 'Succeeded', endTime: 'now' }, true],
    ['puts the machine back at once where nobody is there', undefined, false],
  ])('after a cancel %s', async (_, view, stays) => {
    machine.running = false;
    const probe = probeMachine({
      path: '/x/virtualMachines/lab-probe',
      ...{ arm: place.arm, farewell: () => place.arm },
      tools: { ...place.tools, cancelled: AbortSignal.abort() },
    });
    await probe.wake();
    if (view) leftover({ ...view, endTime: secondsAgo(0) }, { tags: woke });
    await probe.leave();
    expect(machine.running).toBe(stays);
    expect(place.slept()).toBe(0);
  });
});
