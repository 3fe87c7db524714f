import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { fingerprintOf, multiPrecision, signingKey } from '../../../src/trust/openpgp.ts';
import type { SigningKey } from '../../../src/trust/openpgp.ts';

/** A file for a test archive; the options make it hostile. */
export interface ZipFile {
  readonly name: string;
  readonly content: Buffer | string;
  /** Unix mode in the directory. */
  readonly mode?: number;
  readonly flags?: number;
  readonly method?: number;
  /** What the directory claims the unpacked size to be. */
  readonly size?: number;
  /** What the local header calls the file. */
  readonly localName?: string;
  readonly extra?: Buffer;
  /** Sums behind the data instead of before it, as Go's writer does. */
  readonly described?: boolean;
  /** Bytes that count as packed but come after the end of the packed data. */
  readonly trailing?: Buffer;
}

/** Writes a zip archive, as wrong as it is told to. */
export function zipOf(files: readonly ZipFile[], between = Buffer.alloc(0)): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const { local, central } = entryOf(file, offset);
    locals.push(local, between);
    centrals.push(central);
    offset += local.length + between.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function entryOf(file: ZipFile, offset: number): { local: Buffer; central: Buffer } {
  const content = Buffer.from(file.content);
  const method = file.method ?? 8;
  const packed = Buffer.concat([
    method === 8 ? deflateRawSync(content) : content,
    file.trailing ?? Buffer.alloc(0),
  ]);
  const flags = (file.flags ?? 0) | (file.described ? 8 : 0);
  const sums = Buffer.alloc(12);
  sums.writeUInt32LE(crc32(content), 0);
  sums.writeUInt32LE(packed.length, 4);
  sums.writeUInt32LE(file.size ?? content.length, 8);
  const head = Buffer.alloc(10);
  head.writeUInt16LE(20, 0);
  head.writeUInt16LE(flags, 2);
  head.writeUInt16LE(method, 4);
  const localName = Buffer.from(file.localName ?? file.name, 'latin1');
  const extra = file.extra ?? Buffer.alloc(0);
  const local = Buffer.concat([
    word(0x04034b50),
    head,
    file.described ? Buffer.alloc(12) : sums,
    half(localName.length),
    half(0),
    localName,
    packed,
    file.described ? Buffer.concat([word(0x08074b50), sums]) : Buffer.alloc(0),
  ]);
  const name = Buffer.from(file.name, 'latin1');
  const central = Buffer.concat([
    word(0x02014b50),
    half(0x0314),
    head,
    sums,
    half(name.length),
    half(extra.length),
    Buffer.alloc(6),
    word(((file.mode ?? 0o100755) * 0x10000) >>> 0),
    word(offset),
    name,
    extra,
  ]);
  return { local, central };
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function half(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

/** A throw-away signer, and what its public half looks like when it is trusted. */
export interface Signer {
  readonly trusted: SigningKey;
  readonly privateKey: KeyObject;
}

const keyCreated = 1_600_000_000;

/** Makes an RSA key; takes about a tenth of a second. */
export function makeSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const modulus = Buffer.from(publicKey.export({ format: 'jwk' }).n ?? '', 'base64url');
  const fingerprint = fingerprintOf(keyCreated, modulus);
  const pinned = { fingerprint, created: keyCreated, modulus: modulus.toString('base64') };
  return { trusted: signingKey(pinned), privateKey };
}

/** How a signature differs from an honest one. */
export interface SignatureShape {
  readonly version?: number;
  readonly kind?: number;
  readonly algorithm?: number;
  readonly hash?: 2 | 8 | 10;
  readonly created?: number;
  /** The whole hashed area; by default creation time and the issuer's fingerprint. */
  readonly hashed?: Buffer;
  readonly unhashed?: Buffer;
  /** Wraps the packet's body; by default in a new-format header. */
  readonly wrap?: (body: Buffer) => Buffer;
}

/** A subpacket of a signature: its length, its type, its content. */
export function subpacket(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([content.length + 1, type]), content]);
}

/** When a signature was made, as its subpacket. */
export function createdAt(seconds: number): Buffer {
  return subpacket(2, Buffer.from(seconds.toString(16).padStart(8, '0'), 'hex'));
}

/** Who made it, as its subpacket. */
export function issuedBy({ trusted }: Signer): Buffer {
  return subpacket(33, Buffer.from(`04${trusted.fingerprint}`, 'hex'));
}

/** A detached OpenPGP signature; the shape makes it dishonest. */
export function signatureOf(message: Buffer, signer: Signer, shape: SignatureShape = {}): Buffer {
  const hashed =
    shape.hashed ?? Buffer.concat([createdAt(shape.created ?? 1_700_000_000), issuedBy(signer)]);
  const { version = 4, kind = 0, algorithm = 1, hash = 8 } = shape;
  const start = Buffer.concat([
    Buffer.from([version, kind, algorithm, hash, hashed.length >> 8, hashed.length & 0xff]),
    hashed,
  ]);
  const end = Buffer.from([4, 0xff, 0, 0, start.length >> 8, start.length & 0xff]);
  const signed = Buffer.concat([message, start, end]);
  const digestName = { 2: 'sha1', 8: 'sha256', 10: 'sha512' }[hash];
  const digest = createHash(digestName).update(signed).digest();
  const value = sign(digestName, signed, signer.privateKey);
  const firstByte = value.findIndex((byte) => byte !== 0);
  const unhashed = shape.unhashed ?? Buffer.alloc(0);
  const body = Buffer.concat([
    start,
    Buffer.from([unhashed.length >> 8, unhashed.length & 0xff]),
    unhashed,
    digest.subarray(0, 2),
    multiPrecision(value.subarray(firstByte)),
  ]);
  return (shape.wrap ?? newPacket)(body);
}

/** A packet header of the new format, two bytes of length. */
export function newPacket(body: Buffer): Buffer {
  const length = body.length - 192;
  return Buffer.concat([Buffer.from([0xc2, (length >> 8) + 192, length & 0xff]), body]);
}

/** A packet header of the old format, as GnuPG writes it. */
export function oldPacket(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x89, body.length >> 8, body.length & 0xff]), body]);
}

/** A program that answers as Terraform does. */
export function fakeTerraform(version: string): string {
  return `#!/bin/sh\necho "Terraform v${version}"\necho "on linux_amd64"\n`;
}

/** The three files of a release, by their path on a mirror. */
export function releaseFiles(
  version: string,
  signer: Signer,
  changes: { zip?: Buffer; sums?: string; signature?: Buffer; says?: string } = {},
): Record<string, Buffer> {
  const name = `terraform_${version}_linux_amd64.zip`;
  const zip =
    changes.zip ??
    zipOf([
      { name: 'LICENSE.txt', content: 'licence', mode: 0o100644, described: true },
      { name: 'terraform', content: fakeTerraform(changes.says ?? version), described: true },
    ]);
  const sums = Buffer.from(
    changes.sums ??
      `${sha256('another')}  terraform_${version}_linux_arm64.zip\n${sha256(zip)}  ${name}\n`,
  );
  const folder = `/terraform/${version}`;
  return {
    [`${folder}/${name}`]: zip,
    [`${folder}/terraform_${version}_SHA256SUMS`]: sums,
    [`${folder}/terraform_${version}_SHA256SUMS.sig`]:
      changes.signature ?? signatureOf(sums, signer),
  };
}

/** The index of a mirror that has these versions. */
export function indexOf(versions: readonly string[]): Buffer {
  const builds = [{ os: 'linux', arch: 'amd64' }];
  const entries = versions.map((version) => [version, { name: 'terraform', version, builds }]);
  return Buffer.from(JSON.stringify({ name: 'terraform', versions: Object.fromEntries(entries) }));
}

export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}
