import { randomBytes } from 'node:crypto';
import type { Arm } from '../azure/arm.ts';
import { farewellArm } from '../azure/farewell.ts';
import { growingPauses } from '../azure/pauses.ts';
import { Problem, messageOf } from '../errors.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { computeApi, probeMachine, sent } from './probe-machine.ts';
import { batches, decodeSights, encodeLooks, longest } from './probe-protocol.ts';
import type { Look, OpenVantage, Sight } from './vantage.ts';

/** Where the script lies in the action's own checkout. */
const SCRIPT = 'src/network/probe.sh';

/**
 * The vantage point inside the network: `probe.sh` on the probe machine, by managed Run Command.
 * No port is opened for it. The looks travel as one parameter; the script's text is constant.
 */
export function openInside(outputs: Outputs, session: Session, tools: Toolbox): OpenVantage {
  const machine =
    `/subscriptions/${outputs.subscriptionId}/resourceGroups/${outputs.resourceGroup}` +
    `/providers/Microsoft.Compute/virtualMachines/${outputs.probeName}`;
  const farewell = (): Arm => farewellArm(session, tools);
  const probe = probeMachine(machine, session.arm, farewell, tools.log);
  const run: Run = { machine, location: outputs.location, arm: session.arm, farewell, tools };
  return {
    look: async (looks) => {
      await probe.wake();
      const sights: Sight[] = [];
      for (const batch of batches(looks)) sights.push(...(await lookOnce(batch, run)));
      return sights;
    },
    close: () => probe.putBack(),
  };
}

interface Run {
  readonly machine: string;
  readonly location: string;
  readonly arm: Arm;
  readonly farewell: () => Arm;
  readonly tools: Toolbox;
}

async function lookOnce(looks: readonly Look[], run: Run): Promise<Sight[]> {
  const { tools } = run;
  const { runId, runAttempt } = tools.runner.context;
  const name = `innereye-${runId}-${runAttempt}-${randomBytes(4).toString('hex')}`;
  const path = `${run.machine}/runCommands/${name}`;
  try {
    return decodeSights(await runScript(path, looks, run), looks);
  } finally {
    await removeQuietly(path, run.farewell(), tools);
  }
}

/** Puts the run command, waits for its end, and gives what it printed. */
async function runScript(path: string, looks: readonly Look[], run: Run): Promise<string> {
  const { arm, tools } = run;
  const script = await tools.files.read(tools.files.shipped(SCRIPT));
  if (script === undefined) throw new Error(`${SCRIPT} is missing from the action's checkout.`);
  const seconds = longest(looks);
  const body = {
    location: run.location,
    properties: {
      source: { script },
      parameters: [{ name: 'LOOKS', value: encodeLooks(looks) }],
      asyncExecution: false,
      timeoutInSeconds: seconds,
      // The exit code is looked at below; a failed script is not a failed deployment.
      treatFailureAsDeploymentFailure: false,
    },
  };
  const wait = { what: 'the probe machine to look', deadlineSeconds: seconds + 300 };
  await arm.put(path, computeApi, body, wait);
  const view = await ended(path, wait.deadlineSeconds, run);
  if (view.executionState === 'Succeeded' && (view.exitCode ?? 0) === 0) return view.output ?? '';
  throw scriptFailed(view);
}

async function ended(path: string, deadlineSeconds: number, run: Run): Promise<ScriptView> {
  const { clock } = run.tools;
  const pause = growingPauses(10);
  const deadline = clock.now() + deadlineSeconds * 1000;
  for (;;) {
    const found = await run.arm.get<RunCommand>(`${path}?$expand=instanceView`, computeApi);
    const view = found?.properties?.instanceView ?? {};
    if (!['Pending', 'Running', undefined].includes(view.executionState)) return view;
    if (clock.now() >= deadline) {
      throw scriptFailed({ ...view, executionState: 'without an end in time' });
    }
    await clock.sleep(pause());
  }
}

function scriptFailed(view: ScriptView): Problem {
  const state = JSON.stringify(view.executionState ?? 'Unknown');
  const error = JSON.stringify((view.error ?? '').slice(0, 300));
  return new Problem(
    `The script on the probe machine ended as ${state}, exit code ${view.exitCode ?? 'unknown'}, saying ${error}.`,
    'run again; if it stays so, look in the portal whether the machine and its agent are healthy.',
    { anchor: 'probe' },
  );
}

async function removeQuietly(path: string, arm: Arm, tools: Toolbox): Promise<void> {
  try {
    const wait = { what: 'the run command to go', deadlineSeconds: 300 };
    await sent(arm.delete(path, computeApi, wait));
  } catch (error) {
    tools.log.warn(
      `A finished run command stays on the probe machine (${path}): ${messageOf(error)}`,
    );
  }
}

interface RunCommand {
  readonly properties?: { readonly instanceView?: ScriptView };
}

/** instanceView of a managed run command (Microsoft.Compute, RunCommands_GetByVirtualMachine). */
interface ScriptView {
  readonly executionState?: string;
  readonly exitCode?: number;
  readonly output?: string;
  readonly error?: string;
}
