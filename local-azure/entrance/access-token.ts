import { randomUUID } from 'node:crypto';
import { decodeJwt, errors, jwtVerify } from 'jose';
import type { Caller } from '../operation.ts';
import { secretsOf } from '../secrets/registry.ts';
import type { World } from '../world.ts';
import { signingKeyOf, signToken } from './signing-key.ts';

/** For whom and for what an access token is made. */
export interface TokenRequest {
  /** Object id of the service principal or managed identity. */
  readonly objectId: string;
  /** The resource, such as https://management.azure.com/ . */
  readonly audience: string;
  /** Client id; the object id where it is left out. */
  readonly appId?: string;
  /** Seconds; the world's usual lifetime where it is left out. */
  readonly lifetimeSeconds?: number;
  /** Another tenant than this world's own: only to show how such a token is refused. */
  readonly tenantId?: string;
}

/** Why a token was refused, with what the refusal must name. */
export type TokenFailure =
  | { readonly reason: 'missing' | 'malformed' | 'signature' }
  | { readonly reason: 'expired'; readonly expiredAt: number }
  | { readonly reason: 'audience'; readonly audience: string }
  | { readonly reason: 'tenant'; readonly issuer: string };

/** Seconds an access token lives, by `tokenLifetimeSeconds` in the world's data; Entra's usual hour else. */
export function tokenLifetime(world: World): number {
  const seconds = world.data.get('tokenLifetimeSeconds');
  return typeof seconds === 'number' ? seconds : 3600;
}

/** Makes an access token as Entra's version 1 endpoint signs it. */
export async function issueToken(world: World, request: TokenRequest): Promise<string> {
  const now = Math.floor(world.clock.now() / 1000);
  const tenant = request.tenantId ?? world.tenantId;
  const application = request.appId ?? request.objectId;
  const token = await signToken(await signingKeyOf(world, 'entra'), {
    aud: request.audience,
    iss: issuerOf(tenant),
    iat: now,
    nbf: now,
    exp: now + (request.lifetimeSeconds ?? tokenLifetime(world)),
    appid: application,
    appidacr: '2',
    idp: issuerOf(tenant),
    idtyp: 'app',
    oid: request.objectId,
    sub: request.objectId,
    tid: tenant,
    uti: randomUUID(),
    ver: '1.0',
  });
  secretsOf(world).file('access token', token);
  return token;
}

/**
 * Checks the bearer token of an `authorization` header: signature, lifetime, issuer, and that it is
 * for one of the audiences. Gives the principal behind it, or why it is refused.
 */
export async function verifyToken(
  world: World,
  authorization: string | undefined,
  ...audiences: readonly string[]
): Promise<Caller | TokenFailure> {
  const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  if (!authorization) return { reason: 'missing' };
  if (!token) return { reason: 'malformed' };
  try {
    const key = await signingKeyOf(world, 'entra');
    const { payload } = await jwtVerify(token, key.publicKey, {
      algorithms: ['RS256'],
      currentDate: new Date(world.clock.now()),
    });
    return asCaller(world, payload, audiences);
  } catch (error) {
    return failureOf(error, token);
  }
}

function asCaller(
  world: World,
  claims: Readonly<Record<string, unknown>>,
  audiences: readonly string[],
): Caller | TokenFailure {
  const presented = String(claims['aud']);
  if (!audiences.some((audience) => sameAudience(presented, audience))) {
    return { reason: 'audience', audience: presented };
  }
  const issuer = String(claims['iss']);
  if (issuer !== issuerOf(world.tenantId)) return { reason: 'tenant', issuer };
  return { objectId: String(claims['oid']), tenantId: String(claims['tid']), audience: presented };
}

function failureOf(error: unknown, token: string): TokenFailure {
  if (error instanceof errors.JWTExpired) {
    return { reason: 'expired', expiredAt: Number(decodeJwt(token).exp) * 1000 };
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return { reason: 'signature' };
  return { reason: 'malformed' };
}

/** The issuer of version 1 tokens of a tenant. */
export function issuerOf(tenantId: string): string {
  return `https://sts.windows.net/${tenantId}/`;
}

/** ARM answers to two names. */
const ALIASES: Readonly<Record<string, string>> = {
  'https://management.core.windows.net': 'https://management.azure.com',
};

function sameAudience(one: string, other: string): boolean {
  return canonical(one) === canonical(other);
}

function canonical(audience: string): string {
  const plain = audience.toLowerCase().replace(/\/+$/, '');
  return ALIASES[plain] ?? plain;
}
