import { asObject, isObject } from '../arm/json.ts';
import type { Json } from '../arm/json.ts';

/**
 * A plan as `terraform show -json` writes it, without what Terraform itself calls sensitive: that
 * command shows such values in the clear and leaves it to its reader to hide them
 * (developer.hashicorp.com, "JSON Output Format").
 */
export function withoutSensitive(plan: Json): Json {
  const declared = asObject(asObject(asObject(plan['configuration'])['root_module'])['variables']);
  const variables = Object.entries(asObject(plan['variables'])).map(([name, value]) => [
    name,
    asObject(declared[name])['sensitive'] === true ? { value: instead } : value,
  ]);
  return asObject(hideIn({ ...plan, variables: Object.fromEntries(variables) as Json }));
}

const instead = '(sensitive)';

/** Members whose values are marked by another member of the same object. */
const marked: readonly (readonly [values: string, marks: string])[] = [
  ['values', 'sensitive_values'],
  ['before', 'before_sensitive'],
  ['after', 'after_sensitive'],
  ['value', 'sensitive'],
];

function hideIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hideIn);
  if (!isObject(value)) return value;
  const hidden = { ...value };
  for (const [values, marks] of marked) {
    if (values in hidden && marks in hidden) hidden[values] = hide(hidden[values], hidden[marks]);
  }
  return Object.fromEntries(Object.entries(hidden).map(([name, inner]) => [name, hideIn(inner)]));
}

/** Marks are `true` for a whole value, or have its shape and `true` where something in it is sensitive. */
function hide(value: unknown, marks: unknown): unknown {
  if (marks === true) return value === null ? null : instead;
  if (Array.isArray(value)) {
    const each: readonly unknown[] = Array.isArray(marks) ? marks : [];
    return value.map((one, index) => hide(one, each[index]));
  }
  if (!isObject(value)) return value;
  const each = asObject(marks);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, hide(inner, each[name])]),
  );
}
