import { crc32 } from 'node:zlib';

/** One file of a zip. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
}

/** 1 January 1980, 0:00, the earliest moment of the format: a zip's bytes depend on its files alone. */
const date = 0x0021;
const time = 0;

function localHeader(name: Buffer, content: Uint8Array): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  writeCommon(header, 6, name, content);
  return Buffer.concat([header, name, content]);
}

/** Flags, method (stored), time, date, checksum, sizes, length of the name, length of the extra field. */
function writeCommon(header: Buffer, at: number, name: Buffer, content: Uint8Array): void {
  // Bit 11: names are UTF-8.
  header.writeUInt16LE(0x0800, at);
  header.writeUInt16LE(0, at + 2);
  header.writeUInt16LE(time, at + 4);
  header.writeUInt16LE(date, at + 6);
  header.writeUInt32LE(crc32(content), at + 8);
  header.writeUInt32LE(content.length, at + 12);
  header.writeUInt32LE(content.length, at + 16);
  header.writeUInt16LE(name.length, at + 20);
  header.writeUInt16LE(0, at + 22);
}

function centralHeader(name: Buffer, content: Uint8Array, offset: number): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  // Made by Unix, so that the attributes below are read as a file's mode.
  header.writeUInt16LE((3 << 8) | 20, 4);
  header.writeUInt16LE(20, 6);
  writeCommon(header, 8, name, content);
  header.writeUInt32LE(0o100644 * 0x10000, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name]);
}

/** Writes a zip without compression (APPNOTE 6.3.10); the same entries always give the same bytes. */
export function storedZip(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name, 'utf8');
    const local = localHeader(name, entry.content);
    centrals.push(centralHeader(name, entry.content, offset));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}
