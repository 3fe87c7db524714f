/** Any JSON of ARM. */
export type Json = null | string | number | boolean | Json[] | JsonMap;

export interface JsonMap {
  [name: string]: Json | undefined;
}

export function isJsonMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A scalar as text; "" for everything else. */
export function text(value: Json | undefined): string {
  return typeof value === 'object' || value === undefined ? '' : String(value);
}

/** What lies at a dotted path; undefined where there is nothing. "" is the value itself. */
export function at(value: Json | undefined, path: string): Json | undefined {
  if (path === '') return value;
  let here: Json | undefined = value;
  for (const name of path.split('.')) {
    if (!isJsonMap(here)) return undefined;
    here = here[name] ?? valueWithoutCase(here, name);
  }
  return here;
}

/** Azure's answers differ in the case of their property names here and there. */
function valueWithoutCase(map: JsonMap, name: string): Json | undefined {
  const key = Object.keys(map).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : map[key];
}

/** Puts `value` at a dotted path, making the objects on the way. */
export function put(target: JsonMap, path: string, value: Json): void {
  const names = path.split('.');
  const last = names.pop() as string;
  let here = target;
  for (const name of names) {
    if (!isJsonMap(here[name])) here[name] = {};
    here = here[name];
  }
  const present = here[last];
  here[last] = isJsonMap(present) && isJsonMap(value) ? { ...present, ...value } : value;
}

/** Takes what lies at a dotted path out. */
export function remove(target: JsonMap, path: string): void {
  const names = path.split('.');
  const last = names.pop() as string;
  const parent = names.length === 0 ? target : at(target, names.join('.'));
  if (isJsonMap(parent)) Reflect.deleteProperty(parent, last);
}

/** `base` with `over` laid on it: objects are merged, everything else is replaced. */
export function merge(base: JsonMap, over: JsonMap): JsonMap {
  const result: JsonMap = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = result[name];
    result[name] = isJsonMap(below) && isJsonMap(value) ? merge(below, value) : value;
  }
  return result;
}
