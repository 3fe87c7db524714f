import { createHash } from 'node:crypto';
import { isObject } from '../json.ts';
import type { Json } from '../json.ts';
import { invalidTemplate } from './expression.ts';

/** A template function that depends on its arguments alone. */
export type PureFunction = (...args: readonly unknown[]) => unknown;

/**
 * The pure template functions Local Azure knows, by name in lower case
 * (learn.microsoft.com, "ARM template functions").
 */
export const pureFunctions: Readonly<Record<string, PureFunction>> = {
  // values
  true: () => true,
  false: () => false,
  null: () => null,
  string: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  int: (value) => Number.parseInt(String(value), 10),
  bool: (value) => String(value).toLowerCase() === 'true' || value === 1,
  json: (text) => JSON.parse(String(text)) as unknown,
  array: (value) => (Array.isArray(value) ? (value as unknown[]) : [value]),
  createarray: (...values) => values,
  createobject: (...values) =>
    Object.fromEntries(
      values.flatMap((value, index) => (index % 2 === 0 ? [[value, values[index + 1]]] : [])) as [
        string,
        unknown,
      ][],
    ),
  coalesce: (...values) => values.find((value) => value !== null && value !== undefined) ?? null,
  empty: (value) => value === null || value === undefined || sizeOf(value) === 0,
  length: (value) => sizeOf(value),
  contains: (value, wanted) => contains(value, wanted),
  union: (...values) =>
    Array.isArray(values[0])
      ? [...new Map(values.flat().map((value) => [JSON.stringify(value), value])).values()]
      : values.filter(isObject).reduce<Json>(merged, {}),
  intersection: (one, other) => {
    const held = new Set((other as unknown[]).map((value) => JSON.stringify(value)));
    return (one as unknown[]).filter((value) => held.has(JSON.stringify(value)));
  },
  items: (value) =>
    Object.entries(value as Json)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => ({ key, value: inner })),
  objectkeys: (value) => Object.keys(value as Json),
  range: (start, count) =>
    Array.from({ length: Number(count) }, (_, index) => Number(start) + index),
  // logic
  not: (value) => value !== true,
  and: (...values) => values.every((value) => value === true),
  or: (...values) => values.some((value) => value === true),
  equals: (one, other) => equal(one, other),
  less: (one, other) => ordered(one) < ordered(other),
  lessorequals: (one, other) => ordered(one) <= ordered(other),
  greater: (one, other) => ordered(one) > ordered(other),
  greaterorequals: (one, other) => ordered(one) >= ordered(other),
  // numbers
  add: (one, other) => Number(one) + Number(other),
  sub: (one, other) => Number(one) - Number(other),
  mul: (one, other) => Number(one) * Number(other),
  div: (one, other) => Math.trunc(Number(one) / Number(other)),
  mod: (one, other) => Number(one) % Number(other),
  min: (...values) => Math.min(...values.flat().map(Number)),
  max: (...values) => Math.max(...values.flat().map(Number)),
  // texts and lists
  concat: (...values) =>
    Array.isArray(values[0])
      ? values.flatMap((value) => value)
      : values.map((value) => textOf(value)).join(''),
  format: (text, ...values) => formatted(String(text), values),
  tolower: (text) => String(text).toLowerCase(),
  toupper: (text) => String(text).toUpperCase(),
  trim: (text) => String(text).trim(),
  replace: (text, from, to) => String(text).replaceAll(String(from), String(to)),
  split: (text, by) =>
    (Array.isArray(by) ? by : [by]).reduce<string[]>(
      (parts: string[], mark: unknown) => parts.flatMap((part) => part.split(String(mark))),
      [String(text)],
    ),
  join: (values, by) => (values as unknown[]).map(textOf).join(String(by)),
  substring: (text, start, length) =>
    String(text).substring(
      Number(start),
      length === undefined ? undefined : Number(start) + Number(length),
    ),
  startswith: (text, start) => String(text).toLowerCase().startsWith(String(start).toLowerCase()),
  endswith: (text, end) => String(text).toLowerCase().endsWith(String(end).toLowerCase()),
  indexof: (text, part) => String(text).toLowerCase().indexOf(String(part).toLowerCase()),
  padleft: (text, length, fill) =>
    textOf(text).padStart(Number(length), fill === undefined ? ' ' : textOf(fill)),
  first: (value) => (value as readonly unknown[])[0] ?? null,
  last: (value) => (value as readonly unknown[]).at(-1) ?? null,
  take: (value, count) => (value as readonly unknown[]).slice(0, Number(count)),
  skip: (value, count) => (value as readonly unknown[]).slice(Number(count)),
  base64: (text) => Buffer.from(String(text), 'utf8').toString('base64'),
  base64tostring: (text) => Buffer.from(String(text), 'base64').toString('utf8'),
  base64tojson: (text) =>
    JSON.parse(Buffer.from(String(text), 'base64').toString('utf8')) as unknown,
  uri: (base, relative) => new URL(String(relative), String(base)).href,
  uricomponent: (text) => encodeURIComponent(String(text)),
  uricomponenttostring: (text) => decodeURIComponent(String(text)),
  uniquestring: (...values) => uniqueString(values.map(textOf)),
  guid: (...values) => guidOf(values.map(textOf)),
};

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return JSON.stringify(value);
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : 0;
}

function contains(value: unknown, wanted: unknown): boolean {
  if (typeof value === 'string') return value.includes(textOf(wanted));
  if (Array.isArray(value))
    return value.some((inner) => JSON.stringify(inner) === JSON.stringify(wanted));
  return Object.keys(value as Json).some(
    (key) => key.toLowerCase() === textOf(wanted).toLowerCase(),
  );
}

function merged(one: Json, other: Json): Json {
  const result: Json = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = result[name];
    result[name] = isObject(before) && isObject(value) ? merged(before, value) : value;
  }
  return result;
}

/** Texts compare without case, everything else by value. */
function equal(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' && typeof other === 'string') {
    return one.toLowerCase() === other.toLowerCase();
  }
  return JSON.stringify(one) === JSON.stringify(other);
}

function ordered(value: unknown): string | number {
  return typeof value === 'number' ? value : String(value);
}

function formatted(text: string, values: readonly unknown[]): string {
  return text.replace(/\{\{|\}\}|\{(\d+)(?::[^}]*)?\}/g, (mark, index: string | undefined) => {
    if (index === undefined) return mark.charAt(0);
    if (Number(index) >= values.length) {
      throw invalidTemplate(`Unable to evaluate template language function 'format': '${text}'`);
    }
    return textOf(values[Number(index)]);
  });
}

/** Thirteen letters and digits, the same for the same arguments; not the ones Azure would give. */
function uniqueString(values: readonly string[]): string {
  const digest = createHash('sha256').update(values.join('|')).digest();
  return [...digest.subarray(0, 13)]
    .map((byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte % 32])
    .join('');
}

/** ARM's namespace for name-based UUIDs (version 5); the arguments are joined by hyphens. */
const GUID_NAMESPACE = '11fb06fb712d4ddd98c7e71bbd588830';

function guidOf(values: readonly string[]): string {
  const bytes = createHash('sha1')
    .update(Buffer.from(GUID_NAMESPACE, 'hex'))
    .update(values.join('-'))
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
