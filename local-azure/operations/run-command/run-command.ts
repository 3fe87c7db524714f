import { randomUUID } from 'node:crypto';
import { badRequest, conflict } from '../../arm/errors.ts';
import { asObject, asObjects, withoutNulls } from '../../arm/json.ts';
import { pollHeaders } from '../../arm/long-running.ts';
import { missing, pathOf, placeOf } from '../../arm/place.ts';
import { register } from '../../arm/resource-type.ts';
import { pollPlace } from '../../arm/write.ts';
import { isEnding, tracked } from '../../inside/process.ts';
import { fields, list, number, text } from '../../inside/json-fields.ts';
import type { Answer, Call } from '../../operation.ts';
import type { RunningOperation, StoredResource, World } from '../../world.ts';
import { machineOf, notRunning, powerOf, preempted } from './power.ts';
import { clearTemporary, removeFolder, runScript } from './script.ts';
import type { RunningScript, ScriptEnd } from './script.ts';
import { keptIn } from '../../world.ts';

/** What a managed run command costs besides its script, in seconds. */
const fixedCost = 10;

/** The agent's own limit where a run command names none: 90 minutes. */
const usualTimeout = 5400;

const typeName = 'Microsoft.Compute/virtualMachines/runCommands';

/**
 * The most run commands that a machine holds, ended ones included (Azure/avdaccelerator: "Limit of
 * 25 runCommands per virtual machine applies"). Status and words of the refusal are from memory.
 */
const mostCommands = 25;

register({
  type: typeName,
  creates: 201,
  removed: (command, world) => {
    const run = text(command.hidden, 'run') ?? '';
    scripts(world).get(run)?.stop('Canceled');
    removeFolder(world, machineIdOf(command), run);
  },
});

function machineIdOf(command: StoredResource): string {
  return command.id.replace(/\/runCommands\/[^/]+$/i, '');
}

function scripts(world: World): Map<string, RunningScript> {
  return keptIn(world, 'runCommandScripts', () => {
    const made = new Map<string, RunningScript>();
    // A machine that goes down takes with it whatever runs on it, and its temporary files.
    world.events.on('powering-down', ({ id }: StoredResource) => {
      for (const script of made.values()) if (script.machineId === id) script.stop('Lost');
      clearTemporary(world, id);
    });
    return made;
  });
}

/** A run command as GET gives it; its instance view only where it was asked for. */
export function shownCommand(command: StoredResource, call: Call): Record<string, unknown> {
  const { hidden, ...visible } = command;
  const wanted = call.query.get('$expand')?.toLowerCase() === 'instanceview';
  const properties = wanted
    ? { ...command.properties, instanceView: hidden?.['instanceView'] }
    : command.properties;
  return { ...visible, properties };
}

/** Answers GET of one run command. */
export function readCommand(call: Call, world: World): Answer {
  const command = world.resources.get(pathOf(call));
  if (command === undefined) {
    machineOf(call, world);
    throw missing(pathOf(call));
  }
  return { status: 200, body: shownCommand(command, call) };
}

/** Answers GET of a machine's run commands. */
export function listCommands(call: Call, world: World): Answer {
  const machine = machineOf(call, world);
  const found = world.resources.below(machine.id).filter((one) => one.type === typeName);
  return { status: 200, body: { value: found.map((one) => shownCommand(one, call)) } };
}

function checkRoom(world: World, machine: StoredResource): void {
  const held = world.resources.below(machine.id).filter((one) => one.type === typeName);
  if (held.length < mostCommands) return;
  throw conflict(
    'OperationNotAllowed',
    `The maximum number of run commands (${mostCommands}) of VM '${machine.name}' has been reached. ` +
      'Delete run commands that are no longer needed.',
  );
}

function draftOf(call: Call, world: World, machine: StoredResource): StoredResource {
  const body = asObject(withoutNulls(call.body));
  const asked = { ...asObject(body['properties']) };
  const protectedParameters = asObjects(asked['protectedParameters']);
  delete asked['protectedParameters'];
  if (text(asked, 'source', 'script') === undefined) {
    throw badRequest('InvalidParameter', "Required parameter 'source.script' is missing (null).");
  }
  const id = placeOf(world, pathOf(call));
  return {
    id,
    name: id.slice(id.lastIndexOf('/') + 1),
    type: typeName,
    location: text(body, 'location') ?? machine.location ?? 'westeurope',
    tags: fields(body['tags']) as Record<string, string>,
    properties: { asyncExecution: false, ...asked, provisioningState: 'Creating' },
    hidden: { protectedParameters, instanceView: { executionState: 'Pending' }, run: randomUUID() },
  };
}

/** Answers PUT: the script starts, and the operation ends with it, or at once where it is asynchronous. */
export function writeCommand(call: Call, world: World): Answer {
  const machine = machineOf(call, world);
  const existing = world.resources.get(pathOf(call));
  const draft = draftOf(call, world, machine);
  if (powerOf(machine) !== 'running') throw notRunning();
  if (existing !== undefined && executionState(existing) === 'Running') {
    throw conflict(
      'Conflict',
      'Run command extension execution is in progress. Please wait for completion before invoking a run command.',
    );
  }
  if (existing === undefined) checkRoom(world, machine);
  else draft.properties['provisioningState'] = 'Updating';
  world.resources.put(draft);
  const work = operationOf(world, draft, performLater(world, machine, draft));
  const headers = pollHeaders(world, work, pollPlace(call, draft, world), ['Azure-AsyncOperation']);
  return { status: existing ? 200 : 201, headers, body: shownCommand(draft, call) };
}

function executionState(command: StoredResource): string | undefined {
  return text(command.hidden, 'instanceView', 'executionState');
}

function view(command: StoredResource, more: Readonly<Record<string, unknown>>): void {
  const before = fields(command.hidden?.['instanceView']);
  command.hidden = { ...command.hidden, instanceView: { ...before, ...more } };
}

function now(world: World): string {
  return new Date(world.clock.now()).toISOString();
}

async function performLater(
  world: World,
  machine: StoredResource,
  command: StoredResource,
): Promise<ScriptEnd | undefined> {
  await world.clock.sleep(fixedCost * 1000 * world.pace);
  if (isEnding(world)) return undefined;
  return tracked(world, () => perform(world, machine, command));
}

/** Runs the script; resolves when the operation is over, with the script's end where it waits for it. */
async function perform(
  world: World,
  machine: StoredResource,
  command: StoredResource,
): Promise<ScriptEnd | undefined> {
  const standing = world.resources.get(machine.id);
  if (standing === undefined || powerOf(standing) !== 'running') return lost(command);
  view(command, { executionState: 'Running', startTime: now(world) });
  const run = text(command.hidden, 'run') ?? '';
  scripts(world);
  const script = await runScript(world, run, {
    machineId: machine.id,
    text: text(command.properties, 'source', 'script') ?? '',
    parameters: [
      ...list(command.properties['parameters']),
      ...list(command.hidden?.['protectedParameters']),
    ],
    timeoutSeconds: number(command.properties, usualTimeout, 'timeoutInSeconds'),
  });
  scripts(world).set(run, script);
  if (world.resources.get(command.id) !== command) script.stop('Canceled');
  const ended = script.ended.then((end) => {
    scripts(world).delete(run);
    const { state, exitCode, output, error } = end;
    if (state === 'Lost') return lost(command);
    view(command, { executionState: state, exitCode, output, error, endTime: now(world) });
    return end;
  });
  return command.properties['asyncExecution'] === true ? undefined : ended;
}

/** The agent went with its machine: how the script ended is not known to anybody (from memory). */
function lost(command: StoredResource): ScriptEnd {
  view(command, { executionState: 'Unknown' });
  return { state: 'Lost', exitCode: -1, output: '', error: '' };
}

/** A long-running operation whose end is not known beforehand: it is always just about to end. */
function operationOf(
  world: World,
  command: StoredResource,
  performed: Promise<ScriptEnd | undefined>,
): RunningOperation {
  let endedAt: number | undefined;
  let end: ScriptEnd | undefined;
  let defect: unknown;
  void performed
    .then((value) => (end = value))
    .catch((error: unknown) => (defect = error))
    .finally(() => {
      endedAt = world.clock.now();
      command.properties['provisioningState'] = failure() === undefined ? 'Succeeded' : 'Failed';
    });
  const failure = (): { code: string; message: string } | undefined => {
    if (defect !== undefined) return { code: 'LocalAzureDefect', message: errorText(defect) };
    if (end?.state === 'Lost') {
      const { code, message } = preempted();
      return { code, message };
    }
    if (end === undefined || end.state === 'Succeeded') return undefined;
    if (command.properties['treatFailureAsDeploymentFailure'] !== true) return undefined;
    return { code: 'VMExtensionProvisioningError', message: failureText(command, end) };
  };
  const operation: RunningOperation & { startedAt: number } = {
    id: randomUUID(),
    startedAt: world.clock.now(),
    get endsAt() {
      return endedAt ?? world.clock.now() + 100;
    },
    outcome: () => {
      const error = failure();
      return error === undefined ? { status: 'Succeeded' } : { status: 'Failed', error };
    },
  };
  world.operations.set(operation.id, operation);
  return operation;
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}

function failureText(command: StoredResource, end: ScriptEnd): string {
  const cause =
    end.state === 'TimedOut'
      ? 'the script did not end within its time'
      : `the script ended with exit code ${end.exitCode}`;
  return `VM has reported a failure when processing run command '${command.name}': ${cause}.`;
}
