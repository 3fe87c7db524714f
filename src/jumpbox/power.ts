import type { Arm } from '../azure/arm.ts';
import { Cancelled } from '../errors.ts';
import type { Toolbox } from '../toolbox/index.ts';

/** Version of Microsoft.Compute's API; stable, and the one the Terraform provider uses for machines. */
export const computeApi = '2024-03-01';

const patience = 600;

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
  if (await isRunning(path, arm)) return work();
  log.info('Starting the jumpbox.');
  try {
    const wait = { what: 'the jumpbox to start', deadlineSeconds: patience };
    await arm.post(`${path}/start`, computeApi, undefined, wait);
    return await work();
  } finally {
    log.info('Deallocating the jumpbox.');
    const wait = { what: 'the jumpbox to be deallocated', deadlineSeconds: patience };
    await requested(farewell().post(`${path}/deallocate`, computeApi, undefined, wait));
  }
}

async function isRunning(path: string, arm: Arm): Promise<boolean> {
  const view = await arm.get<InstanceView>(`${path}/instanceView`, computeApi);
  return (view?.statuses ?? []).some(({ code }) => code === 'PowerState/running');
}

/** After a cancel the request is out, and only the wait for its end is cut short. */
async function requested(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
  }
}

/** Answer of virtualMachines/instanceView, as far as it is used. */
interface InstanceView {
  readonly statuses?: readonly { readonly code: string }[];
}
