import { decode, encode, ExtensionCodec } from '@msgpack/msgpack';
import type { Block } from './schema.ts';
import type { Type } from './type.ts';

/** A value as Terraform has it. Lists and sets are arrays, maps and objects are records. */
export type Value = null | string | number | boolean | Unknown | Value[] | ValueMap;
export interface ValueMap {
  [name: string]: Value;
}

class UnknownValue {
  readonly unknown = true;
}
export type Unknown = UnknownValue;

/** What is only known after apply. */
export const UNKNOWN: Unknown = new UnknownValue();

const codec = new ExtensionCodec();
codec.register({
  type: 0,
  encode: (value) => (value instanceof UnknownValue ? new Uint8Array([0]) : null),
  decode: () => UNKNOWN,
});
// A refined unknown: Terraform knows a prefix or that it is not null. Here it is just unknown.
codec.register({ type: 12, encode: () => null, decode: () => UNKNOWN });

export function isUnknown(value: Value | undefined): value is Unknown {
  return value instanceof UnknownValue;
}

export function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isUnknown(value);
}

/** True when nothing inside `value` is unknown. */
export function isWhollyKnown(value: Value): boolean {
  if (isUnknown(value)) return false;
  if (Array.isArray(value)) return value.every(isWhollyKnown);
  return !isMap(value) || Object.values(value).every(isWhollyKnown);
}

/** null, "", false, 0, [] and {}: what the provider's toolkit takes for "not set". */
export function isZero(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0)
    return true;
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) && Object.keys(value).length === 0;
}

/** Structural equality; sets must be compared by `sameSet`. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  return JSON.stringify(sorted(a ?? null)) === JSON.stringify(sorted(b ?? null));
}

/** Equality of two sets, whatever their order. */
export function sameSet(a: Value | undefined, b: Value | undefined): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return equal(a, b);
  const keys = (values: Value[]): string[] =>
    values.map((value) => JSON.stringify(sorted(value))).sort();
  return JSON.stringify(keys(a)) === JSON.stringify(keys(b));
}

function sorted(value: Value): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] ?? null)]),
  );
}

/** Decodes a msgpack value of the plugin protocol; undefined (no value sent) is null. */
export function unpack(dynamic: unknown): Value {
  const bytes = (dynamic as { msgpack?: Uint8Array } | undefined)?.msgpack;
  return bytes === undefined || bytes.length === 0
    ? null
    : (decode(bytes, { extensionCodec: codec }) as Value);
}

/** Encodes `value` as an object of `block`'s type: every attribute present, nothing besides. */
export function pack(value: Value, block: Block): { msgpack: Uint8Array } {
  return {
    msgpack: encode(conformBlock(value, block), { extensionCodec: codec, ignoreUndefined: true }),
  };
}

/** `value` with every attribute and block of `block`, absent ones null or empty. */
export function conformBlock(value: Value, block: Block): Value {
  if (!isMap(value)) return isUnknown(value) ? UNKNOWN : null;
  const result: ValueMap = {};
  for (const [name, attribute] of Object.entries(block.attributes)) {
    result[name] = conform(value[name] ?? null, attribute.type);
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    const inner = value[name] ?? null;
    if (nested.nesting === 'single') result[name] = conformBlock(inner, nested.block);
    else if (isUnknown(inner) || value[name] === null) result[name] = inner;
    else result[name] = ((inner ?? []) as Value[]).map((item) => conformBlock(item, nested.block));
  }
  return result;
}

/** `value` as one of `type`: strings to numbers and the like, missing object fields null. */
export function conform(value: Value, type: Type): Value {
  if (value === null || isUnknown(value)) return value;
  if (type === 'number') return typeof value === 'string' ? Number(value) : value;
  if (type === 'string') return typeof value === 'string' ? value : JSON.stringify(value);
  if (type === 'bool') return value === true || value === 'true';
  if (type === 'dynamic') return value;
  if (type[0] === 'list' || type[0] === 'set')
    return (value as Value[]).map((item) => conform(item, type[1]));
  const source = value as ValueMap;
  if (type[0] === 'object') {
    const fields = Object.entries(type[1]);
    return Object.fromEntries(
      fields.map(([key, inner]) => [key, conform(source[key] ?? null, inner)]),
    );
  }
  const entries = Object.entries(source);
  return Object.fromEntries(entries.map(([key, item]) => [key, conform(item, type[1])]));
}
