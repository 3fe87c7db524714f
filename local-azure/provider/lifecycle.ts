import { describe } from './azure/arm.ts';
import { Failure } from './azure/failure.ts';
import { checkRecorded } from './mapping/recorded.ts';
import { idFor } from './mapping/table.ts';
import type { Setting } from './mapping/table.ts';
import { readState } from './reading.ts';
import {
  settled,
  callTo,
  stateIdOf,
  armIdOf,
  alreadyExists,
  sendAndSettle,
  bodyFor,
  sendParts,
  guarded,
  workOn,
} from './sending.ts';
import type { Resource } from './sending.ts';
import type { ValueMap } from './terraform/values.ts';

/** A new resource that exists but could not be finished: Terraform keeps it, tainted. */
export class Unfinished extends Error {
  readonly state: ValueMap;
  readonly reason: unknown;
  constructor(state: ValueMap, reason: unknown) {
    super('The resource exists but is not finished.');
    this.state = state;
    this.reason = reason;
  }
}

/** Makes the resource; gives its state as read back. Unfinished when it fails after it came to be. */
export async function create(
  resource: Resource,
  wanted: ValueMap,
  setting: Setting,
): Promise<ValueMap> {
  const { table } = resource;
  const planned = settled(wanted);
  if (table.custom !== undefined) return table.custom.create(planned, setting);
  await table.complete?.(planned, setting);
  const id = idFor(table.path, planned, setting.subscriptionId);
  await guarded(resource, id, () => make(resource, planned, id, setting));
  return finish(resource, planned, id, setting);
}

async function make(
  resource: Resource,
  planned: ValueMap,
  id: string,
  setting: Setting,
): Promise<void> {
  const { table } = resource;
  const found = await setting.arm.call(callTo(resource, id, 'GET'));
  if (found.status === 200) throw alreadyExists(resource.type, stateIdOf(resource, id));
  if (found.status !== 404)
    throw new Failure(
      `checking for presence of existing ${table.label} (${id}): ${describe(found)}`,
    );
  await table.prepare?.(planned, setting);
  const body = bodyFor(resource, planned, setting, null);
  checkRecorded(resource.type, id, body);
  const query = table.query;
  const call = callTo(resource, id, 'PUT', { body, ...(query === undefined ? {} : { query }) });
  const doing = `creating ${table.label} (${id}): performing CreateOrUpdate`;
  await sendAndSettle(setting, call, doing);
  if (table.sendTwice === true) await sendAndSettle(setting, call, doing);
}

async function finish(
  resource: Resource,
  planned: ValueMap,
  id: string,
  setting: Setting,
): Promise<ValueMap> {
  const started = { ...planned, id: stateIdOf(resource, id) };
  try {
    await resource.table.created?.(planned, workOn(resource, id, setting));
    await sendParts(resource, id, planned, setting, null);
    const state = await readState(resource, started, setting);
    if (state === null)
      throw new Failure(
        `retrieving ${resource.table.label} (${id}): it was not found after it was created`,
      );
    return state;
  } catch (error) {
    throw new Unfinished(started, error);
  }
}

/** Deletes the resource and waits until it is gone. */
export async function destroy(
  resource: Resource,
  state: ValueMap,
  setting: Setting,
): Promise<void> {
  const { table } = resource;
  if (table.custom !== undefined) return table.custom.delete(state, setting);
  const id = armIdOf(resource, state);
  const query = table.deleteQuery?.(setting);
  const rest = {
    ...(query === undefined ? {} : { query }),
    ...(table.deleteApi === undefined ? {} : { api: table.deleteApi }),
  };
  const call = callTo(resource, id, 'DELETE', rest);
  await table.deleting?.(state, workOn(resource, id, setting));
  const doing = `deleting ${table.label} (${id})`;
  await guarded(resource, id, async () => {
    const answer = await setting.arm.expect(call, [200, 202, 204, 404], doing);
    if (answer.status !== 404) await setting.arm.settle(call, answer, doing);
  });
  await table.deleted?.(state, workOn(resource, id, setting));
}
