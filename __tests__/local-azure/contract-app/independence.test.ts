import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');

/** The files below a folder, with the files that each of them imports; packages are left out. */
function importsOf(folder: string): Map<string, string[]> {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => name.endsWith('.ts'))
      .map((name) => {
        const file = join(root, folder, name);
        const text = readFileSync(file, 'utf8');
        const found = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)];
        const targets = found.map(([, path = '']) => relative(root, resolve(dirname(file), path)));
        return [relative(root, file), targets];
      }),
  );
}

const strays = (folder: string, isStray: (target: string) => boolean): string[] =>
  [...importsOf(folder)].flatMap(([file, targets]) =>
    targets.filter(isStray).map((target) => `${file} imports ${target}`),
  );

describe('the contract app and the smoke test', () => {
  it('share no code: what runs of the app imports nothing but its own files', () => {
    const service = 'local-azure/contract-app/service/';
    expect(importsOf(service).size).toBeGreaterThan(5);
    expect(strays(service, (target) => !target.startsWith(service))).toEqual([]);
  });

  it('share no code: nothing that builds the app imports the product', () => {
    expect(strays('local-azure/contract-app', (target) => target.startsWith('src/'))).toEqual([]);
  });

  it('share no code: nothing of the product imports Local Azure', () => {
    expect(importsOf('src').size).toBeGreaterThan(100);
    expect(strays('src', (target) => target.startsWith('local-azure/'))).toEqual([]);
  });

  it('are tested by words of their own: the tests of the app import none of the product', () => {
    const folder = '__tests__/local-azure/contract-app';
    expect(strays(folder, (target) => target.startsWith('src/'))).toEqual([]);
  });
});
