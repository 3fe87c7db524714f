import { asObject, isObject } from '../json.ts';
import type { Json } from '../json.ts';
import { invalidTemplate } from './expression.ts';

/** Takes the given value of each declared parameter, or its default, and checks it. */
export function resolveParameters(
  declared: Json,
  given: Json,
  evaluateDefault: (value: unknown) => unknown,
): Map<string, unknown> {
  const names = Object.keys(declared);
  const unknown = Object.keys(given).filter(
    (name) => !names.some((known) => known.toLowerCase() === name.toLowerCase()),
  );
  if (unknown.length > 0) {
    throw invalidTemplate(
      `The template parameters '${unknown.join(', ')}' in the parameters file are not valid; they are ` +
        'not present in the original template and can therefore not be provided at deployment time. ' +
        `The only supported parameters for this template are '${names.join(', ')}'`,
    );
  }
  const resolved = new Map<string, unknown>();
  for (const name of names) {
    const definition = asObject(declared[name]);
    const value = valueOf(name, definition, given, evaluateDefault);
    checkValue(name, definition, value);
    resolved.set(name.toLowerCase(), value);
  }
  return resolved;
}

/** True for a parameter whose value is never shown again. */
export function isSecure(definition: unknown): boolean {
  return /^secure/i.test(String(asObject(definition)['type']));
}

function valueOf(
  name: string,
  definition: Json,
  given: Json,
  evaluateDefault: (value: unknown) => unknown,
): unknown {
  const sent = Object.entries(given).find(([key]) => key.toLowerCase() === name.toLowerCase());
  const value = asObject(sent?.[1])['value'];
  if (value !== undefined && value !== null) return value;
  if ('defaultValue' in definition) return evaluateDefault(definition['defaultValue']);
  if (definition['nullable'] === true) return null;
  throw invalidTemplate(
    `The value for the template parameter '${name}' is not provided. Please see ` +
      'https://aka.ms/arm-create-parameter-file for usage details',
  );
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  securestring: (value) => typeof value === 'string',
  int: Number.isInteger,
  bool: (value) => typeof value === 'boolean',
  array: Array.isArray,
  object: isObject,
  secureobject: isObject,
};

function checkValue(name: string, definition: Json, value: unknown): void {
  if (value === null && definition['nullable'] === true) return;
  const type = String(definition['type']);
  if (TYPES[type.toLowerCase()]?.(value) !== true) {
    throw invalidTemplate(
      `Template parameter JToken type is not valid. Expected '${type}' for the parameter '${name}'. ` +
        'Please see https://aka.ms/resource-manager-parameter-files for usage details',
    );
  }
  const { allowedValues } = definition;
  if (Array.isArray(allowedValues) && !isAllowed(allowedValues, value)) {
    throw invalidTemplate(
      `The provided value for the template parameter '${name}' is not valid. The value ` +
        `'${shownValue(definition, value)}' is not part of the allowed value(s): '${allowedValues.join(',')}'`,
    );
  }
  checkLimits(name, definition, value);
}

function isAllowed(allowed: readonly unknown[], value: unknown): boolean {
  const wanted = Array.isArray(value) ? value : [value];
  return wanted.every((one) =>
    allowed.some((each) => JSON.stringify(each) === JSON.stringify(one)),
  );
}

function checkLimits(name: string, definition: Json, value: unknown): void {
  const size = sizeOf(value);
  const [least, most] =
    typeof value === 'number'
      ? [definition['minValue'], definition['maxValue']]
      : [definition['minLength'], definition['maxLength']];
  const tooSmall = typeof least === 'number' && size < least;
  const tooBig = typeof most === 'number' && size > most;
  if (!tooSmall && !tooBig) return;
  const what = typeof value === 'number' ? 'value' : 'length';
  const limit = tooSmall
    ? `less than the minimum ${least}`
    : `greater than the maximum ${String(most)}`;
  throw invalidTemplate(
    `The provided value for the template parameter '${name}' is not valid. Its ${what} ${size} is ${limit}`,
  );
}

/** A number itself, the length of a text or list; an object has none. */
function sizeOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' || Array.isArray(value) ? value.length : Number.NaN;
}

function shownValue(definition: Json, value: unknown): string {
  return isSecure(definition) ? '*****' : String(value);
}
