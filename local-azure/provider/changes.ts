import type { JsonMap } from './mapping/json.ts';
import { Failure } from './azure/failure.ts';
import type { Field } from './mapping/field.ts';
import { at, isJsonMap, merge, put, remove } from './mapping/json.ts';
import { checkRecorded, onlyRecorded } from './mapping/recorded.ts';
import type { Setting } from './mapping/table.ts';
import { readState } from './reading.ts';
import {
  settled,
  callTo,
  armIdOf,
  readCall,
  sendAndSettle,
  bodyFor,
  sendParts,
  changed,
  guarded,
  workOn,
} from './sending.ts';
import type { Resource } from './sending.ts';
import type { ValueMap } from './terraform/values.ts';

/** Changes the resource in place; gives its state as read back. */
export async function update(
  resource: Resource,
  wanted: ValueMap,
  prior: ValueMap,
  setting: Setting,
): Promise<ValueMap> {
  const { table } = resource;
  const planned = settled(wanted);
  if (table.custom?.update !== undefined) return table.custom.update(planned, prior, setting);
  const id = armIdOf(resource, prior);
  const touched = table.fields.filter((field) => changed(field, planned, prior));
  const accepted = (table.accepts ?? []).some((name) =>
    changed({ kind: 'plain', tf: name, arm: '' }, planned, prior),
  );
  if (touched.length > 0 || accepted) {
    await guarded(resource, id, () => sendChange(resource, planned, prior, touched, id, setting));
  }
  await table.changed?.(planned, prior, workOn(resource, id, setting));
  await sendParts(resource, id, planned, setting, prior);
  const state = await readState(resource, { ...planned, id: prior['id'] ?? null }, setting);
  if (state === null)
    throw new Failure(`retrieving ${table.label} (${id}): it was not found after it was changed`);
  return state;
}

async function sendChange(
  resource: Resource,
  planned: ValueMap,
  prior: ValueMap,
  touched: readonly Field[],
  id: string,
  setting: Setting,
): Promise<void> {
  const { table } = resource;
  const doing = `updating ${table.label} (${id}): performing ${table.update === 'patch' ? 'Update' : 'CreateOrUpdate'}`;
  const whole = bodyFor(resource, planned, setting, prior);
  if (table.send !== undefined) return table.send(whole, planned, prior, id, setting);
  const part = partOf(whole, touched);
  checkRecorded(resource.type, id, table.update === 'put' ? whole : part);
  const query = table.query;
  const rest = query === undefined ? {} : { query };
  if (table.update === 'patch') {
    const body = merge(table.patchBase ?? {}, part);
    await sendAndSettle(setting, callTo(resource, id, 'PATCH', { body, ...rest }), doing);
    return;
  }
  const fresh = touched.length === 0 ? whole : part;
  const body = table.update === 'put' ? whole : await laidOn(resource, fresh, touched, id, setting);
  await sendAndSettle(setting, callTo(resource, id, 'PUT', { body, ...rest }), doing);
}

/** Of `whole`, what the touched arguments stand for. */
function partOf(whole: JsonMap, touched: readonly Field[]): JsonMap {
  const part: JsonMap = {};
  for (const field of touched) {
    const value = field.arm === '' ? undefined : at(whole, field.arm);
    if (value !== undefined) put(part, field.arm, value);
  }
  return part;
}

/** What is there with the touched properties taken anew, so that nothing else is lost. */
async function laidOn(
  resource: Resource,
  fresh: JsonMap,
  touched: readonly Field[],
  id: string,
  setting: Setting,
): Promise<JsonMap> {
  const found = await setting.arm.expect(
    readCall(resource, id),
    [200],
    `retrieving ${resource.table.label} (${id})`,
  );
  const base =
    resource.table.slim === true ? onlyRecorded(id, found.body) : structuredClone(found.body);
  bareIdentity(base);
  for (const path of resource.table.unmodelled ?? []) removeEach(base, path.split('[].'));
  resource.table.beneath?.(
    base,
    touched.map(({ tf }) => tf),
  );
  for (const field of touched) {
    if (field.arm !== '') remove(base, field.arm);
  }
  return merge(base, fresh);
}

/** Takes a property out, also from each element of the lists on the way to it. */
function removeEach(json: JsonMap, [path = '', ...rest]: readonly string[]): void {
  if (rest.length === 0) return remove(json, path);
  for (const item of (at(json, path) ?? []) as JsonMap[]) removeEach(item, rest);
}

/** An identity goes back without the ids that the service gave it. */
export function bareIdentity(body: JsonMap): void {
  const { identity } = body;
  if (!isJsonMap(identity)) return;
  const assigned = identity['userAssignedIdentities'];
  const names = isJsonMap(assigned) ? Object.keys(assigned) : [];
  body['identity'] = {
    type: identity['type'] ?? 'None',
    userAssignedIdentities:
      names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, {}])),
  };
}
