/** A tag as one number: group, then element. */
export type Tag = number;

/** Value representations that this product writes; all but OB, OW and SQ have a length of 16 bits. */
type Kind =
  'CS' | 'DA' | 'DS' | 'IS' | 'LO' | 'OB' | 'OW' | 'PN' | 'SH' | 'TM' | 'UI' | 'UL' | 'US';

/** Transfer syntax Explicit VR Little Endian (DICOM PS3.5, A.2). */
export const explicitLittleEndian = '1.2.840.10008.1.2.1';

/**
 * One data element in Explicit VR Little Endian (DICOM PS3.5, 7.1.2). Values have an even length:
 * text is filled up with a blank, UIDs and bytes with a null.
 */
export function element(tag: Tag, kind: Kind, value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  const fill = bytes.length % 2 === 0 ? '' : kind === 'UI' || kind === 'OB' ? '\0' : ' ';
  const length = bytes.length + fill.length;
  const isLong = kind === 'OB' || kind === 'OW';
  const header = Buffer.alloc(isLong ? 12 : 8);
  header.writeUInt16LE(tag >>> 16, 0);
  header.writeUInt16LE(tag & 0xffff, 2);
  header.write(kind, 4, 'latin1');
  if (isLong) header.writeUInt32LE(length, 8);
  else header.writeUInt16LE(length, 6);
  return Buffer.concat([header, bytes, Buffer.from(fill, 'latin1')]);
}

/** A value of kind US. */
export function unsignedShort(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

/** A file (DICOM PS3.10, 7.1): preamble, prefix, file meta information, data set. */
export function dicomFile(meta: readonly Buffer[], dataSet: readonly Buffer[]): Buffer {
  const body = Buffer.concat(meta);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element(0x0002_0000, 'UL', length),
    body,
    ...dataSet,
  ]);
}
