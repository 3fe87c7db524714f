import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readSignature } from './signature-packet.ts';
import type { SignaturePacket } from './signature-packet.ts';
import { SignatureRefused } from './refused.ts';

/** An RSA public key as the source pins it; the fingerprint proves that no digit of it was mistyped. */
export interface PinnedKey {
  /** 40 upper-case hexadecimal digits (OpenPGP, version 4). */
  readonly fingerprint: string;
  /** Seconds since the epoch; part of what the fingerprint covers. */
  readonly created: number;
  /** Base64; the public exponent is 65537. */
  readonly modulus: string;
}

/** A pinned key, checked and ready to verify with. */
export interface SigningKey {
  readonly fingerprint: string;
  readonly created: number;
  readonly modulusBytes: number;
  readonly publicKey: KeyObject;
}

const exponent = Buffer.from([0x01, 0x00, 0x01]);

/** Checks a pinned key against its own fingerprint; throws where they do not belong together. */
export function signingKey(pinned: PinnedKey): SigningKey {
  const modulus = Buffer.from(pinned.modulus, 'base64');
  const first = modulus[0] ?? 0;
  if (modulus.length < 256 || first < 0x80) {
    throw new Error(`The pinned key ${pinned.fingerprint} has fewer than 2048 bits.`);
  }
  if (fingerprintOf(pinned.created, modulus) !== pinned.fingerprint) {
    throw new Error(`The pinned key ${pinned.fingerprint} does not have that fingerprint.`);
  }
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') };
  return {
    fingerprint: pinned.fingerprint,
    created: pinned.created,
    modulusBytes: modulus.length,
    publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
  };
}

/** The fingerprint of a version 4 RSA key with exponent 65537 (RFC 4880, section 12.2). */
export function fingerprintOf(created: number, modulus: Buffer): string {
  const head = Buffer.alloc(6);
  head.writeUInt8(4, 0);
  head.writeUInt32BE(created, 1);
  head.writeUInt8(1, 5);
  const body = Buffer.concat([head, multiPrecision(modulus), multiPrecision(exponent)]);
  const frame = Buffer.from([0x99, body.length >> 8, body.length & 0xff]);
  return createHash('sha1').update(frame).update(body).digest('hex').toUpperCase();
}

/** Writes a number without leading zero bytes as OpenPGP does: its length in bits, then its bytes. */
export function multiPrecision(value: Buffer): Buffer {
  const bits = (value.length - 1) * 8 + (32 - Math.clz32(value[0] ?? 0));
  return Buffer.concat([Buffer.from([bits >> 8, bits & 0xff]), value]);
}

/**
 * Checks a detached binary OpenPGP signature over `message` and gives the key that made it.
 * Accepts one shape: a single version 4 packet, RSA, SHA-256 or SHA-512. Throws SignatureRefused.
 */
export function verifyDetached(
  message: Buffer,
  signatureFile: Buffer,
  trusted: readonly SigningKey[],
): SigningKey {
  const packet = readSignature(signatureFile);
  const signed = Buffer.concat([message, packet.trailer]);
  const digest = createHash(packet.hash).update(signed).digest();
  const candidates = trusted.filter((key) => namedBy(packet, key));
  if (candidates.length === 0) {
    const name = packet.issuerFingerprint ?? packet.issuerId ?? 'an unnamed key';
    throw new SignatureRefused(`it was made by ${name}, which is not one of the keys trusted here`);
  }
  if (!digest.subarray(0, 2).equals(packet.digestStart)) {
    throw new SignatureRefused('it is not a signature of this file');
  }
  const signer = candidates.find((key) => made(key, packet, signed));
  if (!signer) throw new SignatureRefused('it does not verify: the file or the signature changed');
  if (packet.created < signer.created) {
    throw new SignatureRefused('it claims to be older than the key that made it');
  }
  return signer;
}

function namedBy(packet: SignaturePacket, key: SigningKey): boolean {
  const byFingerprint = packet.issuerFingerprint ?? key.fingerprint;
  const byId = packet.issuerId ?? key.fingerprint.slice(24);
  return byFingerprint === key.fingerprint && byId === key.fingerprint.slice(24);
}

function made(key: SigningKey, packet: SignaturePacket, signed: Buffer): boolean {
  if (packet.value.length > key.modulusBytes) return false;
  const padding = Buffer.alloc(key.modulusBytes - packet.value.length);
  const value = Buffer.concat([padding, packet.value]);
  return verify(packet.hash, signed, key.publicKey, value);
}
