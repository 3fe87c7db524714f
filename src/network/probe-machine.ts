import type { Arm } from '../azure/arm.ts';
import { Cancelled, Problem } from '../errors.ts';
import type { Toolbox } from '../toolbox/index.ts';

/** Version of Microsoft.Compute's API; stable, and the one the Terraform provider uses for machines. */
export const computeApi = '2024-03-01';

/** The probe machine, started at the first use and put back at the end. */
export interface ProbeMachine {
  /** Sees to it that the machine runs. */
  wake(): Promise<void>;
  /** Deallocates the machine where `wake` had started it. */
  putBack(): Promise<void>;
}

/** `farewell` gives the Arm that still works after a cancel. */
export function probeMachine(
  path: string,
  arm: Arm,
  farewell: () => Arm,
  log: Toolbox['log'],
): ProbeMachine {
  let woken: Promise<void> | undefined;
  let startedByUs = false;
  const start = async (): Promise<void> => {
    if (await isRunning(path, arm)) return;
    log.info('Starting the probe machine.');
    // Noted before the request: a start that was cut off in its wait must be put back, too.
    startedByUs = true;
    const wait = { what: 'the probe machine to start', deadlineSeconds: 600 };
    await arm.post(`${path}/start`, computeApi, undefined, wait);
  };
  return {
    wake: () => (woken ??= start()),
    putBack: async () => {
      if (!startedByUs) return;
      log.info('Deallocating the probe machine.');
      const wait = { what: 'the probe machine to be deallocated', deadlineSeconds: 600 };
      await sent(farewell().post(`${path}/deallocate`, computeApi, undefined, wait));
    },
  };
}

/** After a cancel the request is out, and only the wait for its end is cut short. */
export async function sent(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
  }
}

async function isRunning(path: string, arm: Arm): Promise<boolean> {
  const view = await arm.get<InstanceView>(`${path}/instanceView`, computeApi);
  if (view !== undefined) {
    return (view.statuses ?? []).some(({ code }) => code === 'PowerState/running');
  }
  throw new Problem(
    'The probe machine does not exist, and without it nothing inside the network can be asked.',
    'run deploy with the stage network, or set vantage: direct on a runner inside the network.',
    { anchor: 'probe' },
  );
}

/** Answer of virtualMachines/instanceView, as far as it is used. */
interface InstanceView {
  readonly statuses?: readonly { readonly code: string }[];
}
