import type { Json, JsonMap } from './mapping/json.ts';
import type { ArmAnswer, ArmCall } from './azure/arm.ts';
import { Failure } from './azure/failure.ts';
import { expand } from './mapping/expand.ts';
import { isSent } from './mapping/field.ts';
import type { Field } from './mapping/field.ts';
import { text } from './mapping/json.ts';
import { alone } from './mapping/locks.ts';
import { checkRecorded } from './mapping/recorded.ts';
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

export function callTo(
  resource: Resource,
  id: string,
  method: string,
  rest: Partial<ArmCall> = {},
): ArmCall {
  return { method, path: id, api: resource.table.api, ...rest };
}

export function stateIdOf(resource: Resource, id: string): string {
  return resource.table.stateId?.(id) ?? id;
}

export function armIdOf(resource: Resource, state: ValueMap): string {
  const id = text(state['id'] as Json);
  return resource.table.armId?.(id) ?? id;
}

export function readCall(resource: Resource, id: string): ArmCall {
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

export function bodyFor(
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

export function partCall(
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

export async function sendParts(
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

export function changed(field: Field, planned: ValueMap, before: ValueMap): boolean {
  const [after, prior] = [planned[field.tf] ?? null, before[field.tf] ?? null];
  return isSent(field) && !sameSet(after, prior) && !(isZero(after) && isZero(prior));
}

/** Runs `work` alone where the type's table asks for it. */
export function guarded<Result>(
  resource: Resource,
  id: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const key = resource.table.lock?.(id);
  return key === undefined ? work() : alone(key, work);
}

export function workOn(resource: Resource, id: string, setting: Setting): Work {
  return { setting, table: resource.table, schema: resource.schema, id };
}
