import { createHash, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { hashicorpKeys } from '../../src/trust/hashicorp-keys.ts';
import { multiPrecision, signingKey, verifyDetached } from '../../src/trust/openpgp.ts';
import type { Signer } from '../terraform/install/release-builder.ts';
import {
  createdAt,
  issuedBy,
  makeSigner,
  newPacket,
  oldPacket,
  signatureOf,
  subpacket,
} from '../terraform/install/release-builder.ts';

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../fixtures/hashicorp/${name}`, import.meta.url));
const sums = fixture('terraform_1.6.6_SHA256SUMS');
const signature = fixture('terraform_1.6.6_SHA256SUMS.sig');
const pinned = hashicorpKeys.map(signingKey);

describe("HashiCorp's pinned keys", () => {
  it('verify a genuine release, by the signing subkey', () => {
    expect(verifyDetached(sums, signature, pinned).fingerprint).toBe(
      '374EC75B485913604A831CC7C820C6D5CD27AB87',
    );
  });

  it('are the ones in the published key, and the primary key vouches for the subkey', () => {
    const packets = packetsOf(fixture('hashicorp-public-key.asc').toString());
    const keys = packets.filter(({ tag }) => tag === 6 || tag === 14);
    const [primary, subkey] = hashicorpKeys.map((key) =>
      keys.find(({ body }) => fingerprint(body) === key.fingerprint),
    );
    if (!primary || !subkey) throw new Error('not in the published key');
    expect(hashicorpKeys.map((key) => key.modulus)).toEqual(
      [primary, subkey].map(({ body }) => body.subarray(8, 8 + 512).toString('base64')),
    );
    const binding = packets[packets.indexOf(subkey) + 1]?.body ?? Buffer.alloc(0);
    expect(binding[1]).toBe(0x18);
    expect(isBinding(binding, primary.body, subkey.body)).toBe(true);
  });

  it('are refused at load when a digit was mistyped', () => {
    for (const [from, to] of [
      ['mm2G', 'mm2H'],
      ['LM=', 'LQ='],
    ] as const) {
      const [key] = hashicorpKeys;
      if (!key) throw new Error('no key');
      const modulus = key.modulus.replace(from, to);
      expect(() => signingKey({ ...key, modulus })).toThrow('does not have that fingerprint');
    }
    const [key] = hashicorpKeys;
    if (!key) throw new Error('no key');
    expect(() => signingKey({ ...key, created: key.created + 1 })).toThrow('fingerprint');
    expect(() => signingKey({ ...key, modulus: key.modulus.slice(0, 200) })).toThrow('2048');
  });
});

describe('a genuine pair that was tampered with', () => {
  const isAccepted = (message: Buffer, file: Buffer): boolean => {
    try {
      verifyDetached(message, file, pinned);
      return true;
    } catch (error) {
      expect((error as Error).name).toBe('SignatureRefused');
      return false;
    }
  };

  it('is never accepted: every bit turned, every truncation, bytes added, parts swapped', () => {
    let tried = 0;
    const accepted: string[] = [];
    const attempt = (what: string, message: Buffer, file: Buffer): void => {
      tried += 1;
      if (isAccepted(message, file)) accepted.push(what);
    };
    for (const at of bits(signature)) attempt(`bit ${at}`, sums, flipped(signature, at));
    for (const at of bits(sums)) attempt(`sums bit ${at}`, flipped(sums, at), signature);
    for (let end = 0; end < signature.length; end++) {
      attempt(`cut at ${end}`, sums, signature.subarray(0, end));
      attempt(`begun at ${end + 1}`, sums, signature.subarray(end + 1));
    }
    for (let end = 0; end < sums.length; end++) attempt('', sums.subarray(0, end), signature);
    for (let byte = 0; byte < 256; byte++) {
      const more = Buffer.from([byte]);
      attempt('byte behind', sums, Buffer.concat([signature, more]));
      attempt('byte before', sums, Buffer.concat([more, signature]));
      attempt('byte behind sums', Buffer.concat([sums, more]), signature);
    }
    attempt('twice', sums, Buffer.concat([signature, signature]));
    attempt('swapped', signature, sums);
    attempt('itself', sums, sums);
    console.info(`${tried} mutations of a genuine pair, ${accepted.length} accepted`);
    expect(accepted).toEqual([]);
    expect(tried).toBeGreaterThan(16_000);
  });
});

describe('a detached signature', () => {
  const message = Buffer.from('sums');
  let signer: Signer;
  let stranger: Signer;
  beforeAll(() => {
    signer = makeSigner();
    stranger = makeSigner();
  });
  const check = (file: Buffer): string =>
    verifyDetached(message, file, [signer.trusted]).fingerprint;

  it('holds in each of the shapes that signers write', () => {
    const shapes = [
      {},
      { hash: 10 as const },
      { wrap: oldPacket },
      { hashed: createdAt(1_700_000_000) },
      { hashed: Buffer.concat([createdAt(1_700_000_000), subpacket(20, Buffer.alloc(9))]) },
      { unhashed: subpacket(16, Buffer.alloc(8, 7)) },
    ];
    for (const shape of shapes) {
      expect(check(signatureOf(message, signer, shape))).toBe(signer.trusted.fingerprint);
    }
  });

  it('holds whatever length its number happens to have', () => {
    for (let at = 0; at < 300; at++) {
      const text = Buffer.from(`message ${at}`);
      const file = signatureOf(text, signer);
      expect(verifyDetached(text, file, [signer.trusted])).toBe(signer.trusted);
    }
  });

  it.each([
    ['by a key that is not trusted', () => signatureOf(message, stranger), 'not one of the keys'],
    [
      'by a stranger who names the trusted key',
      () => signatureOf(message, stranger, { hashed: honest(signer) }),
      'does not verify',
    ],
    ['of another file', () => signatureOf(Buffer.from('other'), signer), 'not a signature of this'],
    ['with SHA-1', () => signatureOf(message, signer, { hash: 2 }), 'neither SHA-256 nor SHA-512'],
    ['of text', () => signatureOf(message, signer, { kind: 1 }), 'does not sign a binary file'],
    ['of version 3', () => signatureOf(message, signer, { version: 3 }), 'version is 3'],
    ['not by RSA', () => signatureOf(message, signer, { algorithm: 22 }), 'not made with RSA'],
    [
      'older than its key',
      () => signatureOf(message, signer, { created: 1_599_999_999 }),
      'older than the key',
    ],
    [
      'without a date',
      () => signatureOf(message, signer, { hashed: issuedBy(signer) }),
      'does not say when',
    ],
    [
      'whose date is outside the signed part',
      () =>
        signatureOf(message, signer, {
          hashed: issuedBy(signer),
          unhashed: createdAt(1_700_000_000),
        }),
      'does not say when',
    ],
    [
      'with two dates',
      () =>
        signatureOf(message, signer, {
          hashed: Buffer.concat([createdAt(1_700_000_000), createdAt(1_700_000_001)]),
        }),
      'subpacket 2 twice',
    ],
    [
      'that expires',
      () =>
        signatureOf(message, signer, {
          hashed: Buffer.concat([honest(signer), subpacket(3, Buffer.alloc(4, 1))]),
        }),
      'meant to expire',
    ],
    [
      'that demands what we do not know',
      () =>
        signatureOf(message, signer, {
          hashed: Buffer.concat([honest(signer), subpacket(0x80 | 20, Buffer.alloc(4))]),
        }),
      'demands subpacket 20',
    ],
    [
      'whose issuer names disagree',
      () =>
        signatureOf(message, signer, {
          hashed: Buffer.concat([honest(signer), subpacket(16, Buffer.alloc(8, 1))]),
        }),
      'not one of the keys',
    ],
    [
      'with more in its packet',
      () =>
        signatureOf(message, signer, { wrap: (body) => newPacket(Buffer.concat([body, body])) }),
      'something follows',
    ],
    [
      'of open length',
      () =>
        signatureOf(message, signer, {
          wrap: (body) => Buffer.concat([Buffer.from([0x8b]), body]),
        }),
      'length is left open',
    ],
    [
      'in pieces',
      () =>
        signatureOf(message, signer, {
          wrap: (body) => Buffer.concat([Buffer.from([0xc2, 0xe9]), body]),
        }),
      'length is left open',
    ],
    [
      'in another packet',
      () => {
        const file = signatureOf(message, signer);
        file[0] = 0xc6;
        return file;
      },
      'another kind',
    ],
    ['that is a web page', () => Buffer.from('<!DOCTYPE html>'), 'not an OpenPGP signature'],
    ['that is armoured', () => Buffer.from('-----BEGIN PGP SIGNATURE-----'), 'not an OpenPGP'],
    ['that is empty', () => Buffer.alloc(0), 'it is empty'],
    ['that is huge', () => Buffer.alloc(8193, 0xc2), 'far too long'],
  ])('%s is refused', (_what, make, reason) => {
    expect(() => check(make())).toThrow(reason);
  });

  it('is refused when its number is written with leading zeros or a wrong length', () => {
    const body = signatureOf(message, signer, { wrap: (inner) => inner });
    const at = body.length - 256 - 2;
    const padded = Buffer.concat([
      body.subarray(0, at),
      Buffer.from([8, 8, 0]),
      body.subarray(at + 2),
    ]);
    expect(() => check(newPacket(padded))).toThrow('malformed');
    const bitsOff = Buffer.from(body);
    bitsOff.writeUInt16BE(body.readUInt16BE(at) - 1, at);
    expect(() => check(newPacket(bitsOff))).toThrow('malformed');
  });
});

function honest(signer: Signer): Buffer {
  return Buffer.concat([createdAt(1_700_000_000), issuedBy(signer)]);
}

function* bits(of: Buffer): Generator<number> {
  for (let at = 0; at < of.length * 8; at++) yield at;
}

function flipped(from: Buffer, bit: number): Buffer {
  const copy = Buffer.from(from);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

function packetsOf(armoured: string): Packet[] {
  const text = /\n\n([\s\S]*?)\n=/.exec(armoured)?.[1] ?? '';
  const bytes = Buffer.from(text, 'base64');
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes.readUInt8(at);
    const width = (tag & 3) + 1;
    const length = bytes.readUIntBE(at + 1, width);
    const start = at + 1 + width;
    packets.push({ tag: (tag >> 2) & 15, body: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return packets;
}

const framed = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x99, body.length >> 8, body.length & 0xff]), body]);

function fingerprint(body: Buffer): string {
  return createHash('sha1').update(framed(body)).digest('hex').toUpperCase();
}

/** Whether the primary key signed "this subkey is mine" (RFC 4880, section 5.2.4). */
function isBinding(packet: Buffer, primary: Buffer, subkey: Buffer): boolean {
  const hashedEnd = 6 + packet.readUInt16BE(4);
  const start = packet.subarray(0, hashedEnd);
  const end = Buffer.from([4, 0xff, 0, 0, start.length >> 8, start.length & 0xff]);
  const signed = Buffer.concat([framed(primary), framed(subkey), start, end]);
  const value = packet.subarray(hashedEnd + 2 + packet.readUInt16BE(hashedEnd) + 4);
  const [key] = pinned;
  if (!key) throw new Error('no key');
  expect(multiPrecision(value)).toHaveLength(value.length + 2);
  const padded = Buffer.concat([Buffer.alloc(512 - value.length), value]);
  return verify(packet[3] === 10 ? 'sha512' : 'sha256', signed, key.publicKey, padded);
}
