/** DICOM and zip bytes as a test writes them by hand, in ways the product never does. */

/** A header and a value in Explicit VR Little Endian; a length of its own may be claimed. */
export function explicit(
  group: number,
  number: number,
  kind: string,
  value: Buffer | string,
  length?: number,
): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  const isLong = ['OB', 'OW', 'SQ', 'UN', 'UT'].includes(kind);
  const header = Buffer.alloc(isLong ? 12 : 8);
  header.writeUInt16LE(group, 0);
  header.writeUInt16LE(number, 2);
  header.write(kind, 4, 'latin1');
  if (isLong) header.writeUInt32LE(length ?? bytes.length, 8);
  else header.writeUInt16LE(length ?? bytes.length, 6);
  return Buffer.concat([header, bytes]);
}

/** A tag and a length of 32 bits, as in Implicit VR Little Endian, for items, and for their ends. */
export function implicit(
  group: number,
  number: number,
  value: Buffer | string = '',
  length?: number,
): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  const header = Buffer.alloc(8);
  header.writeUInt16LE(group, 0);
  header.writeUInt16LE(number, 2);
  header.writeUInt32LE(length ?? bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

export const undefinedLength = 0xffff_ffff;

/** An item with its length, or with none and an end of its own. */
export function item(content: Buffer, isDefined: boolean): Buffer {
  if (isDefined) return implicit(0xfffe, 0xe000, content);
  return Buffer.concat([
    implicit(0xfffe, 0xe000, content, undefinedLength),
    implicit(0xfffe, 0xe00d),
  ]);
}

/** The items of a sequence, with an end of their own where its length is not defined. */
export function items(contents: readonly Buffer[], isDefined: boolean): Buffer {
  const all = Buffer.concat(contents.map((one) => item(one, isDefined)));
  return isDefined ? all : Buffer.concat([all, implicit(0xfffe, 0xe0dd)]);
}

/** A DICOM file with this transfer syntax and these bytes for its data set. */
export function dicom(syntax: string, ...dataSet: readonly Buffer[]): Buffer {
  const value = syntax.length % 2 === 0 ? syntax : `${syntax}\0`;
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    explicit(0x0002, 0x0010, 'UI', value),
    ...dataSet,
  ]);
}

export const syntaxes = { explicit: '1.2.840.10008.1.2.1', implicit: '1.2.840.10008.1.2' } as const;
