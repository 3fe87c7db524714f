import type { Block } from './schema.ts';
import { isMap, isUnknown, isWhollyKnown } from './values.ts';
import type { Type } from './type.ts';
import type { Value, ValueMap } from './values.ts';

type Kind = 'primitive' | 'list' | 'set' | 'map' | 'object';

function kindOf(type: Type): Kind {
  return typeof type === 'string' ? 'primitive' : type[0];
}

function inner(type: Type): Type {
  return typeof type === 'string' || type[0] === 'object' ? 'string' : type[1];
}

/** `block` as the object type it stands for. */
export function impliedType(block: Block): Type {
  const fields: Record<string, Type> = {};
  for (const [name, attribute] of Object.entries(block.attributes)) fields[name] = attribute.type;
  for (const [name, nested] of Object.entries(block.blocks)) {
    const inside = impliedType(nested.block);
    fields[name] = nested.nesting === 'single' ? inside : [nested.nesting, inside];
  }
  return ['object', fields];
}

function isEmptyList(value: Value): boolean {
  return (
    (Array.isArray(value) && value.length === 0) ||
    (isMap(value) && Object.keys(value).length === 0)
  );
}

/**
 * Settles null against empty between a value that the provider made and the one it was made from,
 * by the rules of HashiCorp's plugin SDK v2 (`normalizeNullValues`), so that states have the shapes
 * that the real provider leaves: `apply` after a plan was applied, otherwise after a read or plan.
 */
export function normalise(made: Value, source: Value, type: Type, apply: boolean): Value {
  if (isUnknown(source)) return made === null && !apply ? source : made;
  const kind = kindOf(type);
  if (apply && COLLECTIONS.includes(kind) && bothEmpty(made, source)) return source;
  if (source === null || isUnknown(made)) return made;
  if (type === 'string') return made === null && source === '' ? source : made;
  return normaliseInside(kind, made, source, type, apply);
}

const COLLECTIONS: readonly Kind[] = ['list', 'set', 'map'];

/** One is null and the other empty. */
function bothEmpty(made: Value, source: Value): boolean {
  return source === null ? isEmptyList(made) : made === null && isEmptyList(source);
}

function normaliseInside(
  kind: Kind,
  made: Value,
  source: Value,
  type: Type,
  apply: boolean,
): Value {
  if (kind === 'object' || kind === 'map')
    return normaliseMap(made as ValueMap | null, source as ValueMap, type, apply);
  if (kind === 'set') return apply && isWhollyKnown(source) ? source : made;
  if (kind === 'list') return normaliseList(made as Value[] | null, source as Value[], type, apply);
  return made;
}

function normaliseMap(made: ValueMap | null, source: ValueMap, type: Type, apply: boolean): Value {
  const map = kindOf(type) === 'map';
  const result: ValueMap = { ...(made ?? {}) };
  for (const [key, value] of Object.entries(source)) {
    if (map && !(key in result)) continue;
    const fieldType =
      typeof type !== 'string' && type[0] === 'object' ? (type[1][key] ?? 'string') : inner(type);
    result[key] = normalise(result[key] ?? null, value, fieldType, apply);
  }
  if (Object.keys(result).length > 0) return result;
  return made === null && apply && isWhollyKnown(source) ? source : made;
}

function normaliseList(made: Value[] | null, source: Value[], type: Type, apply: boolean): Value {
  if (made === null) {
    if (apply && source.length === 0) return source;
    return !apply && source.every(isUnknown) ? source : made;
  }
  if (made.length !== source.length) return made;
  return made.map((item, index) => normalise(item, source[index] ?? null, inner(type), apply));
}
