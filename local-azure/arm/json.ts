/** A JSON object of unknown shape. */
export type Json = Record<string, unknown>;

/** True for a JSON object, not for an array or null. */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an object; an empty one where it is something else. */
export function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** The value as an array of objects; whatever else it holds is left out. */
export function asObjects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The value as a text, or undefined. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The text at `path` (dotted) in a value, or `otherwise`. */
export function textAt(value: unknown, path: string, otherwise = ''): string {
  return asText(at(value, path)) ?? otherwise;
}

/** Follows `path` (dotted) into a value; undefined where it ends early. */
export function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, part) => asObject(inner)[part], value);
}

/** A copy without the members that are null: ARM takes null for "not given". */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([name, inner]) => [name, withoutNulls(inner)]),
  );
}

/** `given` with what it lacks taken from `defaults`, at every depth; arrays are taken whole. */
export function withDefaults(given: Json, defaults: Json): Json {
  const merged: Json = { ...given };
  for (const [name, fallback] of Object.entries(defaults)) {
    const value = merged[name];
    if (value === undefined) merged[name] = structuredClone(fallback);
    else if (isObject(value) && isObject(fallback)) merged[name] = withDefaults(value, fallback);
  }
  return merged;
}

/** RFC 7396: what a PATCH leaves of `target`. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Json = { ...asObject(target) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, name);
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

/** Takes the members at `paths` (dotted) out of `value` and gives them back by path. */
export function takeOut(value: Json, paths: readonly string[]): Json {
  const taken: Json = {};
  for (const path of paths) {
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    const holder = parts.length === 0 ? value : at(value, parts.join('.'));
    if (!isObject(holder) || holder[last] === undefined) continue;
    taken[path] = holder[last];
    Reflect.deleteProperty(holder, last);
  }
  return taken;
}

/** Every text in a value, at any depth. */
export function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const inner of value) yield* textsIn(inner);
  else if (isObject(value)) for (const inner of Object.values(value)) yield* textsIn(inner);
}
