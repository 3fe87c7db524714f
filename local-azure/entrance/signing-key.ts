import { generateKeyPair, randomUUID, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { exportJWK, SignJWT, type JWK, type JWTPayload } from 'jose';
import type { World } from '../world.ts';
import { keptIn } from '../world.ts';

/** A key that signs JSON web tokens with RS256, and its public half as a key set shows it. */
export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly publicJwk: JWK;
}

const newPair = promisify(generateKeyPair);

/** The signing key of one issuer in this world, made when it is first asked for. */
export function signingKeyOf(world: World, issuer: 'entra' | 'github'): Promise<SigningKey> {
  const name = `signing-key:${issuer}`;
  return keptIn(world, name, newSigningKey);
}

async function newSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await newPair('rsa', { modulusLength: 2048 });
  const id = randomUUID().replaceAll('-', '');
  const publicJwk = { ...(await exportJWK(publicKey)), kid: id, use: 'sig', alg: 'RS256' };
  return { id, privateKey, publicKey, publicJwk };
}

/** Claims as a signed token; `iat`, `nbf` and `exp` are among the claims, in seconds. */
export function signToken(key: SigningKey, claims: JWTPayload): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: key.id, x5t: key.id })
    .sign(key.privateKey);
}
