import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lookAtImage } from '../../../local-azure/contract-app/service/image.ts';
import { storedZip } from '../../../local-azure/contract-app/zip.ts';

function element(group: number, number: number, kind: string, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value as string, 'latin1');
  const isLong = kind === 'OW';
  const header = Buffer.alloc(isLong ? 12 : 8);
  header.writeUInt16LE(group, 0);
  header.writeUInt16LE(number, 2);
  header.write(kind, 4, 'latin1');
  if (isLong) header.writeUInt32LE(bytes.length, 8);
  else header.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([header, bytes]);
}

const dicom = Buffer.concat([
  Buffer.alloc(128),
  Buffer.from('DICM'),
  element(0x0009, 0x0001, 'OW', Buffer.alloc(20)),
  element(0x0020, 0x000d, 'UI', '1.1\0'),
  element(0x0020, 0x000e, 'UI', '1.2\0'),
  element(0x0020, 0x0052, 'UI', '1.3\0'),
]);
const series = { study: '1.1', series: '1.2', frame: '1.3' };

/** A zip with one file that is packed as most writers of zips do. */
function packedZip(content: Buffer): Buffer {
  const zip = storedZip([{ name: 'a', content: deflateRawSync(content) }]);
  const central = zip.length - 22 - 47;
  zip.writeUInt16LE(8, 8);
  zip.writeUInt16LE(8, central + 10);
  return zip;
}

describe('what the contract app sees in an image', () => {
  it('is the series of its first DICOM file, stored or packed, wherever it lies', () => {
    const other = { name: 'a/readme', content: Buffer.from('x') };
    const stored = storedZip([other, { name: 'b/1.dcm', content: dicom }]);
    expect(lookAtImage(stored)).toEqual({ isZip: true, series });
    expect(lookAtImage(packedZip(dicom))).toEqual({ isZip: true, series });
  });

  it('is a zip without a series, or no zip', () => {
    const text = storedZip([{ name: 'a', content: Buffer.from('x') }]);
    expect(lookAtImage(text)).toEqual({ isZip: true, series: undefined });
    expect(lookAtImage(storedZip([]))).toEqual({ isZip: true, series: undefined });
    expect(lookAtImage(Buffer.from('These bytes are no zip.'))).toEqual({
      isZip: false,
      series: undefined,
    });
    expect(lookAtImage(Buffer.alloc(0)).isZip).toBe(false);
  });

  it('is never an error, whatever the bytes are', () => {
    const zip = packedZip(dicom);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(zip.length - 1), fc.nat(255)), { maxLength: 8 }),
        fc.nat(zip.length),
        (changes, length) => {
          const broken = Buffer.from(zip);
          for (const [at, value] of changes) broken[at] = value;
          expect(() => lookAtImage(broken.subarray(0, length))).not.toThrow();
          expect(() => lookAtImage(broken)).not.toThrow();
        },
      ),
      { numRuns: 400 },
    );
  });
});
