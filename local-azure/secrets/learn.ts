import type { Dispatched, Door, Received } from '../entrance/dispatch.ts';
import { isObject } from '../arm/json.ts';
import type { World } from '../world.ts';
import { fileHidden } from './places.ts';
import { secretsOf } from './registry.ts';
import type { SecretKind, Secrets } from './registry.ts';

/** Learns what is secret in a request: signatures in addresses, and fields whose names say so. */
export function learnSent(world: World, door: Door, received: Received): void {
  const secrets = secretsOf(world);
  for (const [name, value] of received.query) {
    if (name.toLowerCase() === 'sig') secrets.file('shared access signature', value);
  }
  if (isStorage(door)) return;
  for (const { value, name } of secretFields(jsonIn(received.rawBody))) {
    secrets.file(kindOf(name) ?? 'sent field', value);
  }
  learnSignatures(received.rawBody.toString(), secrets);
}

/**
 * Learns what is secret since a request was answered: what resources keep hidden, keys that Storage
 * lends, signatures and fields of the answer. A field that no kind accounts for is noted as unnamed.
 */
export function learnAnswered(
  world: World,
  door: Door,
  received: Received,
  outcome: Dispatched,
): void {
  const secrets = secretsOf(world);
  fileHidden(world);
  if (isStorage(door)) return learnFromStorage(received, outcome, secrets);
  const { body } = outcome.answer;
  if (body === undefined || !outcome.known) return;
  learnSignatures(textOf(body), secrets);
  learnFields(body, `${received.method} ${outcome.route}`, secrets);
}

function isStorage({ host }: Door): boolean {
  return /\.(blob|file|dfs)\.core\.windows\.net$/.test(host);
}

function learnFromStorage(received: Received, { answer }: Dispatched, secrets: Secrets): void {
  if (received.query.get('comp') !== 'userdelegationkey') return;
  const value = /<Value>([^<]+)<\/Value>/.exec(textOf(answer.body))?.[1];
  if (value !== undefined) secrets.file('delegation key', value);
}

/** Signatures in addresses, as they are written and as they are meant. */
function learnSignatures(text: string, secrets: Secrets): void {
  for (const [, written = ''] of text.matchAll(/(?:[?&;]|\\u0026)sig=([\w%+/=.-]{16,})/gi)) {
    secrets.file('shared access signature', decoded(written));
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function learnFields(body: unknown, route: string, secrets: Secrets): void {
  for (const { name, path, value } of secretFields(body)) {
    const kind = kindOf(name);
    if (kind !== undefined) secrets.file(kind, value);
    if (secrets.has(value)) continue;
    secrets.file('unnamed field', value);
    secrets.unnamed.add(`${path} in the answer to ${route}`);
  }
}

/** Fields that are secret wherever they stand, whatever made them. */
const alwaysSecret: Readonly<Record<string, SecretKind>> = {
  access_token: 'access token',
  refresh_token: 'refresh token',
  client_assertion: 'id-token',
  adminpassword: 'machine password',
};

function kindOf(name: string): SecretKind | undefined {
  return alwaysSecret[name.toLowerCase()];
}

/**
 * Names by which Azure's interfaces say that a field is secret (`x-ms-secret` in Azure/azure-rest-api-specs,
 * and what the lists of keys answer).
 */
const secretName =
  /(password|passphrase|secret|sharedkey|accountkey|accesskey|primarykey|secondarykey|storagekey|masterkey|hostkey|functionkey|symmetrickey|privatekey|customdata|sastoken|access_?token|refresh_?token|client_assertion|connectionstring)$/i;

/** Lists whose entries hold a secret in `value` or `key`, and objects all of whose texts are secret. */
const secretHolder = /^(passwords|keys|protectedparameters|protectedsettings)$/i;

interface Field {
  readonly name: string;
  readonly path: string;
  readonly value: string;
}

/** The texts in a JSON value whose names say that they are secret; references and expressions are none. */
export function secretFields(body: unknown): Field[] {
  const found: Field[] = [];
  const walk = (value: unknown, path: string, name: string, within: boolean): void => {
    if (typeof value === 'string') {
      if ((within || secretName.test(name)) && isValue(value)) found.push({ name, path, value });
    } else if (Array.isArray(value)) {
      value.forEach((one) => walk(one, `${path}[]`, name, within));
    } else if (isObject(value)) {
      for (const [key, inner] of Object.entries(value)) {
        const holds = secretHolder.test(name) && /^(value|key)$/i.test(key);
        const all = /^protectedsettings$/i.test(name) || (within && !/name$/i.test(key));
        walk(inner, path === '' ? key : `${path}.${key}`, key, holds || all);
      }
    }
  };
  walk(body, '', '', false);
  return found;
}

/** What stands in a field with such a name and is no secret: references, expressions, addresses, and strings whose only key is judged by itself. */
const harmless =
  /^(\[|@Microsoft\.KeyVault\(|https:\/\/[^?]*$|\/subscriptions\/|InstrumentationKey=)/i;

function isValue(text: string): boolean {
  return text.length >= 8 && !harmless.test(text);
}

function jsonIn(bytes: Buffer): unknown {
  if (bytes.length === 0 || bytes.length > 1 << 20) return undefined;
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch {
    return undefined;
  }
}

function textOf(body: unknown): string {
  if (Buffer.isBuffer(body)) return body.length > 1 << 20 ? '' : body.toString();
  return typeof body === 'string' ? body : JSON.stringify(body);
}
