import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lockText, readLock } from '../../src/packaging/lock.ts';
import { PLATFORMS } from '../../src/packaging/target.ts';
import { root } from './workbench.ts';

const text = readFileSync(join(root, 'inference/requirements.txt'), 'utf8');
const wanted = readFileSync(join(root, 'inference/requirements.in'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const wheels = readLock(text);
const normal = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, '-');

/** Whether a wheel with this file name can be installed on the target without building. */
function fits(file: string): boolean {
  const [python = '', abi = '', platforms = ''] = file
    .replace(/\.whl$/, '')
    .split('-')
    .slice(-3);
  if (abi === 'none' && platforms === 'any') return python.split('.').includes('py3');
  const binary =
    (python === 'cp312' && abi === 'cp312') ||
    (abi === 'abi3' && Number(/^cp3(\d+)$/.exec(python)?.[1] ?? 99) <= 12);
  return binary && platforms.split('.').some(oldEnough);
}

function oldEnough(platform: string): boolean {
  const [, minor = 99] = /^manylinux_2_(\d+)_x86_64$/.exec(platform) ?? [];
  return PLATFORMS.includes(platform) || Number(minor) <= 28;
}

describe('the lock of the wheels', () => {
  it('has each wheel once, with its version and its digest', () => {
    expect(wheels.length).toBeGreaterThan(50);
    expect(new Set(wheels.map(({ name }) => normal(name))).size).toBe(wheels.length);
    expect(new Set(wheels.map(({ sha256 }) => sha256)).size).toBe(wheels.length);
  });

  it('names files that belong to the names and versions', () => {
    const wrong = wheels.filter(({ name, version, file }) => {
      const [fileName = '', fileVersion] = file.split('-');
      return normal(fileName) !== normal(name) || fileVersion !== version;
    });
    expect(wrong).toEqual([]);
  });

  it('has only wheels for Python 3.12 on Linux x86_64, or for any', () => {
    expect(wheels.map(({ file }) => file).filter((file) => !fits(file))).toEqual([]);
  });

  it('has everything that is asked for, in that version', () => {
    const locked = new Map(wheels.map(({ name, version }) => [normal(name), version]));
    for (const line of wanted) {
      const [name = '', version] = line.split('==');
      expect([name, locked.get(normal(name))]).toEqual([name, version]);
    }
  });

  it('names no package index and no place of a machine', () => {
    expect(text).not.toMatch(/https?:|file:|--(extra-)?index-url|--find-links|\/(root|home|tmp)\//);
  });

  it('has a gunicorn that knows --header-map, which only 22.0 and newer do', () => {
    const gunicorn = wheels.find(({ name }) => name === 'gunicorn');
    expect(Number(gunicorn?.version.split('.')[0])).toBeGreaterThanOrEqual(22);
  });

  it('is read as it was written', () => {
    const head = '# head\n';
    expect(readLock(lockText(wheels, head))).toEqual(wheels);
    expect(text.endsWith(lockText(wheels, '').slice(1))).toBe(true);
  });

  it.each([
    ['no digest', 'flask==3.1.3 # flask-3.1.3-py3-none-any.whl'],
    ['no version', `flask --hash=sha256:${'0'.repeat(64)} # flask-3.1.3-py3-none-any.whl`],
    ['a range', `flask>=3 --hash=sha256:${'0'.repeat(64)} # flask-3.1.3-py3-none-any.whl`],
    ['a source archive', `flask==3.1.3 --hash=sha256:${'0'.repeat(64)} # flask-3.1.3.tar.gz`],
    ['an option', '--extra-index-url https://example.org'],
    ['an address', 'flask @ https://example.org/flask.whl'],
    ['an install of a folder', '-e .'],
  ])('cannot have %s', (_, line) => {
    expect(() => readLock(`${line}\n`)).toThrow(/not one pinned wheel/);
  });
});
