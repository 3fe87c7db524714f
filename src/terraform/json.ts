/** The member at a path of names, looking only at what is the object's own: `__proto__` is a name like any other. */
export function valueAt(value: unknown, ...names: readonly string[]): unknown {
  let at = value;
  for (const name of names) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** A text, or undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** An object that is no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value says nothing: Azure and its provider write the same nothing as null, "", [] or {}. */
export function isEmpty(value: unknown, depth = 0): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (typeof value !== 'object' || depth > deepest) return false;
  return Object.values(value).every((member) => isEmpty(member, depth + 1));
}

/** Levels of nesting that are still looked into; deeper values count as they are written. */
export const deepest = 60;

/**
 * One text for one meaning: members in order of their names, empty ones left out. Two values with
 * the same text are the same to us.
 */
export function canonical(value: unknown, depth = 0): string {
  if (depth > deepest) return '"(too deep)"';
  if (isEmpty(value)) return 'null';
  if (Array.isArray(value)) {
    return `[${value.map((entry) => canonical(entry, depth + 1)).join(',')}]`;
  }
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .filter((name) => !isEmpty(value[name]))
    .toSorted()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name], depth + 1)}`);
  return `{${members.join(',')}}`;
}
