import { decide } from '../../inside/decide.ts';
import type { Passage } from '../../inside/decision.ts';
import { at, fields, text } from '../../inside/json-fields.ts';
import type { Call, Caller } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { readValue, vaultAt } from '../key-vault-secrets/data-plane.ts';

/** What App Service says of a reference (Microsoft.Web, ApiKVReference.status). */
export type ReferenceStatus =
  | 'Resolved'
  | 'InvalidSyntax'
  | 'MSINotEnabled'
  | 'VaultNotFound'
  | 'SecretNotFound'
  | 'AccessToKeyVaultDenied'
  | 'OtherReasons';

/** A setting that is a Key Vault reference, and what became of it. */
export interface Reference {
  readonly text: string;
  readonly vaultName: string;
  readonly secretName: string;
  readonly secretVersion: string | undefined;
  readonly status: ReferenceStatus;
  readonly details: string;
  /** Only where it was resolved. */
  readonly value?: string;
}

interface Wanted {
  readonly vault: string;
  readonly secret: string;
  readonly version: string | undefined;
}

const reference = /^@Microsoft\.KeyVault\((.*)\)$/i;

function parse(inner: string): Wanted | undefined {
  const uri =
    /^SecretUri=https:\/\/([^./]+)\.vault\.azure\.net\/secrets\/([^/]+)(?:\/([^/]*))?\/?$/i.exec(
      inner,
    );
  if (uri !== null) {
    return {
      vault: uri[1] ?? '',
      secret: uri[2] ?? '',
      version: uri[3] === '' ? undefined : uri[3],
    };
  }
  const parts = new Map(
    inner.split(';').map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name.trim().toLowerCase(), value.trim()] as const;
    }),
  );
  const [vault, secret] = [parts.get('vaultname'), parts.get('secretname')];
  if (!vault || !secret) return undefined;
  return { vault, secret, version: parts.get('secretversion') };
}

/** The identity with which a site reads Key Vault references. */
function referenceIdentity(world: World, site: StoredResource): Caller | undefined {
  const wanted = text(site.properties, 'keyVaultReferenceIdentity') ?? 'SystemAssigned';
  const users = fields(at(site.identity, 'userAssignedIdentities'));
  const user = Object.entries(users).find(([id]) => id.toLowerCase() === wanted.toLowerCase());
  const objectId =
    wanted.toLowerCase() === 'systemassigned'
      ? text(site.identity, 'principalId')
      : text(user?.[1], 'principalId');
  if (objectId === undefined) return undefined;
  return { objectId, tenantId: world.tenantId, audience: 'https://vault.azure.net' };
}

/**
 * Resolves a setting that is a Key Vault reference, over the network of the site and with its
 * reference identity. Undefined where the text is no reference.
 */
export function resolveReference(
  world: World,
  site: StoredResource,
  setting: string,
): Reference | undefined {
  const inner = reference.exec(setting)?.[1];
  if (inner === undefined) return undefined;
  const wanted = parse(inner);
  const found = {
    text: setting,
    vaultName: wanted?.vault ?? '',
    secretName: wanted?.secret ?? '',
    secretVersion: wanted?.version,
  };
  if (wanted === undefined) return { ...found, status: 'InvalidSyntax', details: inner };
  return { ...found, ...fetched(world, site, wanted) };
}

type Fetched = Pick<Reference, 'status' | 'details' | 'value'>;

function fetched(world: World, site: StoredResource, wanted: Wanted): Fetched {
  const host = `${wanted.vault.toLowerCase()}.vault.azure.net`;
  const caller = referenceIdentity(world, site);
  if (caller === undefined) return { status: 'MSINotEnabled', details: 'no such identity' };
  if (vaultAt(world, host) === undefined) return { status: 'VaultNotFound', details: host };
  const way = decide(world, { kind: 'app', id: site.id }, host, 443);
  if (!way.allowed) return { status: 'OtherReasons', details: way.reason };
  const answer = readValue(callFor(host, wanted, caller, way), world);
  if (answer.status === 200) {
    return { status: 'Resolved', details: '', value: text(answer.body, 'value') ?? '' };
  }
  const status = answer.status === 404 ? 'SecretNotFound' : 'AccessToKeyVaultDenied';
  return { status, details: text(answer.body, 'error', 'message') ?? '' };
}

function callFor(host: string, wanted: Wanted, caller: Caller, way: Passage): Call {
  const { secret, version } = wanted;
  return {
    method: 'GET',
    host,
    params: { name: secret, ...(version === undefined ? {} : { version }) },
    query: new URLSearchParams({ 'api-version': '7.4' }),
    headers: {},
    body: undefined,
    rawBody: Buffer.alloc(0),
    caller,
    path: `/secrets/${secret}`,
    vantage: way.via === 'private-endpoint' ? 'inside' : 'outside',
    clientAddress: way.seenAs,
    subnetId: way.subnetId,
  };
}
