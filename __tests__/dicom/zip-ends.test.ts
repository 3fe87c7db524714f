import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readOnlyEntry, ZipRefused } from '../../src/dicom/zip-ends.ts';
import { zipOf } from '../../src/packaging/zip.ts';

const content = Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * 7919) % 251));
const whole = zipOf([{ path: 'segmentation.dcm', content }]);
const ends = (zip: Buffer, head = 500, tail = 300) =>
  readOnlyEntry(zip.subarray(0, head), zip.subarray(-tail), zip.length);
const refusal = (...given: Parameters<typeof readOnlyEntry>): string => {
  try {
    readOnlyEntry(...given);
  } catch (error) {
    return error instanceof ZipRefused ? error.message : `not refused: ${String(error)}`;
  }
  return 'taken';
};
const both = (zip: Buffer): string => refusal(zip, zip, zip.length);
const changed = (at: number, value: number): Buffer => {
  const zip = Buffer.from(whole);
  zip.writeUInt32LE(value, at);
  return zip;
};
const directory = whole.length - 22 - 46 - 16;

describe('both ends of a zip', () => {
  it('tell its one file and the first bytes of it', () => {
    const entry = ends(whole);
    expect({ name: entry.name, size: entry.size }).toEqual({
      name: 'segmentation.dcm',
      size: content.length,
    });
    expect(entry.head.equals(content.subarray(0, 500 - 30 - 16))).toBe(true);
  });

  it('tell as much of a compressed one as unfolds', () => {
    const zip = zipOf([{ path: 'segmentation.dcm', content }], { compressed: true });
    const { head } = ends(zip, 200, 200);
    expect(head.length).toBeGreaterThan(100);
    expect(head.equals(content.subarray(0, head.length))).toBe(true);
  });

  it.each([
    ['no file', zipOf([]), /0 files/],
    [
      'two files',
      zipOf([
        { path: 'a', content },
        { path: 'b', content },
      ]),
      /2 files/,
    ],
    ['no zip at its end', Buffer.concat([whole, Buffer.alloc(40)]), /does not end/],
    ['no zip at its start', changed(0, 0), /does not begin/],
    ['another name in front', changed(30, 0x41414141), /contradict/],
    ['another start of its directory', changed(whole.length - 6, 12), /does not fit|damaged/],
    ['a directory that is none', changed(directory, 0), /damaged/],
    ['a file that starts elsewhere', changed(directory + 42, 4), /damaged/],
    ['a file that is shorter than the gap', changed(directory + 20, 100), /contradict/],
  ])('are refused for %s', (_what, zip, message) => {
    expect(both(zip)).toMatch(message);
  });

  it('are refused for a file that unfolds to more than it says', () => {
    const zip = zipOf([{ path: 'a', content: Buffer.alloc(100_000) }], { compressed: true });
    zip.writeUInt32LE(10, zip.length - 22 - 47 + 24);
    expect(both(zip)).toMatch(/cannot be unpacked/);
    expect(deflateRawSync(Buffer.alloc(100_000)).length).toBeLessThan(1000);
  });

  it('never fail otherwise, whatever the bytes are', () => {
    const small = zipOf([{ path: 'segmentation.dcm', content: content.subarray(0, 300) }], {
      compressed: true,
    });
    const change = fc.tuple(fc.nat(small.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), fc.nat(400), fc.nat(400), (changes, a, b) => {
        const zip = Buffer.from(small);
        for (const [at, value] of changes) zip[at] = value;
        const tail = zip.subarray(Math.max(0, zip.length - b));
        expect(refusal(zip.subarray(0, a), tail, zip.length)).not.toMatch(/^not refused/);
      }),
      { numRuns: 400 },
    );
  });
});
