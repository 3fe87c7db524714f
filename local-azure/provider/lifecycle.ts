import type { ArmAnswer, ArmCall, Json, JsonMap } from './azure/arm.ts';
import { describe } from './azure/arm.ts';
import { Failure } from './azure/failure.ts';
import { expand } from './mapping/expand.ts';
import { isSent } from './mapping/field.ts';
import type { Field } from './mapping/field.ts';
import { flatten } from './mapping/flatten.ts';
import { alone } from './mapping/locks.ts';
import { at, isJsonMap, merge, put, remove, text } from './mapping/json.ts';
import { checkRecorded, onlyRecorded } from './mapping/recorded.ts';
import { argumentsOf, idFor } from './mapping/table.ts';
import type { Part, ResourceTable, Setting, Work } from './mapping/table.ts';
import type { Schema } from './terraform/schema.ts';
import { isUnknown, isZero, sameSet } from './terraform/values.ts';
import type { Value, ValueMap } from './terraform/values.ts';

/** A resource type with its schema, under its Terraform name. */
export interface Resource {
  readonly type: string;
  readonly table: ResourceTable;
  readonly schema: Schema;
}

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

/** Unknown values become null: what a provider sees of them while it applies. */
export function settled(values: ValueMap): ValueMap {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, settledValue(value)]),
  );
}

function settledValue(value: Value): Value {
  if (isUnknown(value)) return null;
  if (Array.isArray(value)) return value.map(settledValue);
  return typeof value === 'object' && value !== null ? settled(value) : value;
}

function callTo(
  resource: Resource,
  id: string,
  method: string,
  rest: Partial<ArmCall> = {},
): ArmCall {
  return { method, path: id, api: resource.table.api, ...rest };
}

function stateIdOf(resource: Resource, id: string): string {
  return resource.table.stateId?.(id) ?? id;
}

function armIdOf(resource: Resource, state: ValueMap): string {
  const id = text(state['id'] as Json);
  return resource.table.armId?.(id) ?? id;
}

function readCall(resource: Resource, id: string): ArmCall {
  const query = resource.table.readQuery;
  return callTo(resource, id, 'GET', query === undefined ? {} : { query });
}

/** The words of azurerm for a resource that is there although Terraform did not make it. */
export function alreadyExists(type: string, id: string): Failure {
  return new Failure(
    `a resource with the ID "${id}" already exists - to be managed via Terraform this resource needs to be imported into the State. Please see the resource documentation for "${type}" for more information`,
  );
}

/** Sends a writing call and waits until the service has done it. */
export async function sendAndSettle(
  setting: Setting,
  call: ArmCall,
  doing: string,
): Promise<ArmAnswer> {
  const answer = await setting.arm.expect(call, [200, 201, 202, 204], doing);
  await setting.arm.settle(call, answer, doing);
  return answer;
}

function bodyFor(
  resource: Resource,
  planned: ValueMap,
  setting: Setting,
  before: ValueMap | null,
): JsonMap {
  const { table } = resource;
  const body = expand(table.fields, planned, table.fixed);
  table.shape?.(body, planned, setting, before);
  return body;
}

function partCall(
  resource: Resource,
  part: Part,
  id: string,
  method: string,
  body?: JsonMap,
): ArmCall {
  return { method, path: id + part.suffix, api: part.api ?? resource.table.api, body };
}

function isNamed(fields: readonly Field[], planned: ValueMap): boolean {
  return fields.some((field) => !isZero(planned[field.tf]));
}

async function sendPart(
  resource: Resource,
  part: Part,
  id: string,
  planned: ValueMap,
  setting: Setting,
): Promise<void> {
  const body = expand(part.fields, planned, part.fixed);
  part.shape?.(body, planned, setting);
  checkRecorded(resource.type, id + part.suffix, body);
  await sendAndSettle(
    setting,
    partCall(resource, part, id, 'PUT', body),
    `updating ${part.suffix.slice(1)} of ${id}`,
  );
}

async function sendParts(
  resource: Resource,
  id: string,
  planned: ValueMap,
  setting: Setting,
  before: ValueMap | null,
): Promise<void> {
  for (const part of resource.table.parts ?? []) {
    const wanted =
      before === null
        ? (part.sendWhenNew?.(planned) ?? isNamed(part.fields, planned))
        : part.fields.some((field) => changed(field, planned, before)) ||
          (part.sendAfter ?? []).some((name) =>
            changed({ kind: 'plain', tf: name, arm: '' }, planned, before),
          );
    if (wanted) await sendPart(resource, part, id, planned, setting);
  }
}

function changed(field: Field, planned: ValueMap, before: ValueMap): boolean {
  const [after, prior] = [planned[field.tf] ?? null, before[field.tf] ?? null];
  return isSent(field) && !sameSet(after, prior) && !(isZero(after) && isZero(prior));
}

/** Runs `work` alone where the type's table asks for it. */
function guarded<Result>(
  resource: Resource,
  id: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const key = resource.table.lock?.(id);
  return key === undefined ? work() : alone(key, work);
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

function workOn(resource: Resource, id: string, setting: Setting): Work {
  return { setting, table: resource.table, schema: resource.schema, id };
}

/** The state of the resource as ARM has it now, on top of `state`; null when it is gone. */
export async function readState(
  resource: Resource,
  state: ValueMap,
  setting: Setting,
): Promise<ValueMap | null> {
  const { table, schema } = resource;
  if (table.custom !== undefined) return table.custom.read(state, setting);
  const id = armIdOf(resource, state);
  const answer = await setting.arm.call(readCall(resource, id));
  if (answer.status === 404) return null;
  if (answer.status !== 200)
    throw new Failure(`retrieving ${table.label} (${id}): ${describe(answer)}`);
  const fromPath = argumentsOf(table.path, id) ?? {};
  const json = table.arriving?.(answer.body) ?? answer.body;
  const next = {
    ...flatten(table.fields, json, schema, state),
    ...fromPath,
    id: state['id'] ?? null,
  };
  await readParts(resource, next, id, setting);
  table.unshape?.(next, answer.body, setting);
  await table.readMore?.(next, workOn(resource, id, setting), answer.body);
  return next;
}

async function readParts(
  resource: Resource,
  state: ValueMap,
  id: string,
  setting: Setting,
): Promise<void> {
  for (const part of resource.table.parts ?? []) {
    if (part.reading === 'none') continue;
    const listed = part.reading === 'POST list';
    const call = partCall(
      resource,
      { ...part, suffix: part.suffix + (listed ? '/list' : '') },
      id,
      listed ? 'POST' : 'GET',
    );
    const answer = await setting.arm.call(call);
    if (answer.status !== 200 && answer.status !== 404)
      throw new Failure(`retrieving ${part.suffix.slice(1)} of ${id}: ${describe(answer)}`);
    const json = answer.status === 200 ? answer.body : {};
    Object.assign(state, flatten(part.fields, json, resource.schema, state));
    part.unshape?.(state, json);
  }
}

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
  for (const field of touched) {
    if (field.arm !== '') remove(base, field.arm);
  }
  return merge(base, fresh);
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
