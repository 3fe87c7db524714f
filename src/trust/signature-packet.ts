import { SignatureRefused } from './refused.ts';

/** What counts in a detached signature; everything outside its hashed part is left out. */
export interface SignaturePacket {
  readonly hash: 'sha256' | 'sha512';
  /** Seconds since the epoch. */
  readonly created: number;
  /** 16 upper-case hexadecimal digits, where the signature names its key so. */
  readonly issuerId: string | undefined;
  readonly issuerFingerprint: string | undefined;
  /** What is hashed after the message (RFC 4880, section 5.2.4). */
  readonly trailer: Buffer;
  readonly digestStart: Buffer;
  /** The RSA value, without leading zero bytes. */
  readonly value: Buffer;
}

const longestFile = 8192;
const signatureTag = 2;
const detachedBinary = 0x00;
const rsa = 1;
const hashes: Readonly<Record<number, 'sha256' | 'sha512'>> = { 8: 'sha256', 10: 'sha512' };

/** Reads bytes in order and refuses to read past the end. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(count: number): Buffer {
    if (count > this.left) throw new SignatureRefused('it is cut off');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  number(bytes: 1 | 2 | 4): number {
    return this.take(bytes).readUIntBE(0, bytes);
  }
}

/**
 * Reads a file that must be exactly one version 4 signature packet and nothing else, as
 * `gpg --detach-sign` writes it (RFC 4880, sections 4.2 and 5.2.3). Throws SignatureRefused.
 */
export function readSignature(file: Buffer): SignaturePacket {
  if (file.length === 0) throw new SignatureRefused('it is empty');
  if (file.length > longestFile) throw new SignatureRefused('it is far too long');
  const packet = packetOf(new Cursor(file));
  const head = packet.take(4);
  const hash = hashOf(head);
  const hashedLength = packet.number(2);
  const hashed = packet.take(hashedLength);
  const subpackets = readSubpackets(new Cursor(hashed));
  packet.take(packet.number(2));
  const digestStart = packet.take(2);
  const value = readMultiPrecision(packet);
  if (packet.left !== 0) throw new SignatureRefused('something follows the signature');
  return { hash, ...subpackets, trailer: trailerOf(head, hashed), digestStart, value };
}

function packetOf(file: Cursor): Cursor {
  const tagByte = file.number(1);
  if ((tagByte & 0x80) === 0) throw new SignatureRefused('it is not an OpenPGP signature');
  const isNewFormat = (tagByte & 0x40) !== 0;
  const tag = isNewFormat ? tagByte & 0x3f : (tagByte >> 2) & 0x0f;
  if (tag !== signatureTag) throw new SignatureRefused('it is another kind of OpenPGP packet');
  const length = isNewFormat ? newLength(file, false) : oldLength(file, tagByte & 0x03);
  if (length > file.left) throw new SignatureRefused('it is cut off');
  if (length < file.left) throw new SignatureRefused('something follows the signature');
  return new Cursor(file.take(length));
}

function newLength(from: Cursor, inSubpacket: boolean): number {
  const first = from.number(1);
  if (first < 192) return first;
  if (first === 255) return from.number(4);
  if (!inSubpacket && first >= 224) throw new SignatureRefused('its length is left open');
  return ((first - 192) << 8) + from.number(1) + 192;
}

function oldLength(from: Cursor, lengthType: number): number {
  if (lengthType === 0) return from.number(1);
  if (lengthType === 1) return from.number(2);
  if (lengthType === 2) return from.number(4);
  throw new SignatureRefused('its length is left open');
}

function hashOf(head: Buffer): 'sha256' | 'sha512' {
  const [version, kind, algorithm, digest] = head;
  if (version !== 4) throw new SignatureRefused(`its version is ${version}, not 4`);
  if (kind !== detachedBinary) throw new SignatureRefused('it does not sign a binary file');
  if (algorithm !== rsa) throw new SignatureRefused('it was not made with RSA');
  const hash = hashes[digest ?? 0];
  if (!hash) throw new SignatureRefused('its hash is neither SHA-256 nor SHA-512');
  return hash;
}

function trailerOf(head: Buffer, hashed: Buffer): Buffer {
  const hashedLength = Buffer.from([hashed.length >> 8, hashed.length & 0xff]);
  const end = Buffer.from([4, 0xff, 0, 0, 0, 0]);
  end.writeUInt32BE(head.length + hashedLength.length + hashed.length, 2);
  return Buffer.concat([head, hashedLength, hashed, end]);
}

type Subpackets = Pick<SignaturePacket, 'created' | 'issuerId' | 'issuerFingerprint'>;

/** Numbers and lengths of the hashed subpackets that are read (RFC 4880, 5.2.3.1; RFC 9580, 5.2.3.35). */
const creationTime = 2;
const expirationTime = 3;
const issuer = 16;
const issuerFingerprint = 33;
const lengths = new Map([
  [creationTime, 4],
  [issuer, 8],
  [issuerFingerprint, 21],
]);

function readSubpackets(area: Cursor): Subpackets {
  const found = new Map<number, Buffer>();
  while (area.left > 0) {
    const body = area.take(newLength(area, true));
    if (body.length === 0) throw new SignatureRefused('it holds an empty subpacket');
    keepSubpacket(body.readUInt8(0), body.subarray(1), found);
  }
  const created = found.get(creationTime);
  if (!created) throw new SignatureRefused('it does not say when it was made');
  const fingerprint = found.get(issuerFingerprint);
  if (fingerprint && fingerprint[0] !== 4) throw new SignatureRefused('its key is not version 4');
  return {
    created: created.readUInt32BE(0),
    issuerId: found.get(issuer)?.toString('hex').toUpperCase(),
    issuerFingerprint: fingerprint?.subarray(1).toString('hex').toUpperCase(),
  };
}

function keepSubpacket(typeByte: number, content: Buffer, found: Map<number, Buffer>): void {
  const type = typeByte & 0x7f;
  const length = lengths.get(type);
  // Calendar rules are not kept here: HashiCorp renews its keys in place. So a signature that asks for one is refused.
  if (type === expirationTime) throw new SignatureRefused('it is meant to expire');
  if (length === undefined) {
    if (typeByte & 0x80)
      throw new SignatureRefused(`it demands subpacket ${type} to be understood`);
    return;
  }
  if (content.length !== length) throw new SignatureRefused(`its subpacket ${type} is malformed`);
  if (found.has(type)) throw new SignatureRefused(`it has subpacket ${type} twice`);
  found.set(type, content);
}

/** The declared length in bits must be the true one: otherwise several files would be one signature. */
function readMultiPrecision(from: Cursor): Buffer {
  const bits = from.number(2);
  const value = from.take(Math.ceil(bits / 8));
  const topBits = 32 - Math.clz32(value[0] ?? 0);
  if (bits === 0 || (value.length - 1) * 8 + topBits !== bits) {
    throw new SignatureRefused('its number is malformed');
  }
  return value;
}
