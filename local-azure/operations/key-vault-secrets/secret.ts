import { randomUUID } from 'node:crypto';
import { badRequest } from '../../arm/errors.ts';
import { asObject } from '../../arm/json.ts';
import { missing, pathOf, placeOf } from '../../arm/place.ts';
import { shown } from '../../arm/read.ts';
import { register } from '../../arm/resource-type.ts';
import { list, text } from '../../inside/json-fields.ts';
import type { Answer, Call } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';

/** ARM's name for a secret. */
export const secretType = 'Microsoft.KeyVault/vaults/secrets';

register({ type: secretType, creates: 200, stateful: false });

/** One value a secret has had. */
export interface SecretVersion {
  readonly version: string;
  readonly value: string;
  readonly contentType: string | undefined;
  /** Seconds since the epoch. */
  readonly created: number;
}

/** A secret's versions, the newest last. */
export function versionsOf(secret: StoredResource): readonly SecretVersion[] {
  return list(secret.hidden?.['versions']) as readonly SecretVersion[];
}

function vaultOf(call: Call, world: World): StoredResource {
  const id = /^.*\/vaults\/[^/]+/i.exec(pathOf(call))?.[0] ?? '';
  const vault = world.resources.get(id);
  if (vault === undefined) throw missing(id);
  return vault;
}

/** Azure's rule for names of secrets: 1 to 127 letters, digits and hyphens. */
const namePattern = /^[0-9a-zA-Z-]{1,127}$/;

/** Answers ARM's PUT: a new version, whose value ARM never gives back. */
export function writeSecret(call: Call, world: World): Answer {
  const vault = vaultOf(call, world);
  const name = call.params['name'] ?? '';
  if (!namePattern.test(name)) {
    throw badRequest('BadParameter', `The request URI contains an invalid name: ${name}`);
  }
  const properties = asObject(asObject(call.body)['properties']);
  const value = properties['value'];
  const existing = world.resources.get(pathOf(call));
  if (typeof value !== 'string' && existing === undefined) {
    throw badRequest('BadParameter', 'The value of the secret is missing.');
  }
  const before = existing === undefined ? [] : versionsOf(existing);
  const made: readonly SecretVersion[] =
    typeof value === 'string' ? [newVersion(value, text(properties, 'contentType'), world)] : [];
  const secret = secretOf(placeOf(world, pathOf(call)), vault, [...before, ...made]);
  world.resources.put(secret);
  return { status: existing === undefined ? 201 : 200, body: shown(secret, world) };
}

function newVersion(value: string, contentType: string | undefined, world: World): SecretVersion {
  const version = randomUUID().replaceAll('-', '');
  return { version, value, contentType, created: Math.floor(world.clock.now() / 1000) };
}

function secretOf(
  id: string,
  vault: StoredResource,
  versions: readonly SecretVersion[],
): StoredResource {
  const name = id.slice(id.lastIndexOf('/') + 1);
  const uri = `https://${vault.name.toLowerCase()}.vault.azure.net/secrets/${name}`;
  const newest = versions.at(-1);
  const attributes = { enabled: true, created: versions[0]?.created, updated: newest?.created };
  return {
    id,
    name,
    type: secretType,
    ...(vault.location === undefined ? {} : { location: vault.location }),
    properties: {
      attributes,
      secretUri: uri,
      secretUriWithVersion: `${uri}/${newest?.version ?? ''}`,
    },
    hidden: { versions },
  };
}

/** Answers ARM's GET of a secret, without its value. */
export function readSecret(call: Call, world: World): Answer {
  vaultOf(call, world);
  const secret = world.resources.get(pathOf(call));
  if (secret === undefined) throw missing(pathOf(call));
  return { status: 200, body: shown(secret, world) };
}

/** Answers ARM's list of a vault's secrets, without values. */
export function listSecrets(call: Call, world: World): Answer {
  const vault = vaultOf(call, world);
  const found = world.resources.below(vault.id).filter((one) => one.type === secretType);
  return { status: 200, body: { value: found.map((one) => shown(one, world)) } };
}
