import type { Arm } from '../azure/arm.ts';
import { deallocateMachine, powerOf, startMachine } from '../azure/machines.ts';
import type { Toolbox } from '../toolbox/index.ts';

/**
 * Does `work` while a machine runs: one that does not is started first and deallocated afterwards,
 * also when the work failed. `farewell` gives the Arm that still works after a cancel.
 */
export async function whileRunning<T>(
  path: string,
  arm: Arm,
  farewell: () => Arm,
  log: Toolbox['log'],
  work: () => Promise<T>,
): Promise<T> {
  if ((await powerOf(path, arm)) === 'running') return work();
  log.info('Starting the jumpbox.');
  try {
    await startMachine(path, arm, 'the jumpbox to start');
    return await work();
  } finally {
    log.info('Deallocating the jumpbox.');
    await deallocateMachine(path, farewell(), 'the jumpbox to be deallocated');
  }
}
