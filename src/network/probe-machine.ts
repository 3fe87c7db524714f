import { apis } from '../azure/api-versions.ts';
import type { Arm } from '../azure/arm.ts';
import { deallocateMachine, powerOf, sent, startMachine } from '../azure/machines.ts';
import { Problem, messageOf } from '../errors.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Entry } from './probe-ledger.ts';
import { RESTING_SECONDS, readLedger } from './probe-ledger.ts';

/** The probe machine, started where it is off and put back at the end. */
export interface ProbeMachine {
  /** Sees to it that the machine runs; before every look, since another run may have put it back meanwhile. */
  wake(): Promise<void>;
  isRunning(): Promise<boolean>;
  /** Whether this run has to put the machine back. */
  readonly woke: boolean;
  /** Notes a run command as this run's own, until it is removed. */
  enter(path: string): void;
  /** Removes the run's own run commands but the one to keep. */
  tidy(keep?: string): Promise<void>;
  /** Leaves the machine: removes what is left of this run, and deallocates it where nobody else uses it. */
  leave(): Promise<void>;
}

/** What the machine's keeper needs. `farewell` gives the Arm that still works after a cancel. */
export interface Keeper {
  /** ARM path of the machine. */
  readonly path: string;
  readonly arm: Arm;
  readonly farewell: () => Arm;
  readonly tools: Pick<Toolbox, 'clock' | 'log' | 'cancelled'>;
}

/**
 * Several runs may use the machine at once. Each has at least one run command on it from its first
 * look to its end, so that the list says who is there, and each notes on it whether it must put the
 * machine back: where it started it, or found it on with nobody there, or found what a killed run
 * left, or shares it with a run that must. The last one to leave puts it back. Off is how the machine
 * rests, and nobody signs in to it: one that is on without a user was left so, by Terraform, which
 * makes it running, or by a run whose machine died.
 *
 * What remains, since ARM has no lock for this: a script that another run begins between our last
 * look at the list and the deallocation is cut off. `inside.ts` notices, starts the machine and looks
 * again; the same holds for a run that has started the machine and has no run command on it yet.
 */
export function probeMachine(keeper: Keeper): ProbeMachine {
  const { path, arm, farewell, tools } = keeper;
  const mine = new Set<string>();
  let [seen, woke] = [false, false];

  const ledger = async (from: Arm, running: boolean): Promise<Entry[]> => {
    const entries = await readLedger(path, mine, from, { running, now: tools.clock.now() });
    woke ||= entries.some((entry) => entry.woke);
    return entries;
  };
  const removeAll = async (paths: Iterable<string>): Promise<void> => {
    await Promise.all(
      [...paths].map(async (one) => {
        await removeQuietly(one, farewell(), tools.log);
        mine.delete(one);
      }),
    );
  };
  const start = async (): Promise<void> => {
    tools.log.info('Starting the probe machine.');
    // Noted before the request: a start that was cut off in its wait must be put back, too.
    woke = true;
    await startMachine(path, arm, 'Starting the probe machine');
  };
  return {
    get woke() {
      return woke;
    },
    isRunning: async () => (await existingPower(path, arm)) === 'running',
    wake: async () => {
      const running = (await settledPower(keeper)) === 'running';
      const entries = seen ? [] : await ledger(arm, running);
      // Another one's start, seconds ago, looks the same; it is looked again there where that was wrong.
      if (running && !seen && entries.every(({ state }) => state === 'over')) woke = true;
      if (!running) await start();
      seen = true;
      // Only now: Azure changes nothing on a machine that does not run.
      await removeAll(pathsOf(entries, 'over'));
    },
    enter: (one) => void mine.add(one),
    tidy: (keep) => removeAll([...mine].filter((one) => one !== keep)),
    leave: async () => {
      if (!seen && !woke) return;
      try {
        if (woke) await ledger(farewell(), true); // where this fails, our entry stays as a note
        await removeAll(mine);
        if (woke && (await isAlone(() => ledger(farewell(), true), removeAll, tools))) {
          tools.log.info('Deallocating the probe machine.');
          await deallocateMachine(path, farewell(), 'Deallocating the probe machine');
        }
      } catch (error) {
        tools.log.warn(
          `The probe machine may still be running, and costs until the next run puts it back: ${messageOf(error)}`,
        );
      }
    },
  };
}

/** Whether nobody else uses the machine. A script that has just ended may have a run behind it, so that is waited for. */
async function isAlone(
  ledger: () => Promise<Entry[]>,
  removeAll: (paths: Iterable<string>) => Promise<void>,
  { clock, log, cancelled }: Keeper['tools'],
): Promise<boolean> {
  const patience = clock.now() + RESTING_SECONDS * 1000;
  let before: readonly string[] | undefined;
  for (;;) {
    const entries = await ledger();
    const resting = pathsOf(entries, 'resting');
    // An entry that was not there a moment ago is of a run that is alive.
    const alive = before !== undefined && !resting.every((path) => before?.includes(path));
    const busy = alive || pathsOf(entries, 'busy').length > 0;
    if (busy || (resting.length > 0 && cancelled.aborted)) {
      log.info('Another run uses the probe machine, and puts it back.');
      return false;
    }
    if (resting.length === 0 || clock.now() >= patience) {
      await removeAll(entries.map(({ path }) => path));
      return true;
    }
    before ??= resting;
    await clock.sleep(5);
  }
}

function pathsOf(entries: readonly Entry[], state: Entry['state']): string[] {
  return entries.filter((entry) => entry.state === state).map(({ path }) => path);
}

async function removeQuietly(path: string, arm: Arm, log: Toolbox['log']): Promise<void> {
  try {
    const wait = { what: 'Removing a run command of the probe machine', deadlineSeconds: 300 };
    await sent(arm.delete(path, apis.compute, wait));
  } catch (error) {
    if (await isGone(path, arm)) return;
    log.warn(`A run command stays on the probe machine (${path}): ${messageOf(error)}`);
  }
}

/** Nothing is left behind where the run command was never made, such as one that was refused. */
async function isGone(path: string, arm: Arm): Promise<boolean> {
  try {
    return (await arm.get(path, apis.compute)) === undefined;
  } catch {
    return false;
  }
}

/** The power state, once the machine is not just being switched off: until then Azure starts nothing. */
async function settledPower({ path, arm, tools }: Keeper): Promise<string> {
  const deadline = tools.clock.now() + 300_000;
  for (;;) {
    const power = await existingPower(path, arm);
    const leaving = power === 'deallocating' || power === 'stopping';
    if (!leaving || tools.clock.now() >= deadline) return power;
    await tools.clock.sleep(5);
  }
}

async function existingPower(path: string, arm: Arm): Promise<string> {
  const power = await powerOf(path, arm);
  if (power !== undefined) return power;
  throw new Problem(
    'The probe machine does not exist, and without it nothing inside the network can be asked.',
    'run deploy with the stage network, or set vantage: direct on a runner inside the network.',
    { anchor: 'probe' },
  );
}
