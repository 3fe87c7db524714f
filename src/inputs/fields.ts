import { Secret } from '../secret.ts';

/** What one input accepts: `parse` gives the value, or throws an InputError that names the rule. */
export interface Field<T> {
  readonly description: string;
  /** As written in action.yml; undefined makes the input required. */
  readonly default: string | undefined;
  readonly secret: boolean;
  /** The rule in words, as the error and the README show it. */
  readonly rule: string;
  parse(text: string, hide: (text: string) => void): T;
}

/** A value that breaks its rule. */
export class InputError extends Error {}

type Options = { readonly default?: string; readonly secret?: boolean };

function field<T>(
  description: string,
  rule: string,
  options: Options | undefined,
  parse: (text: string, hide: (text: string) => void) => T,
): Field<T> {
  return { description, rule, default: options?.default, secret: options?.secret ?? false, parse };
}

/** One word of a fixed list. */
export function oneOf<const T extends string>(
  description: string,
  choices: readonly T[],
  options?: { readonly default?: NoInfer<T> },
): Field<T> {
  const rule = `one of ${choices.join(', ')}`;
  return field(description, rule, options, (text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new InputError(`must be ${rule}`);
    return found;
  });
}

/** Several words of a fixed list, separated by commas or lines, none twice. */
export function severalOf<const T extends string>(
  description: string,
  choices: readonly T[],
  options?: Options,
): Field<readonly T[]> {
  const rule = `one or more of ${choices.join(', ')}, separated by commas`;
  return field(description, rule, options, (text) => {
    const words = text.split(/[\n,]/).map((word) => word.trim());
    const known = words.filter((word): word is T => choices.includes(word as T));
    if (known.length !== words.length || new Set(words).size !== words.length) {
      throw new InputError(`must be ${rule}`);
    }
    return known;
  });
}

/** A GUID in its usual spelling; given back in lower case. */
export function guid(description: string, options?: Options): Field<string> {
  const rule = 'a GUID such as 11111111-2222-3333-4444-555555555555';
  return field(description, rule, options, (text) => {
    if (text === '' && options?.default === '') return '';
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
      throw new InputError(`must be ${rule}`);
    }
    return text.toLowerCase();
  });
}

/** Exactly `true` or `false`. */
export function flag(description: string, options?: Options): Field<boolean> {
  const rule = 'true or false';
  return field(description, rule, options, (text) => {
    if (text !== 'true' && text !== 'false') throw new InputError(`must be ${rule}`);
    return text === 'true';
  });
}

/** Text of one line that fits `pattern`; the rule says in words what the pattern demands. */
export function text(
  description: string,
  rule: string,
  pattern: RegExp,
  options?: Options,
): Field<string> {
  return field(description, rule, options, (value) => {
    if (value === '' && options?.default === '') return '';
    if (!pattern.test(value)) throw new InputError(`must be ${rule}`);
    return value;
  });
}

/** Text whose rule is a function: it gives the broken rule in words, or undefined. */
export function checked(
  description: string,
  rule: string,
  broken: (value: string) => string | undefined,
  options?: Options,
): Field<string> {
  return field(description, rule, options, (value) => {
    const reason = broken(value);
    if (reason !== undefined) throw new InputError(reason);
    return value;
  });
}

/** A value nobody may see; masked before anything else happens. May be empty where the default is. */
export function secret(description: string, options?: Options): Field<Secret> {
  return field(description, 'a secret', { ...options, secret: true }, (value, hide) => {
    return new Secret(value, hide);
  });
}

/** An https address that may hold a login; masked before anything else happens, the login also by itself. */
export function privateAddress(description: string, options?: Options): Field<Secret> {
  const rule = 'an https address, with user:token@ before the host where it asks for a login';
  return field(description, rule, { ...options, secret: true }, (value, hide) => {
    if (value === '' && options?.default === '') return new Secret('', hide);
    const address = URL.parse(value);
    if (address?.protocol !== 'https:' || /\s/.test(value)) throw new InputError(`must be ${rule}`);
    for (const part of loginOf(address)) new Secret(part, hide);
    return new Secret(value, hide);
  });
}

/** The password of an address, as it is written and as it is meant; without one, the user's name is the token. */
function loginOf({ username, password }: URL): string[] {
  const part = password || username;
  return part === '' ? [] : [part, decodeURIComponent(part), `${username}:${password}`];
}
