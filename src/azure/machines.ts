import { Cancelled } from '../errors.ts';
import { apis } from './api-versions.ts';
import type { Arm } from './arm.ts';

const patience = 600;

/** Power state of a machine by its ARM path, such as running or deallocated; `unknown` where Azure does not say, undefined where there is no such machine. */
export async function powerOf(path: string, arm: Arm): Promise<string | undefined> {
  const view = await arm.get<InstanceView>(`${path}/instanceView`, apis.compute);
  if (view === undefined) return undefined;
  const codes = (view.statuses ?? []).map(({ code }) => code);
  return codes.find((code) => code.startsWith('PowerState/'))?.slice(11) ?? 'unknown';
}

/** Starts a machine and waits until it runs; `what` begins the message of a failure. */
export async function startMachine(path: string, arm: Arm, what: string): Promise<void> {
  await arm.post(`${path}/start`, apis.compute, undefined, { what, deadlineSeconds: patience });
}

/** Deallocates a machine; after a cancel it is enough that the request is out. */
export async function deallocateMachine(path: string, arm: Arm, what: string): Promise<void> {
  const wait = { what, deadlineSeconds: patience };
  await sent(arm.post(`${path}/deallocate`, apis.compute, undefined, wait));
}

/** After a cancel the request is out, and only the wait for its end is cut short. */
export async function sent(request: Promise<unknown>): Promise<void> {
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
