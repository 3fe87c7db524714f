import { textOf, valueAt } from '../../terraform/json.ts';

/** A text at a path of names, or undefined for anything else. */
export function textAt(value: unknown, ...names: readonly string[]): string | undefined {
  return textOf(valueAt(value, ...names));
}

/** A number or a text at a path of names, as text. */
export function numberAt(value: unknown, ...names: readonly string[]): string | undefined {
  const found = valueAt(value, ...names);
  return typeof found === 'number' ? String(found) : textOf(found);
}

/** True or false at a path of names; undefined where ARM says neither. */
export function flagAt(value: unknown, ...names: readonly string[]): boolean | undefined {
  const found = valueAt(value, ...names);
  return typeof found === 'boolean' ? found : undefined;
}

/** A list at a path of names; undefined where there is none, which is not the same as an empty one. */
export function listAt(
  value: unknown,
  ...names: readonly string[]
): readonly unknown[] | undefined {
  const found = valueAt(value, ...names);
  return Array.isArray(found) ? found : undefined;
}

/** The texts of a list; none where there is no list. Whatever is no text shows as JSON, so that it is not lost. */
export function textsAt(value: unknown, ...names: readonly string[]): readonly string[] {
  return (listAt(value, ...names) ?? []).map((one) => textOf(one) ?? JSON.stringify(one));
}

/** The ids of a list of references. */
export function idsAt(value: unknown, ...names: readonly string[]): readonly string[] {
  return (listAt(value, ...names) ?? []).flatMap((one) => textAt(one, 'id') ?? []);
}

/** The last name of an ARM id. */
export function nameOf(id: string | undefined): string {
  return id?.split('/').at(-1) ?? '';
}

/** Whether two ARM ids, or two texts that Azure compares without case, are the same. */
export function same(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one.toLowerCase() === other?.toLowerCase();
}

/** Whether an id is another one or lies below it. */
export function isWithin(id: string, scope: string): boolean {
  return same(id, scope) || id.toLowerCase().startsWith(`${scope.toLowerCase()}/`);
}

/** Each text once, compared without case; the first spelling stays. */
export function distinct(texts: readonly string[]): readonly string[] {
  return [
    ...new Map(texts.toReversed().map((text) => [text.toLowerCase(), text])).values(),
  ].toReversed();
}
