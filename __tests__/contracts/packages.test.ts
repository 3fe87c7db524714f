import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
  'dependencies' | 'devDependencies' | 'optionalDependencies',
  Record<string, string>
>;
const sources = ['src', 'scripts', 'local-azure', '__tests__', 'bench'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.m?[tj]s$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name)),
);
const text = (paths: readonly string[]): string =>
  paths.map((path) => readFileSync(path, 'utf8')).join('\n');
const product = text(sources.filter((path) => path.startsWith(join(root, 'src'))));

describe('the packages the product is built on', () => {
  it.each([
    '@actions/core',
    '@actions/exec',
    '@actions/github',
    '@actions/tool-cache',
    '@azure/identity',
    '@azure/arm-resources',
  ])('has %s as a dependency that the product loads', (name) => {
    expect(manifest.dependencies).toHaveProperty([name]);
    expect(product).toMatch(new RegExp(`(from|import\\() ?'${name}'`));
  });

  it('builds with ncc and tests with jest', () => {
    expect(manifest.devDependencies).toHaveProperty(['@vercel/ncc']);
    expect(manifest.devDependencies).toHaveProperty(['jest']);
    expect(readFileSync(join(root, 'scripts/build.ts'), 'utf8')).toContain("'ncc'");
    expect(readFileSync(join(root, 'scripts/test.ts'), 'utf8')).toContain('jest/bin/jest.js');
  });

  it('explains every direct dependency in one line', () => {
    const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
    const names = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)];
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('the lock file', () => {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');

  it('names no registry', () => {
    expect(lock).not.toMatch(/"resolved"|https:\/\/registry\./);
  });

  it('holds the Node binaries by their digest', () => {
    const packages = (
      JSON.parse(lock) as {
        packages: Record<string, { integrity?: string; hasInstallScript?: boolean }>;
      }
    ).packages;
    for (const name of Object.keys(manifest.optionalDependencies)) {
      expect(packages[`node_modules/${name}`]).toMatchObject({
        integrity: expect.stringMatching(/^sha512-/),
      });
      expect(packages[`node_modules/${name}`]).not.toHaveProperty('hasInstallScript');
    }
  });
});

describe('the runtime of the scripts', () => {
  it('is Node 24, as in action.yml', () => {
    expect(process.version).toMatch(/^v24\./);
    expect(readFileSync(join(root, 'action.yml'), 'utf8')).toContain('using: node24');
  });
});
