import { inflateRawSync } from 'node:zlib';

/** One file of an archive. */
export interface Unzipped {
  readonly name: string;
  readonly bytes: Buffer;
}

const [endMark, entryMark] = [0x0605_4b50, 0x0201_4b50];
const endSize = 22;

/**
 * The files of a zip (PKWARE's APPNOTE 6.3.10, without its 64-bit form); none where the bytes are no
 * zip, or one that contradicts itself. For archives of our own making: nothing is defended against.
 */
export function unzipped(zip: Buffer): Unzipped[] {
  const end = zip.lastIndexOf(Buffer.from('PK\u0005\u0006'));
  if (end < 0 || zip.length < end + endSize || zip.readUInt32LE(end) !== endMark) return [];
  const files: Unzipped[] = [];
  let at = zip.readUInt32LE(end + 16);
  while (at < end && zip.readUInt32LE(at) === entryMark) {
    const [method, packed] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [nameSize, extraSize] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30)];
    const name = zip.toString('utf8', at + 46, at + 46 + nameSize);
    const local = zip.readUInt32LE(at + 42);
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(from, from + packed);
    files.push({ name, bytes: method === 0 ? bytes : inflateRawSync(bytes) });
    at += 46 + nameSize + extraSize + zip.readUInt16LE(at + 32);
  }
  return files;
}
