import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const dist = join(root, 'dist');
const rebuilt = join(mkdtempSync(join(tmpdir(), 'dist-')), 'dist');

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/build.ts'), rebuilt], { stdio: 'pipe' });
}, 180_000);

afterAll(() => {
  rmSync(join(rebuilt, '..'), { recursive: true, force: true });
});

describe('dist', () => {
  it('is byte for byte what a rebuild makes', () => {
    expect(readdirSync(dist).sort()).toEqual(readdirSync(rebuilt).sort());
    for (const file of readdirSync(rebuilt)) {
      expect({
        file,
        same: readFileSync(join(dist, file)).equals(readFileSync(join(rebuilt, file))),
      }).toEqual({ file, same: true });
    }
  });

  it('has an entry of at most 300 kB and at most 3.5 MB in all', () => {
    const sizes = readdirSync(dist).map((file) => statSync(join(dist, file)).size);
    expect(statSync(join(dist, 'index.js')).size).toBeLessThanOrEqual(300_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(3_500_000);
  });
});
