import { constants, inflateRawSync } from 'node:zlib';

/** A zip that is not what it should be; the message is the reason. */
export class ZipRefused extends Error {
  override readonly name = 'ZipRefused';
}

/** The one file of a zip, of which only both ends are known. */
export interface OnlyEntry {
  readonly name: string;
  /** Bytes of the file, unpacked, as the directory says. */
  readonly size: number;
  /** The first bytes of the file, as far as `head` reaches. */
  readonly head: Buffer;
}

const [local, central, end] = [0x0403_4b50, 0x0201_4b50, 0x0605_4b50];
const [localSize, centralSize, endSize] = [30, 46, 22];
/** More than this is never unpacked from a head. */
const mostUnpacked = 1_048_576;

/**
 * Reads a zip with exactly one file from its first and last bytes (PKWARE's APPNOTE 6.3.10): the
 * directory at its end, the local header at its start, which must tell the same. `size` is that of the
 * whole zip. Made for bytes of others: throws ZipRefused and nothing else.
 */
export function readOnlyEntry(head: Buffer, tail: Buffer, size: number): OnlyEntry {
  const entry = directoryOf(tail, size);
  if (head.length < localSize || head.readUInt32LE(0) !== local) {
    throw new ZipRefused('it does not begin as a zip does');
  }
  const nameLength = head.readUInt16LE(26);
  const from = localSize + nameLength + head.readUInt16LE(28);
  const name = head.toString('utf8', localSize, localSize + nameLength);
  const agrees = name === entry.name && head.readUInt16LE(8) === entry.method;
  // Only the sums may stand behind the data instead of in front of it.
  const atEnd = (head.readUInt16LE(6) & 0x0008) !== 0;
  const gap = entry.directoryStart - from - entry.packed;
  if (!agrees || gap < 0 || (gap > 0 && !atEnd) || gap > 24) {
    throw new ZipRefused('its two headers contradict each other');
  }
  const packed = head.subarray(from, from + entry.packed);
  return { name: entry.name, size: entry.size, head: unpacked(packed, entry.method, entry.size) };
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly directoryStart: number;
}

function directoryOf(tail: Buffer, size: number): Entry {
  const at = tail.length - endSize;
  if (at < 0 || tail.readUInt32LE(at) !== end)
    throw new ZipRefused('it does not end as a zip does');
  const count = tail.readUInt16LE(at + 10);
  if (count !== 1) throw new ZipRefused(`it holds ${count} files instead of one`);
  const [length, start] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  const offset = start - (size - tail.length);
  if (start + length !== size - endSize || offset < 0 || offset + centralSize > at) {
    throw new ZipRefused('its directory does not fit the file');
  }
  const nameEnd = offset + centralSize + tail.readUInt16LE(offset + 28);
  if (
    tail.readUInt32LE(offset) !== central ||
    nameEnd > at ||
    tail.readUInt32LE(offset + 42) !== 0
  ) {
    throw new ZipRefused('its directory is damaged');
  }
  return {
    name: tail.toString('utf8', offset + centralSize, nameEnd),
    method: tail.readUInt16LE(offset + 10),
    packed: tail.readUInt32LE(offset + 20),
    size: tail.readUInt32LE(offset + 24),
    directoryStart: start,
  };
}

/** What of the file the head holds: as it is, or inflated as far as it goes. */
function unpacked(packed: Buffer, method: number, size: number): Buffer {
  if (method === 0) return packed;
  if (method !== 8) throw new ZipRefused('its file is packed in an unknown way');
  try {
    return inflateRawSync(packed, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: Math.max(1, Math.min(size, mostUnpacked)),
    });
  } catch (error) {
    throw new ZipRefused('its file cannot be unpacked', { cause: error });
  }
}
