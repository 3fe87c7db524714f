import type { Json, JsonMap } from './json.ts';
import { normaliseLocation } from '../terraform/plan.ts';
import { isMap } from '../terraform/values.ts';
import type { Value, ValueMap } from '../terraform/values.ts';
import { both } from './field.ts';
import type { Codec, Plain } from './field.ts';
import { isJsonMap, text } from './json.ts';

/** A boolean that ARM spells in words. */
export function words(yes: string, no: string): Codec {
  return {
    toArm: (value) => (value === true ? yes : no),
    fromArm: (json) => text(json).toLowerCase() === yes.toLowerCase(),
  };
}

export const enabled = words('Enabled', 'Disabled');

/** A boolean that ARM has the other way round. */
export const inverted: Codec = {
  toArm: (value) => value !== true,
  fromArm: (json) => json !== true,
};

/** Enum values that the two spell differently; others pass as they are. */
export function spelt(toArm: Readonly<Record<string, string>>): Codec {
  const back = Object.fromEntries(
    Object.entries(toArm).map(([tf, arm]) => [arm.toLowerCase(), tf]),
  );
  return {
    toArm: (value) => toArm[value as string] ?? (value as string),
    fromArm: (json) => back[text(json).toLowerCase()] ?? (json as string),
  };
}

/** A list of ids ↔ a list of `{ id }`. */
export const references: Codec = {
  toArm: (value) => (value as string[]).map((id) => ({ id })),
  fromArm: (json) => (json as JsonMap[]).map((item) => text(item['id'])),
};

export const region: Codec = {
  toArm: (value) => normaliseLocation(value as string),
  fromArm: (json) => normaliseLocation(json as string),
};

function identityToArm(value: Value): Json {
  const block = (value as Value[])[0];
  if (!isMap(block)) return { type: 'None', userAssignedIdentities: null };
  const ids = (block['identity_ids'] ?? []) as string[];
  return {
    type: block['type'] as string,
    userAssignedIdentities: ids.length === 0 ? null : Object.fromEntries(ids.map((id) => [id, {}])),
  };
}

function identityFromArm(json: Json): Value {
  if (!isJsonMap(json) || typeof json['type'] !== 'string' || json['type'].toLowerCase() === 'none')
    return [];
  const assigned = json['userAssignedIdentities'];
  const block: ValueMap = {
    type: json['type'].replace(/,\s*/, ', '),
    identity_ids: isJsonMap(assigned) ? Object.keys(assigned) : [],
    principal_id: (json['principalId'] as string | undefined) ?? '',
    tenant_id: (json['tenantId'] as string | undefined) ?? '',
  };
  return [block];
}

/** The `identity` block. `empty` is what the body carries when there is none. */
export function identity(empty?: Json): Plain {
  return both('identity', 'identity', {
    codec: { toArm: identityToArm, fromArm: identityFromArm },
    missing: [],
    ...(empty === undefined ? {} : { empty }),
  });
}

/** What `identity` sends for most types when there is none. */
export const NO_IDENTITY: Json = { type: 'None', userAssignedIdentities: null };

export const name: Plain = both('name', 'name');
export const location: Plain = both('location', 'location', { codec: region });
/** Tags are sent even when there are none. */
export const tags: Plain = both('tags', 'tags', { empty: {} });
