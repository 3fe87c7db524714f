import { asObject } from '../arm/json.ts';

/** A JSON object whose fields nobody has checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object, or an empty one where it is something else. */
export const fields: (value: unknown) => Fields = asObject;

/** The value as a list, or an empty one where it is something else. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What lies at the end of `path` in a JSON value, or undefined. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => fields(inner)[name], value);
}

/** The text at the end of `path`, or undefined where there is none or it is empty. */
export function text(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The texts in the list at the end of `path`; entries of another kind are left out. */
export function texts(value: unknown, ...path: readonly string[]): readonly string[] {
  return list(at(value, ...path)).filter((entry) => typeof entry === 'string');
}

/** The number at the end of `path`, also where it is written as text; `otherwise` where there is none. */
export function number(value: unknown, otherwise: number, ...path: readonly string[]): number {
  const found = at(value, ...path);
  const parsed = typeof found === 'string' && found !== '' ? Number(found) : found;
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : otherwise;
}
