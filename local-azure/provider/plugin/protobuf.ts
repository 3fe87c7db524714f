/**
 * The part of the proto3 wire format that Terraform's plugin protocol needs. A message is described
 * by its fields alone, since messages carry no name on the wire.
 */
export type FieldType =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'int'
  /** A number of which 0 must be on the wire, since its presence alone says something (oneof). */
  | 'index'
  | MessageShape
  | { readonly mapOf: MessageShape };

export interface FieldShape {
  readonly name: string;
  readonly type: FieldType;
  readonly repeated?: boolean;
}

/** Field number → field. */
export type MessageShape = Readonly<Record<number, FieldShape>>;

export type Message = Record<string, unknown>;

const VARINT = 0;
const LENGTH = 2;

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function tag(number: number, wire: number): Buffer {
  return varint(BigInt((number << 3) | wire));
}

function lengthPrefixed(number: number, payload: Buffer): Buffer[] {
  return [tag(number, LENGTH), varint(BigInt(payload.length)), payload];
}

function encodeOne(number: number, type: FieldType, value: unknown): Buffer[] {
  if (type === 'string') return lengthPrefixed(number, Buffer.from(value as string, 'utf8'));
  if (type === 'bytes') return lengthPrefixed(number, Buffer.from(value as Uint8Array));
  if (type === 'bool') return [tag(number, VARINT), varint(value === true ? 1n : 0n)];
  if (type === 'int' || type === 'index')
    return [tag(number, VARINT), varint(BigInt(value as number))];
  if ('mapOf' in type) {
    return Object.entries(value as Message).flatMap(([key, entry]) =>
      lengthPrefixed(
        number,
        encode(
          { 1: { name: 'k', type: 'string' }, 2: { name: 'v', type: type.mapOf } },
          { k: key, v: entry },
        ),
      ),
    );
  }
  return lengthPrefixed(number, encode(type, value as Message));
}

/** Encodes `message`; absent, undefined, false, 0 and "" fields are left out, as proto3 does. */
export function encode(shape: MessageShape, message: Message): Buffer {
  const parts: Buffer[] = [];
  for (const [key, field] of Object.entries(shape)) {
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    const number = Number(key);
    if (field.repeated === true) {
      for (const item of value as unknown[]) parts.push(...encodeOne(number, field.type, item));
    } else if (field.type === 'index' || (value !== false && value !== 0 && value !== '')) {
      parts.push(...encodeOne(number, field.type, value));
    }
  }
  return Buffer.concat(parts);
}

class Reader {
  private offset = 0;
  private readonly bytes: Buffer;
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
  get done(): boolean {
    return this.offset >= this.bytes.length;
  }
  varint(): bigint {
    let result = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes[this.offset++];
      if (byte === undefined) throw new Error('The message ends inside a number.');
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
  }
  chunk(): Buffer {
    return this.take(Number(this.varint()));
  }
  take(length: number): Buffer {
    const end = this.offset + length;
    if (end > this.bytes.length) throw new Error('The message ends inside a field.');
    const chunk = this.bytes.subarray(this.offset, end);
    this.offset = end;
    return chunk;
  }
}

function skip(reader: Reader, wire: number): void {
  if (wire === VARINT) reader.varint();
  else if (wire === 1) reader.take(8);
  else if (wire === LENGTH) reader.chunk();
  else if (wire === 5) reader.take(4);
  else throw new Error(`Wire type ${String(wire)} is not known.`);
}

function decodeOne(type: FieldType, reader: Reader): unknown {
  if (type === 'bool') return reader.varint() !== 0n;
  if (type === 'int' || type === 'index') return Number(BigInt.asIntN(64, reader.varint()));
  const chunk = reader.chunk();
  if (type === 'string') return chunk.toString('utf8');
  if (type === 'bytes') return chunk;
  return decode('mapOf' in type ? type.mapOf : type, chunk);
}

/** Decodes one message; fields the shape does not name are skipped. Throws on a cut-off message. */
export function decode(shape: MessageShape, bytes: Buffer): Message {
  const reader = new Reader(bytes);
  const message: Message = {};
  while (!reader.done) {
    const key = Number(reader.varint());
    const field = shape[key >>> 3];
    if (field === undefined) {
      skip(reader, key & 7);
      continue;
    }
    const value = decodeOne(field.type, reader);
    if (field.repeated === true) ((message[field.name] ??= []) as unknown[]).push(value);
    else message[field.name] = value;
  }
  return message;
}
