import { remember } from './scrub.ts';

/**
 * A value that must not be shown: it hides itself when it is made, in every form a log is likely to
 * hold, is taken out of whatever leaves this process, and prints as stars. `reveal()` is for the places that send it to where it belongs.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string, hide: (text: string) => void) {
    remember(value);
    for (const form of formsOf(value)) hide(form);
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***';
  }
}

/** The spellings under which a secret may turn up in text; forms under four characters would mask ordinary words. */
export function formsOf(value: string): string[] {
  const base64 = Buffer.from(value).toString('base64');
  const forms = [
    value,
    ...value.split(/\r?\n/),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(value).toString('base64url'),
    Buffer.from(value).toString('hex'),
  ];
  return [...new Set(forms)].filter((form) => form.length >= 4);
}
