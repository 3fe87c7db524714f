import { armOperation } from '../../arm/operation.ts';
import { pathOf } from '../../arm/place.ts';
import { removeTree } from '../../arm/remove.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { changePower, instanceView, machineOf, notRunning, powerOf } from './power.ts';
import type { PowerChange } from './power.ts';
import { listCommands, readCommand, writeCommand } from './run-command.ts';

const machine =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{machine}';
const command = `${machine}/runCommands/{name}`;
const right = 'Microsoft.Compute/virtualMachines';

const powerChanges: Readonly<Record<string, PowerChange>> = {
  start: { meanwhile: 'starting', end: 'running', seconds: 60, stops: false },
  deallocate: { meanwhile: 'deallocating', end: 'deallocated', seconds: 45, stops: true },
  powerOff: { meanwhile: 'stopping', end: 'stopped', seconds: 15, stops: true },
  restart: { meanwhile: 'starting', end: 'running', seconds: 45, stops: true },
};

function removeCommand(call: Call, world: World): Answer {
  const machine = machineOf(call, world);
  if (world.resources.get(pathOf(call)) === undefined) return { status: 204 };
  if (powerOf(machine) !== 'running') throw notRunning();
  removeTree(world, pathOf(call));
  return { status: 200 };
}

/** Managed Run Command, and the power of the machines it runs on. */
export const operations: readonly Operation[] = [
  armOperation({
    route: `PUT ${command}`,
    needs: `${right}/runCommands/write`,
    simplified: 'Linux only; no scriptUri, outputBlobUri, runAsUser, galleryScript or commandId',
    answer: writeCommand,
  }),
  armOperation({
    route: `GET ${command}`,
    needs: `${right}/runCommands/read`,
    answer: readCommand,
  }),
  armOperation({
    route: `GET ${machine}/runCommands`,
    needs: `${right}/runCommands/read`,
    answer: listCommands,
  }),
  armOperation({
    route: `DELETE ${command}`,
    needs: `${right}/runCommands/delete`,
    simplified: 'ends at once',
    answer: removeCommand,
  }),
  armOperation({
    route: `GET ${machine}/instanceView`,
    needs: `${right}/instanceView/read`,
    answer: (call, world) => ({ status: 200, body: instanceView(machineOf(call, world)) }),
  }),
  ...Object.entries(powerChanges).map(([verb, change]) =>
    armOperation({
      route: `POST ${machine}/${verb}`,
      needs: `${right}/${verb}/action`,
      answer: (call, world) => changePower(change, call, world),
    }),
  ),
];
