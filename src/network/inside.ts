import { randomBytes } from 'node:crypto';
import { apis } from '../azure/api-versions.ts';
import type { Arm } from '../azure/arm.ts';
import { codeOf } from '../azure/explain.ts';
import { farewellArm } from '../azure/farewell.ts';
import { growingPauses } from '../azure/pauses.ts';
import { Cancelled, Problem } from '../errors.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { groupOf } from '../terraform/resource-ids.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { RunCommand, ScriptView } from './probe-ledger.ts';
import { tagsOf } from './probe-ledger.ts';
import type { ProbeMachine } from './probe-machine.ts';
import { probeMachine } from './probe-machine.ts';
import { batches, decodeSights, encodeLooks, longest } from './probe-protocol.ts';
import type { Look, OpenVantage, Sight } from './vantage.ts';

/** Where the script lies in the action's own checkout. */
const SCRIPT = 'src/network/probe.sh';

/** How often looks are made where the machine is switched off under them. */
const ATTEMPTS = 3;

/** Seconds that Azure may take around a script, on top of the script's own. */
const AROUND_SECONDS = 300;

/**
 * The vantage point inside the network: `probe.sh` on the probe machine, by managed Run Command.
 * No port is opened for it. The looks travel as one parameter; the script's text is constant.
 */
export function openInside(outputs: Outputs, session: Session, tools: Toolbox): OpenVantage {
  const path = `${groupOf(outputs)}/providers/Microsoft.Compute/virtualMachines/${outputs.probeName}`;
  const { arm } = session;
  const machine = probeMachine({ path, arm, farewell: () => farewellArm(session, tools), tools });
  const run: Run = { path, location: outputs.location, arm, machine, tools };
  return {
    look: async (looks) => {
      const sights: Sight[] = [];
      for (const batch of batches(looks)) sights.push(...(await lookSurely(batch, run)));
      return sights;
    },
    close: () => machine.leave(),
  };
}

interface Run {
  /** ARM path of the machine. */
  readonly path: string;
  readonly location: string;
  readonly arm: Arm;
  readonly machine: ProbeMachine;
  readonly tools: Toolbox;
}

/** Looks, and looks again where another run has switched the machine off meanwhile. */
async function lookSurely(looks: readonly Look[], run: Run): Promise<Sight[]> {
  for (let attempt = 1; ; attempt += 1) {
    await run.machine.wake();
    try {
      return await lookOnce(looks, run);
    } catch (error) {
      if (attempt === ATTEMPTS || !(await wasSwitchedOff(error, looks, run))) throw error;
      run.tools.log.info('The probe machine was switched off meanwhile: looking again.');
    }
  }
}

/** Whether the looks may be made once more: what might have been posted already is not posted twice. */
async function wasSwitchedOff(error: unknown, looks: readonly Look[], run: Run): Promise<boolean> {
  if (error instanceof Cancelled || run.tools.cancelled.aborted) return false;
  const neverBegun = codeOf(error) === 'OperationNotAllowed';
  if (!neverBegun && looks.some(({ method }) => method === 'POST')) return false;
  try {
    return !(await run.machine.isRunning());
  } catch {
    return false; // the first error says more
  }
}

/** One run command. The last one that ended well stays until the next or the end, so that other runs see this one. */
async function lookOnce(looks: readonly Look[], run: Run): Promise<Sight[]> {
  const { runId, runAttempt } = run.tools.runner.context;
  const name = `innereye-${runId}-${runAttempt}-${randomBytes(4).toString('hex')}`;
  const path = `${run.path}/runCommands/${name}`;
  run.machine.enter(path);
  try {
    const sights = decodeSights(await runScript(path, looks, run), looks);
    await run.machine.tidy(path);
    return sights;
  } catch (error) {
    await run.machine.tidy();
    throw error;
  }
}

/** Puts the run command, waits for its end, and gives what it printed. */
async function runScript(path: string, looks: readonly Look[], run: Run): Promise<unknown> {
  const { arm, machine, tools } = run;
  const script = await tools.files.read(tools.files.shipped(SCRIPT));
  if (script === undefined) throw new Error(`${SCRIPT} is missing from the action's checkout.`);
  const seconds = longest(looks);
  const deadlineSeconds = seconds + AROUND_SECONDS;
  const body = {
    location: run.location,
    tags: tagsOf(machine.woke, tools.clock.now() + deadlineSeconds * 1000),
    properties: {
      source: { script },
      parameters: [{ name: 'LOOKS', value: encodeLooks(looks) }],
      asyncExecution: false,
      timeoutInSeconds: seconds,
      // The exit code is looked at below; a failed script is not a failed deployment.
      treatFailureAsDeploymentFailure: false,
    },
  };
  await arm.put(path, apis.compute, body, {
    what: 'Looking from the probe machine',
    deadlineSeconds,
  });
  const view = await ended(path, deadlineSeconds, run);
  if (view.executionState === 'Succeeded' && view.exitCode === 0) return view.output;
  throw scriptFailed(view);
}

async function ended(path: string, deadlineSeconds: number, run: Run): Promise<ScriptView> {
  const { clock } = run.tools;
  const pause = growingPauses(10);
  const deadline = clock.now() + deadlineSeconds * 1000;
  for (;;) {
    const found = await run.arm.get<RunCommand>(`${path}?$expand=instanceView`, apis.compute);
    const view = found?.properties?.instanceView ?? {};
    if (!['Pending', 'Running', undefined].includes(view.executionState)) return view;
    if (found === undefined || !(await run.machine.isRunning())) {
      throw scriptFailed({ ...view, executionState: 'cut off' });
    }
    if (clock.now() >= deadline) {
      throw scriptFailed({ ...view, executionState: 'without an end in time' });
    }
    await clock.sleep(pause());
  }
}

function scriptFailed(view: ScriptView): Problem {
  const state = JSON.stringify(view.executionState ?? 'Unknown');
  const error = JSON.stringify(typeof view.error === 'string' ? view.error.slice(0, 300) : '');
  return new Problem(
    `The script on the probe machine ended as ${state}, exit code ${view.exitCode ?? 'unknown'}, saying ${error}.`,
    'run again; if it stays so, look in the portal whether the machine and its agent are healthy.',
    { anchor: 'probe' },
  );
}
