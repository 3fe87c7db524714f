import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { zipOf } from '../../src/packaging/zip.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zip-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (path: string, text: string) => ({ path, content: Buffer.from(text) });
const unzip = (zip: Buffer, ...args: string[]): string => {
  const path = join(folder, 'x.zip');
  writeFileSync(path, zip);
  return execFileSync('unzip', [...args, path], { encoding: 'utf8' });
};

describe('the zip', () => {
  it('is one that unzip finds sound, with every file and its text', () => {
    const zip = zipOf([file('b/ü.py', 'two\n'), file('a.py', 'one\n'), file('empty', '')]);
    expect(unzip(zip, '-tq')).toMatch(/No errors detected/);
    expect(unzip(zip, '-p')).toBe('one\ntwo\n');
    expect(unzip(zip, '-Z1').split('\n')).toHaveLength(4);
    expect(unzip(zip, '-Z')).toMatch(/^-rw-r--r-- .* a\.py$/m);
  });

  it('has the same bytes for the same files, in whatever order they come', () => {
    const files = fc.uniqueArray(
      fc.record({ path: fc.string({ minLength: 1 }), text: fc.string() }),
      { selector: ({ path }) => path },
    );
    fc.assert(
      fc.property(files, (some) => {
        const all = some.map(({ path, text }) => file(path, text));
        expect(zipOf(all.toReversed()).equals(zipOf(all))).toBe(true);
      }),
    );
  });

  it('differs where a byte or a name does', () => {
    const zips = [file('a', 'x'), file('a', 'y'), file('b', 'x')].map((one) => zipOf([one]));
    expect(new Set(zips.map((zip) => zip.toString('hex'))).size).toBe(3);
  });
});
