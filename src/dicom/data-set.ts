import type { Tag } from './elements.ts';
import { explicitLittleEndian } from './elements.ts';

/** Bytes that are no DICOM as far as it is read here; the message is the reason. */
export class DicomRefused extends Error {
  override readonly name = 'DicomRefused';
}

/** The elements of a data set by tag: bytes, or the items of a sequence that was to be read. */
export type DataSet = ReadonlyMap<Tag, Buffer | readonly DataSet[]>;

/** What of a file could be read. */
export interface Reading {
  readonly dataSet: DataSet;
  /** Whether the file goes on behind the bytes that were given; the element that was cut is left out. */
  readonly cut: boolean;
}

const implicitLittleEndian = '1.2.840.10008.1.2';
const transferSyntax = 0x0002_0010;
const undefinedLength = 0xffff_ffff;
const [item, itemEnd, sequenceEnd] = [0xfffe_e000, 0xfffe_e00d, 0xfffe_e0dd];
/** Sequences within sequences; an RT structure set has five. */
const deepest = 16;
/** Explicit lengths of 32 bits (DICOM PS3.5, table 7.1-1). */
const longKinds = new Set([
  'OB',
  'OD',
  'OF',
  'OL',
  'OV',
  'OW',
  'SQ',
  'SV',
  'UC',
  'UN',
  'UR',
  'UT',
  'UV',
]);

/** The bytes end before the element does: no fault where only the head of a file was given. */
class Cut extends Error {}

/**
 * Reads a DICOM file (PS3.10) or its first bytes, in Explicit or Implicit VR Little Endian. Of the
 * sequences only those in `sequences` are read, the others are stepped over; lengths may be undefined.
 * Made for bytes of others: throws DicomRefused and nothing else.
 */
export function readDicom(bytes: Buffer, sequences: readonly Tag[]): Reading {
  if (bytes.length < 132 || bytes.toString('latin1', 128, 132) !== 'DICM') {
    throw new DicomRefused('it does not begin as a DICOM file does');
  }
  const reader: Reader = { bytes, sequences: new Set(sequences), isExplicit: true };
  const meta = elementsOf(reader, 132, (tag) => tag >>> 16 === 0x0002);
  const syntax = textOf(meta.found, transferSyntax);
  if (meta.cut || (syntax === undefined && meta.at >= bytes.length)) {
    return { dataSet: meta.found, cut: true };
  }
  if (syntax !== explicitLittleEndian && syntax !== implicitLittleEndian) {
    throw new DicomRefused('it is not in Explicit or Implicit VR Little Endian');
  }
  const body = { ...reader, isExplicit: syntax === explicitLittleEndian };
  const { found, cut } = elementsOf(body, meta.at, () => true);
  return { dataSet: found, cut };
}

/** The text of an element without its filling; undefined where there is no such element. */
export function textOf(dataSet: DataSet, tag: Tag): string | undefined {
  const value = dataSet.get(tag);
  return Buffer.isBuffer(value) ? value.toString('utf8').replace(/[\0 ]+$/, '') : undefined;
}

/** The items of a sequence that was read; undefined where there is none. */
export function itemsOf(dataSet: DataSet, tag: Tag): readonly DataSet[] | undefined {
  const value = dataSet.get(tag);
  return value === undefined || Buffer.isBuffer(value) ? undefined : value;
}

interface Reader {
  readonly bytes: Buffer;
  readonly sequences: ReadonlySet<Tag>;
  readonly isExplicit: boolean;
}

interface Header {
  readonly tag: Tag;
  readonly kind: string;
  /** Where its value begins. */
  readonly from: number;
  readonly length: number;
}

/** Elements from `at` on while `belongs` says so, to the end of the bytes. */
function elementsOf(
  reader: Reader,
  at: number,
  belongs: (tag: Tag) => boolean,
): { found: Map<Tag, Buffer | readonly DataSet[]>; at: number; cut: boolean } {
  const found = new Map<Tag, Buffer | readonly DataSet[]>();
  try {
    while (at < reader.bytes.length && belongs(tagAt(reader, at)))
      at = readElement(reader, at, 0, found);
    return { found, at, cut: false };
  } catch (error) {
    if (error instanceof Cut) return { found, at, cut: true };
    throw error;
  }
}

/** Reads one element into `found`, and gives where the next begins. */
function readElement(
  reader: Reader,
  at: number,
  depth: number,
  found: Map<Tag, Buffer | readonly DataSet[]>,
): number {
  const header = headerAt(reader, at);
  const { tag, from, length } = header;
  if (tag >>> 16 === 0xfffe) throw new DicomRefused('an item stands where none can be');
  if (reader.sequences.has(tag)) {
    const items: DataSet[] = [];
    const end = readItems(reader, header, depth, items);
    found.set(tag, items);
    return end;
  }
  if (length === undefinedLength) return readItems(reader, header, depth, undefined);
  const end = from + length;
  if (end > reader.bytes.length) throw new Cut();
  found.set(tag, reader.bytes.subarray(from, end));
  return end;
}

/** Steps through the items of a sequence, into `items` where they are wanted, and gives its end. */
function readItems(
  reader: Reader,
  { kind, from, length }: Header,
  depth: number,
  items: DataSet[] | undefined,
): number {
  if (depth >= deepest) throw new DicomRefused('its sequences lie too deep in each other');
  // What is unknown and of undefined length is implicit (PS3.5, 6.2.2).
  const inner = kind === 'UN' ? { ...reader, isExplicit: false } : reader;
  const end = length === undefinedLength ? Infinity : from + length;
  let at = from;
  while (at < end) {
    const tag = tagAt(reader, at);
    const size = longAt(reader, at + 4);
    at += 8;
    if (tag === sequenceEnd && end === Infinity) return at;
    if (tag !== item) throw new DicomRefused('a sequence holds something else than items');
    at = readItem(inner, at, size, depth, items);
  }
  if (at > end) throw new DicomRefused('an item is longer than its sequence');
  return at;
}

function readItem(
  reader: Reader,
  from: number,
  size: number,
  depth: number,
  items: DataSet[] | undefined,
): number {
  const end = size === undefinedLength ? Infinity : from + size;
  if (end !== Infinity && items === undefined) {
    if (end > reader.bytes.length) throw new Cut();
    return end;
  }
  const found = new Map<Tag, Buffer | readonly DataSet[]>();
  let at = from;
  while (at < end) {
    if (end === Infinity && tagAt(reader, at) === itemEnd) {
      longAt(reader, at + 4);
      at += 8;
      break;
    }
    at = readElement(reader, at, depth + 1, found);
  }
  if (at > end) throw new DicomRefused('an element is longer than its item');
  items?.push(found);
  return at;
}

function headerAt(reader: Reader, at: number): Header {
  const tag = tagAt(reader, at);
  if (!reader.isExplicit) return { tag, kind: '', from: at + 8, length: longAt(reader, at + 4) };
  longAt(reader, at + 4);
  const kind = reader.bytes.toString('latin1', at + 4, at + 6);
  if (!/^[A-Z]{2}$/.test(kind)) throw new DicomRefused('an element has no value representation');
  if (longKinds.has(kind)) return { tag, kind, from: at + 12, length: longAt(reader, at + 8) };
  return { tag, kind, from: at + 8, length: reader.bytes.readUInt16LE(at + 6) };
}

function tagAt({ bytes }: Reader, at: number): Tag {
  if (at + 4 > bytes.length) throw new Cut();
  return bytes.readUInt16LE(at) * 0x1_0000 + bytes.readUInt16LE(at + 2);
}

function longAt({ bytes }: Reader, at: number): number {
  if (at + 4 > bytes.length) throw new Cut();
  return bytes.readUInt32LE(at);
}
