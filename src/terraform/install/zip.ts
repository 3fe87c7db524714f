import { crc32, inflateRawSync } from 'node:zlib';
import type { ZlibOptions } from 'node:zlib';

/** An archive that is not unpacked; the message is the reason, to be read after "The archive is refused:". */
export class ArchiveRefused extends Error {
  override readonly name = 'ArchiveRefused';
}

/** What an archive may hold. */
export interface ArchiveLimits {
  /** The only names; nothing else, and no folder. */
  readonly names: readonly string[];
  /** Bytes of all entries together, unpacked. */
  readonly maxBytes: number;
  /** How many times larger than packed an entry may be. */
  readonly maxRatio: number;
}

/** One file of an archive. */
export interface ArchiveEntry {
  readonly name: string;
  readonly size: number;
  /** Unpacks it into memory; throws ArchiveRefused where size or checksum are not as announced. */
  content(): Buffer;
}

interface Header {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly start: number;
}

const endSize = 22;
const centralSize = 46;
const localSize = 30;
const encrypted = 0x0001 | 0x0040 | 0x2000;
const hasDescriptor = 0x0008;
const stored = 0;
const deflated = 8;

/**
 * Reads the directory of a zip archive without unpacking anything, and refuses all that a release of
 * Terraform never has (PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.4): other names, paths, links,
 * folders, duplicates, encryption, zip64, other files before, between or behind, local headers that
 * tell another story. Throws ArchiveRefused.
 */
export function readArchive(zip: Buffer, limits: ArchiveLimits): readonly ArchiveEntry[] {
  const directory = readEnd(zip);
  const headers = readDirectory(zip, directory);
  checkNames(headers, limits.names);
  checkSizes(headers, limits);
  let at = 0;
  const entries = headers
    .toSorted((one, other) => one.start - other.start)
    .map((header) => {
      const { from, end } = locate(zip, header, at);
      at = end;
      return entryOf(zip, header, from);
    });
  if (at !== directory.start) refuse('something lies between its files');
  return entries;
}

function refuse(reason: string): never {
  throw new ArchiveRefused(reason);
}

function readEnd(zip: Buffer): { readonly start: number; readonly end: number; count: number } {
  const at = zip.length - endSize;
  if (at < 0 || zip.readUInt32LE(at) !== 0x06054b50) {
    refuse('it does not end as a zip archive does; it is cut off or something else');
  }
  const [disk, firstDisk] = [zip.readUInt16LE(at + 4), zip.readUInt16LE(at + 6)];
  const [here, count] = [zip.readUInt16LE(at + 8), zip.readUInt16LE(at + 10)];
  const [size, start] = [zip.readUInt32LE(at + 12), zip.readUInt32LE(at + 16)];
  const comment = zip.readUInt16LE(at + 20);
  if (disk + firstDisk + comment !== 0 || here !== count || start + size !== at) {
    refuse('its directory does not fit the file');
  }
  return { start, end: at, count };
}

function readDirectory(
  zip: Buffer,
  directory: { readonly start: number; readonly end: number; readonly count: number },
): Header[] {
  const headers: Header[] = [];
  let at = directory.start;
  while (at < directory.end) {
    if (at + centralSize > directory.end || zip.readUInt32LE(at) !== 0x02014b50) {
      refuse('its directory is damaged');
    }
    const next = at + centralSize + [28, 30, 32].reduce((n, o) => n + zip.readUInt16LE(at + o), 0);
    if (next > directory.end) refuse('its directory is damaged');
    headers.push(readHeader(zip, at));
    at = next;
  }
  if (headers.length !== directory.count) refuse('its directory has another number of files');
  return headers;
}

function readHeader(zip: Buffer, at: number): Header {
  const nameLength = zip.readUInt16LE(at + 28);
  const nameEnd = at + centralSize + nameLength;
  const header = {
    name: zip.toString('latin1', at + centralSize, nameEnd),
    flags: zip.readUInt16LE(at + 8),
    method: zip.readUInt16LE(at + 10),
    crc: zip.readUInt32LE(at + 16),
    packed: zip.readUInt32LE(at + 20),
    size: zip.readUInt32LE(at + 24),
    start: zip.readUInt32LE(at + 42),
  };
  const attributes = zip.readUInt32LE(at + 38);
  const extra = zip.subarray(nameEnd, nameEnd + zip.readUInt16LE(at + 30));
  checkKind(JSON.stringify(header.name.slice(0, 80)), attributes, extra);
  if (header.flags & encrypted) refuse(`${JSON.stringify(header.name)} is encrypted`);
  if (header.method !== stored && header.method !== deflated) {
    refuse(`${JSON.stringify(header.name)} is packed in an unknown way`);
  }
  return header;
}

/** The upper half of the attributes is a Unix mode, whatever system the header names; a reader may believe it. */
function checkKind(name: string, attributes: number, extra: Buffer): void {
  const mode = attributes >>> 16;
  const type = mode & 0o170000;
  if (type === 0o120000) refuse(`${name} is a symbolic link`);
  if ((type !== 0 && type !== 0o100000) || attributes & 0x10) refuse(`${name} is not a plain file`);
  if (mode & 0o7000) refuse(`${name} would run with another user's rights`);
  for (let at = 0; at < extra.length;) {
    if (at + 4 > extra.length) refuse(`${name} has a damaged header`);
    // Zip64 sizes, PKWARE's encryption, Info-ZIP's second name, AES: each would contradict what was checked.
    if ([0x0001, 0x0017, 0x7075, 0x9901].includes(extra.readUInt16LE(at))) {
      refuse(`${name} has a header that changes its meaning`);
    }
    at += 4 + extra.readUInt16LE(at + 2);
  }
}

function checkNames(headers: readonly Header[], allowed: readonly string[]): void {
  const seen = new Set<string>();
  for (const { name } of headers) {
    const shown = JSON.stringify(name.slice(0, 80));
    if (seen.has(name)) refuse(`${shown} is in it twice`);
    if (/^([\\/]|[A-Za-z]:)/.test(name)) refuse(`${shown} is an absolute path`);
    if (name.split(/[\\/]/).includes('..')) refuse(`${shown} leads out of its folder`);
    if (!allowed.includes(name)) refuse(`${shown} does not belong to a release of Terraform`);
    seen.add(name);
  }
}

function checkSizes(headers: readonly Header[], limits: ArchiveLimits): void {
  const total = headers.reduce((sum, { size }) => sum + size, 0);
  if (total > limits.maxBytes) refuse(`it would unpack to ${total} bytes`);
  const bomb = headers.find(({ size, packed }) => size > Math.max(packed, 1) * limits.maxRatio);
  if (bomb) refuse(`${JSON.stringify(bomb.name)} would unpack to more than it can hold`);
}

/** Where an entry's data lies; it must begin where the one before it ended. */
function locate(zip: Buffer, header: Header, start: number): { from: number; end: number } {
  const name = JSON.stringify(header.name);
  if (header.start !== start) refuse(`something lies before ${name}, or on it`);
  if (start + localSize > zip.length || zip.readUInt32LE(start) !== 0x04034b50) {
    refuse(`${name} is not where the directory says`);
  }
  const nameEnd = start + localSize + zip.readUInt16LE(start + 26);
  const from = nameEnd + zip.readUInt16LE(start + 28);
  const described = (header.flags & hasDescriptor) !== 0;
  const agree =
    zip.toString('latin1', start + localSize, nameEnd) === header.name &&
    zip.readUInt16LE(start + 6) === header.flags &&
    zip.readUInt16LE(start + 8) === header.method &&
    sumsAgree(zip, start + 14, header, described);
  if (!agree) refuse(`${name} has two headers that contradict each other`);
  const end = from + header.packed;
  return { from, end: described ? descriptorEnd(zip, end, header) : end };
}

/** With a descriptor behind the data, the local header may leave its three numbers at zero. */
function sumsAgree(zip: Buffer, at: number, header: Header, mayBeZero: boolean): boolean {
  return [header.crc, header.packed, header.size].every((wanted, index) => {
    const found = at + index * 4 + 4 <= zip.length ? zip.readUInt32LE(at + index * 4) : -1;
    return found === wanted || (mayBeZero && found === 0);
  });
}

function descriptorEnd(zip: Buffer, at: number, header: Header): number {
  const isSigned = at + 4 <= zip.length && zip.readUInt32LE(at) === 0x08074b50;
  const numbers = isSigned ? at + 4 : at;
  if (!sumsAgree(zip, numbers, header, false)) {
    refuse(`${JSON.stringify(header.name)} is followed by sums that are not its own`);
  }
  return numbers + 12;
}

function entryOf(zip: Buffer, header: Header, from: number): ArchiveEntry {
  const packed = zip.subarray(from, from + header.packed);
  return {
    name: header.name,
    size: header.size,
    content: () => {
      const content = header.method === stored ? packed : inflate(packed, header);
      if (content.length !== header.size || crc32(content) !== header.crc) {
        refuse(`${JSON.stringify(header.name)} is damaged`);
      }
      return content;
    },
  };
}

function inflate(packed: Buffer, { name, size }: Header): Buffer {
  try {
    const options = { maxOutputLength: Math.max(size, 1), info: true } satisfies ZlibOptions;
    const { buffer, engine } = inflateRawSync(packed, options) as unknown as Inflated;
    if (engine.bytesWritten === packed.length) return buffer;
  } catch {
    // The answer is the same for every way of being broken: more than announced, cut off, no deflate at all.
  }
  return refuse(`${JSON.stringify(name)} is damaged`);
}

/** What zlib gives with `info: true`; its types know only the plain buffer. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}
