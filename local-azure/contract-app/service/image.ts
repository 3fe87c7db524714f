import { inflateRawSync } from 'node:zlib';

/** What a run is told of its image. */
export interface Image {
  readonly isZip: boolean;
  /** Study, series and frame of reference that its first DICOM file names; undefined where none does. */
  readonly series:
    { readonly study: string; readonly series: string; readonly frame: string } | undefined;
}

/** The most that one file of an image is unpacked to. */
const most = 64 << 20;

/** Looks at what was sent: whether Python's zipfile would take it, and whose images are in it. */
export function lookAtImage(bytes: Buffer): Image {
  const end = bytes.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  if (end < 0 || end + 22 > bytes.length) return { isZip: false, series: undefined };
  for (const file of filesOf(bytes, end)) {
    const found = file.toString('latin1', 128, 132) === 'DICM' ? seriesOf(file) : undefined;
    if (found !== undefined) return { isZip: true, series: found };
  }
  return { isZip: true, series: undefined };
}

function* filesOf(zip: Buffer, end: number): Generator<Buffer> {
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    const header = zip.subarray(at, at + 46);
    if (header.length < 46 || header.readUInt32LE(0) !== 0x02014b50) return;
    const [method, packed] = [header.readUInt16LE(10), header.readUInt32LE(20)];
    const local = header.readUInt32LE(42);
    if (local + 30 > zip.length) return;
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const data = zip.subarray(from, from + packed);
    const content = method === 0 ? data : unpacked(data);
    if (content !== undefined) yield content;
    at += 46 + [28, 30, 32].reduce((sum, offset) => sum + header.readUInt16LE(offset), 0);
  }
}

function unpacked(data: Buffer): Buffer | undefined {
  try {
    return inflateRawSync(data, { maxOutputLength: most });
  } catch {
    return undefined;
  }
}

/** Reads elements of Explicit VR Little Endian up to the frame of reference. */
function seriesOf(file: Buffer): Image['series'] {
  const found = new Map<string, string>();
  let at = 132;
  while (at + 8 <= file.length) {
    const name = `${hex(file.readUInt16LE(at))},${hex(file.readUInt16LE(at + 2))}`;
    const isLong = /^(O[BDFLVW]|S[QV]|U[CNRTV])$/.test(file.toString('latin1', at + 4, at + 6));
    if (isLong && at + 12 > file.length) break;
    const length = isLong ? file.readUInt32LE(at + 8) : file.readUInt16LE(at + 6);
    const from = at + (isLong ? 12 : 8);
    found.set(name, file.toString('latin1', from, Math.min(from + length, from + 64)));
    at = from + length;
  }
  const [study, series, frame] = ['0020,000d', '0020,000e', '0020,0052'].map((name) =>
    found.get(name)?.replace(/[\0 ]+$/, ''),
  );
  if (!study || !series || !frame) return undefined;
  return { study, series, frame };
}

function hex(number: number): string {
  return number.toString(16).padStart(4, '0');
}
