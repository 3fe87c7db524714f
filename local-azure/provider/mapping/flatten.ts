import type { Json, JsonMap } from './json.ts';
import type { Block } from '../terraform/schema.ts';
import { isMap } from '../terraform/values.ts';
import type { Type } from '../terraform/type.ts';
import type { Value, ValueMap } from '../terraform/values.ts';
import { isNested, KEEP } from './field.ts';
import type { Field, Nested, Plain } from './field.ts';
import { at } from './json.ts';

/** What the SDK's `Set` leaves for a value that the service did not give. */
function zeroOf(type: Type | undefined): Value {
  if (type === undefined) return null;
  if (type === 'string') return '';
  if (type === 'number') return 0;
  if (type === 'bool') return false;
  if (type === 'dynamic') return null;
  return type[0] === 'map' || type[0] === 'object' ? {} : [];
}

function plainFromArm(
  field: Plain,
  json: Json | undefined,
  type: Type | undefined,
  before: Value,
): Value {
  if (json === undefined || json === null) {
    if (field.missing === KEEP) return before;
    return field.missing === undefined ? zeroOf(type) : field.missing;
  }
  return field.codec === undefined ? (json as Value) : field.codec.fromArm(json);
}

/** The types of what stands inside a nested block, or inside an argument that holds objects. */
interface Shape {
  type(name: string): Type | undefined;
  inside(name: string): Shape;
}

function shapeOfType(type: Type | undefined): Shape {
  let object = type;
  while (object !== undefined && typeof object !== 'string' && object[0] !== 'object')
    object = object[1];
  const fields =
    object !== undefined && typeof object !== 'string' ? (object[1] as Record<string, Type>) : {};
  return { type: (name) => fields[name], inside: (name) => shapeOfType(fields[name]) };
}

function shapeOfBlock(block: Block): Shape {
  return {
    type: (name) => block.attributes[name]?.type,
    inside: (name) => {
      const nested = block.blocks[name];
      return nested === undefined
        ? shapeOfType(block.attributes[name]?.type)
        : shapeOfBlock(nested.block);
    },
  };
}

function nestedFromArm(field: Nested, json: Json | undefined, shape: Shape, before: Value): Value {
  if (json === undefined || json === null) return field.missing === KEEP ? before : [];
  const items = (field.kind === 'one' ? [json] : json) as Json[];
  const prior = Array.isArray(before) ? before : [];
  return items.map((item, index) => {
    const known = prior[index];
    return flattenWith(field.fields, item as JsonMap, shape, isMap(known) ? known : {});
  });
}

function flattenWith(
  fields: readonly Field[],
  json: JsonMap,
  shape: Shape,
  before: ValueMap,
): ValueMap {
  const result: ValueMap = { ...before };
  for (const field of fields) {
    if (field.kind === 'write') continue;
    const found = at(json, field.arm);
    const prior = before[field.tf] ?? null;
    result[field.tf] = isNested(field)
      ? nestedFromArm(field, found, shape.inside(field.tf), prior)
      : plainFromArm(field, found, shape.type(field.tf), prior);
  }
  return result;
}

/** `before` with everything that `fields` read from `json` laid over it. */
export function flatten(
  fields: readonly Field[],
  json: JsonMap,
  block: Block,
  before: ValueMap,
): ValueMap {
  return flattenWith(fields, json, shapeOfBlock(block), before);
}
