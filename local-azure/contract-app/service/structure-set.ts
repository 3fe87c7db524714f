import { crc32 } from 'node:zlib';
import type { Image } from './image.ts';

/** Regions that models segment (InnerEye-DeepLearning, HelloWorld.py); any other model has one here. */
const regions: Readonly<Record<string, readonly string[]>> = { HelloWorld: ['region', 'region_1'] };

function regionsOf(model: string): readonly string[] {
  return regions[model.split(':')[0] ?? ''] ?? ['region'];
}

const structureSetClass = '1.2.840.10008.5.1.4.1.1.481.3';
/** What InnerEye's converter writes. */
const implicitLittleEndian = '1.2.840.10008.1.2';
/** Below the root that DICOM keeps for UUIDs; fixed, so that the answer is always the same. */
const instance = '2.25.138000000000000000000000000000000001';

/** One data element: the file meta information names the kind of each, the data set of none. */
function element(group: number, number: number, kind: string, value: Buffer): Buffer {
  const padding = value.length % 2 === 0 ? '' : kind === 'UI' || kind === 'OB' ? '\0' : ' ';
  const content = Buffer.concat([value, Buffer.from(padding)]);
  const isExplicit = group === 0x0002;
  const header = Buffer.alloc(isExplicit && kind === 'OB' ? 12 : 8);
  header.writeUInt16LE(group, 0);
  header.writeUInt16LE(number, 2);
  if (isExplicit) header.write(kind, 4, 'latin1');
  if (isExplicit && kind !== 'OB') header.writeUInt16LE(content.length, 6);
  else header.writeUInt32LE(content.length, header.length - 4);
  return Buffer.concat([header, content]);
}

function text(group: number, number: number, kind: string, value: string): Buffer {
  return element(group, number, kind, Buffer.from(value, 'latin1'));
}

function item(content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16LE(0xfffe, 0);
  header.writeUInt16LE(0xe000, 2);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, content]);
}

function roi(name: string, index: number, frame: string): Buffer {
  return item(
    Buffer.concat([
      text(0x3006, 0x0022, 'IS', String(index + 1)),
      text(0x3006, 0x0024, 'UI', frame),
      text(0x3006, 0x0026, 'LO', name),
      text(0x3006, 0x0036, 'CS', 'AUTOMATIC'),
    ]),
  );
}

/**
 * A small RT structure set (DICOM PS3.3, A.19 and C.8.8.5) of the series that was sent, with the
 * names of the model's regions and no contours.
 */
export function structureSet(model: string, image: NonNullable<Image['series']>): Buffer {
  const names = regionsOf(model);
  const meta = Buffer.concat([
    element(0x0002, 0x0001, 'OB', Buffer.from([0, 1])),
    text(0x0002, 0x0002, 'UI', structureSetClass),
    text(0x0002, 0x0003, 'UI', instance),
    text(0x0002, 0x0010, 'UI', implicitLittleEndian),
    text(0x0002, 0x0012, 'UI', '2.25.138000000000000000000000000000000002'),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(0x0002, 0x0000, 'UL', length),
    meta,
    text(0x0008, 0x0016, 'UI', structureSetClass),
    text(0x0008, 0x0018, 'UI', instance),
    text(0x0008, 0x0060, 'CS', 'RTSTRUCT'),
    text(0x0008, 0x0070, 'LO', 'Default_Manufacturer'),
    text(0x0018, 0x1020, 'LO', model),
    text(0x0020, 0x000d, 'UI', image.study),
    text(0x0020, 0x000e, 'UI', '2.25.138000000000000000000000000000000003'),
    text(0x3006, 0x0002, 'SH', 'contract app'),
    element(
      0x3006,
      0x0020,
      'SQ',
      Buffer.concat(names.map((name, at) => roi(name, at, image.frame))),
    ),
  ]);
}

/** A zip with one stored file. */
export function zipOf(name: string, content: Buffer): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(0x21, 8);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(content.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const label = Buffer.from(name, 'latin1');
  const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, label, content]);
  const central = Buffer.concat([
    Buffer.from('PK\u0001\u0002\u0014\0', 'latin1'),
    common,
    Buffer.alloc(14),
    label,
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
