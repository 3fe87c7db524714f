import { ArmError } from '../../arm/errors.ts';
import { begin, pollHeaders } from '../../arm/long-running.ts';
import { missing, pathOf } from '../../arm/place.ts';
import { pollPlace } from '../../arm/write.ts';
import { fields, list, number, text } from '../../inside/json-fields.ts';
import type { Answer, Call } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';

/** The power states of a machine that last; in between it is on its way to one of them. */
export type Power =
  'running' | 'starting' | 'stopped' | 'stopping' | 'deallocated' | 'deallocating';

const displayNames: Readonly<Record<Power, string>> = {
  running: 'VM running',
  starting: 'VM starting',
  stopped: 'VM stopped',
  stopping: 'VM stopping',
  deallocated: 'VM deallocated',
  deallocating: 'VM deallocating',
};

/** The machine's power state; a machine that was made and never touched runs. */
export function powerOf(machine: StoredResource): Power {
  const kept = text(machine.hidden, 'power');
  const shown = list(fields(machine.properties['instanceView'])['statuses'])
    .map((status) => text(status, 'code'))
    .find((code) => code?.startsWith('PowerState/'));
  const power = kept ?? shown?.slice('PowerState/'.length) ?? 'running';
  return power as Power;
}

/** The machine of a request; 404 where it is not there. */
export function machineOf(call: Call, world: World): StoredResource {
  const id = /^.*\/virtualMachines\/[^/]+/i.exec(pathOf(call))?.[0] ?? '';
  const machine = world.resources.get(id);
  if (machine === undefined) throw missing(id);
  return machine;
}

function setPower(machine: StoredResource, power: Power): void {
  machine.hidden = { ...machine.hidden, power };
}

/** What `instanceView` says of a machine. */
export function instanceView(machine: StoredResource): Record<string, unknown> {
  const power = powerOf(machine);
  const agent = power === 'running' ? [{ code: 'ProvisioningState/succeeded', level: 'Info' }] : [];
  return {
    computerName: text(machine.properties, 'osProfile', 'computerName'),
    ...(agent.length > 0 ? { vmAgent: { vmAgentVersion: '2.0', statuses: agent } } : {}),
    statuses: [
      {
        code: `ProvisioningState/${text(machine.properties, 'provisioningState')?.toLowerCase() ?? 'succeeded'}`,
        level: 'Info',
        displayStatus: 'Provisioning succeeded',
      },
      { code: `PowerState/${power}`, level: 'Info', displayStatus: displayNames[power] },
    ],
  };
}

/** A change of power: what it goes through, where it ends, and the seconds Azure takes. */
export interface PowerChange {
  readonly meanwhile: Power;
  readonly end: Power;
  readonly seconds: number;
  /** Whether what runs on the machine is gone from the moment it begins. */
  readonly stops: boolean;
}

/**
 * Answers `POST …/start` and its siblings: 202 and polls, as Azure does even where nothing is to do.
 * Of two changes at once the later one wins, and the earlier one fails (OperationPreempted).
 */
export function changePower(change: PowerChange, call: Call, world: World): Answer {
  const machine = machineOf(call, world);
  const turn = number(machine.hidden, 0, 'powerTurn') + 1;
  machine.hidden = { ...machine.hidden, powerTurn: turn };
  if (change.stops || powerOf(machine) !== change.end) setPower(machine, change.meanwhile);
  if (change.stops) world.events.emit('powering-down', machine);
  const work = begin(world, change.seconds, () => {
    const now = world.resources.get(machine.id);
    if (now === undefined) return undefined;
    if (number(now.hidden, 0, 'powerTurn') !== turn) throw preempted();
    setPower(now, change.end);
    return undefined;
  });
  const kinds = ['Azure-AsyncOperation', 'Location'] as const;
  return { status: 202, headers: pollHeaders(world, work, pollPlace(call, machine, world), kinds) };
}

/** What an operation of Azure's compute service ends with when a later one has overtaken it. */
export function preempted(): ArmError {
  return new ArmError(
    409,
    'OperationPreempted',
    'Operation execution has been preempted by a more recent operation.',
  );
}

/**
 * 409 where a machine does not run: its run commands are kept by its agent, like extensions, and
 * cannot be made or deleted (learn.microsoft.com, "Understand common error messages when you manage
 * virtual machines in Azure").
 */
export function notRunning(): ArmError {
  return new ArmError(
    409,
    'OperationNotAllowed',
    'Cannot modify extensions in the VM when the VM is not running.',
  );
}
