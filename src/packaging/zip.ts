import { crc32, deflateRawSync } from 'node:zlib';
import type { PackageFile } from './source.ts';

/**
 * A zip whose bytes depend on nothing but its files: sorted, dated 1 January 1980, one mode for all,
 * and stored, because what a compressor makes differs with its version and with the processor
 * (APPNOTE 6.3.10; without its 64-bit form, so less than 65,536 files and 4 GB). With `compressed`
 * it is smaller, and only its files are the same everywhere.
 */
export function zipOf(
  files: readonly PackageFile[],
  { compressed = false }: { readonly compressed?: boolean } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, content } of files.toSorted((one, other) =>
    one.path < other.path ? -1 : 1,
  )) {
    const name = Buffer.from(path, 'utf8');
    const packed = compressed ? deflateRawSync(content, { level: 9 }) : content;
    const fields = fieldsOf(name, content, packed);
    fields.writeUInt16LE(compressed ? 8 : 0, 4);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), fields, name]);
    parts.push(local, packed);
    directory.push(centralEntry(fields, name, offset));
    offset += local.length + packed.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...parts, central, endRecord(files.length, central.length, offset)]);
}

/** What both headers of a file have in common: version needed to length of the extra field. */
function fieldsOf(name: Buffer, content: Buffer, packed: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x0800, 2); // names are UTF-8
  fields.writeUInt16LE(0x0021, 8); // the date; the time is 0
  fields.writeUInt32LE(crc32(content), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(content.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function centralEntry(fields: Buffer, name: Buffer, offset: number): Buffer {
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(0o100644 * 0x10000, 6);
  tail.writeUInt32LE(offset, 10);
  // Made by Unix, so that the attributes are read as a mode.
  return Buffer.concat([Buffer.from('PK\u0001\u0002\u0014\u0003'), fields, tail, name]);
}

function endRecord(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}
