import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readArchive } from '../../../src/terraform/install/zip.ts';
import { zipOf } from './release-builder.ts';

const limits = { names: ['terraform', 'LICENSE.txt'], maxBytes: 10_000_000, maxRatio: 100 };
const program = { name: 'terraform', content: 'the program' };
const licence = { name: 'LICENSE.txt', content: 'the licence', mode: 0o100644 };

function contents(zip: Buffer): Record<string, string> {
  const entries = readArchive(zip, limits);
  return Object.fromEntries(entries.map((entry) => [entry.name, entry.content().toString()]));
}

describe('an archive', () => {
  it('gives its files, however they are stored', () => {
    const expected = { terraform: 'the program', 'LICENSE.txt': 'the licence' };
    expect(contents(zipOf([licence, program]))).toEqual(expected);
    expect(
      contents(
        zipOf([
          { ...licence, described: true },
          { ...program, method: 0 },
        ]),
      ),
    ).toEqual(expected);
    expect(contents(zipOf([{ ...program, content: '' }]))).toEqual({ terraform: '' });
  });

  it.each([
    ['with a path that leads out', [{ ...program, name: '../terraform' }], 'leads out'],
    ['with a path that leads out, for Windows', [{ ...program, name: 'a\\..\\b' }], 'leads out'],
    ['with an absolute path', [{ ...program, name: '/usr/bin/terraform' }], 'absolute path'],
    ['with a drive', [{ ...program, name: 'C:terraform' }], 'absolute path'],
    ['with a UNC path', [{ ...program, name: '\\\\host\\terraform' }], 'absolute path'],
    ['with a symbolic link', [{ ...program, mode: 0o120777 }], 'symbolic link'],
    ['with a folder', [{ ...program, mode: 0o040755 }], 'not a plain file'],
    ['with a device', [{ ...program, mode: 0o020644 }], 'not a plain file'],
    ['with a set-user-id program', [{ ...program, mode: 0o104755 }], "another user's rights"],
    ['with a file twice', [program, program], 'in it twice'],
    ['with a stranger', [program, { ...program, name: 'evil' }], 'does not belong'],
    ['with another case of the name', [{ ...program, name: 'Terraform' }], 'does not belong'],
    ['with a NUL in the name', [{ ...program, name: 'terraform\0' }], 'does not belong'],
    ['that is encrypted', [{ ...program, flags: 1 }], 'is encrypted'],
    ['with strong encryption', [{ ...program, flags: 0x40 }], 'is encrypted'],
    ['packed in another way', [{ ...program, method: 14 }], 'unknown way'],
    [
      'with two names for one file',
      [{ ...program, localName: 'LICENSE.tx' }],
      'contradict each other',
    ],
    [
      'with a second name in a header',
      [{ ...program, extra: Buffer.from([0x75, 0x70, 1, 0, 0]) }],
      'changes its meaning',
    ],
    ['with zip64', [{ ...program, extra: Buffer.from([1, 0, 0, 0]) }], 'changes its meaning'],
    ['with a cut header', [{ ...program, extra: Buffer.from([1]) }], 'damaged header'],
    ['that is a bomb', [{ ...program, content: Buffer.alloc(5_000_000) }], 'more than it can hold'],
    [
      'that is too large',
      [{ ...program, size: 4_000_000_000 }],
      'would unpack to 4000000000 bytes',
    ],
  ])('%s is refused', (_what, files, reason) => {
    expect(() => contents(zipOf(files))).toThrow(reason);
  });

  it('is refused where a bomb lies about its size', () => {
    const bomb = zipOf([{ ...program, content: Buffer.alloc(5_000_000), size: 1000 }]);
    expect(() => contents(bomb)).toThrow('damaged');
  });

  it('is refused where something hides before, between or behind its files', () => {
    const honest = zipOf([program, licence]);
    const hidden = Buffer.from('hidden');
    expect(() => contents(Buffer.concat([hidden, honest]))).toThrow('does not fit the file');
    expect(() => contents(Buffer.concat([honest, hidden]))).toThrow('does not end as a zip');
    expect(() => contents(zipOf([program, licence], hidden))).toThrow('lies before "LICENSE.txt"');
    expect(() => contents(zipOf([program], hidden))).toThrow('something lies between its files');
  });

  it('is refused where packed data goes on after its end', () => {
    const longer = zipOf([{ ...program, trailing: Buffer.from('hidden') }]);
    expect(() => contents(longer)).toThrow('is damaged');
  });

  it('is refused as a whole at every cut', () => {
    const honest = zipOf([program, { ...licence, described: true }]);
    for (let end = 0; end < honest.length; end++) {
      expect(() => contents(honest.subarray(0, end))).toThrow(/does not|damaged|cut off/);
    }
  });

  it('never crashes and never gives another content, whatever bits are turned', () => {
    const honest = zipOf([{ ...licence, described: true }, program]);
    const known = contents(honest);
    let survived = 0;
    for (let bit = 0; bit < honest.length * 8; bit++) {
      const copy = Buffer.from(honest);
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      try {
        expect(contents(copy)).toEqual(known);
        survived += 1;
      } catch (error) {
        expect((error as Error).name).toBe('ArchiveRefused');
      }
    }
    // Dates, versions and attributes may turn: they change nothing that is unpacked.
    expect(survived).toBeLessThan((honest.length * 8) / 2);
  });

  it('refuses noise with a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(() => contents(Buffer.from(noise))).toThrow(/./);
      }),
    );
  });
});
