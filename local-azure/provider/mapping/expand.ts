import type { Json, JsonMap } from './json.ts';
import { isMap, isUnknown } from '../terraform/values.ts';
import type { Value, ValueMap } from '../terraform/values.ts';
import { isNested, isSent } from './field.ts';
import type { Field, Nested, Plain } from './field.ts';
import { put } from './json.ts';

/** Text and collections count as not set when empty; false and 0 are values. */
function isUnset(value: Value): boolean {
  if (value === null || value === '' || isUnknown(value)) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) && Object.keys(value).length === 0;
}

function plainToArm(field: Plain, value: Value): Json | undefined {
  if (isUnset(value)) return field.empty;
  return field.codec === undefined ? (value as Json) : field.codec.toArm(value);
}

function element(field: Nested, value: Value): JsonMap {
  const body: JsonMap = {};
  for (const [path, fixed] of Object.entries(field.fixed ?? {})) put(body, path, fixed);
  expandInto(body, field.fields, isMap(value) ? value : {});
  return body;
}

function nestedToArm(field: Nested, value: Value): Json | undefined {
  if (isUnset(value)) return field.empty;
  const items = value as Value[];
  return field.kind === 'one'
    ? element(field, items[0] ?? null)
    : items.map((item) => element(field, item));
}

function expandInto(body: JsonMap, fields: readonly Field[], values: ValueMap): void {
  for (const field of fields) {
    if (!isSent(field)) continue;
    const value = values[field.tf] ?? null;
    const json = isNested(field) ? nestedToArm(field, value) : plainToArm(field, value);
    if (json !== undefined && field.arm !== '') put(body, field.arm, json);
  }
}

/** The ARM body for `values`, by `fields`; unknown values count as not set. */
export function expand(
  fields: readonly Field[],
  values: ValueMap,
  fixed: Readonly<Record<string, Json>> = {},
): JsonMap {
  const body: JsonMap = {};
  for (const [path, value] of Object.entries(fixed)) put(body, path, structuredClone(value));
  expandInto(body, fields, values);
  return body;
}
