import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  decideLock,
  keptLockName,
  lockArguments,
  lockFile,
  prepareLock,
} from '../../src/terraform/lock.ts';
import { openFiles } from '../../src/toolbox/files.ts';

const lock = (version: string): string =>
  `# This file is maintained automatically by "terraform init".

provider "registry.terraform.io/hashicorp/azurerm" {
  version     = "${version}"
  constraints = "~> 5.2"
  hashes = [
    "h1:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG=",
  ]
}
`;
const hashless = lock('5.2.0').replace(/"h1:.*",/, '');

describe('the decision on provider locks', () => {
  it('is for the lock of the configuration, whatever is kept', () => {
    expect(decideLock(lock('5.2.0'), undefined)).toEqual({ kind: 'committed' });
    expect(decideLock(lock('5.2.0'), lock('5.3.0'))).toEqual({ kind: 'committed' });
  });

  it('is for the kept lock where the configuration has none', () => {
    const kept = lock('5.2.0');
    expect(decideLock(undefined, kept)).toEqual({ kind: 'kept', lock: kept });
  });

  it('is trust on first use where there is neither', () => {
    expect(decideLock(undefined, undefined)).toEqual({ kind: 'first-use' });
  });

  it('lets init write only on first use', () => {
    expect(lockArguments({ kind: 'committed' })).toEqual(['-lockfile=readonly']);
    expect(lockArguments({ kind: 'kept', lock: '' })).toEqual(['-lockfile=readonly']);
    expect(lockArguments({ kind: 'first-use' })).toEqual([]);
  });

  it.each([
    ['empty', ''],
    ['without hashes', hashless],
    ['with one provider without hashes', lock('5.2.0') + hashless],
    ['a web page', '<html>'],
  ])('refuses a lock that is %s', (_what, text) => {
    expect(() => decideLock(text, undefined)).toThrow(
      "The configuration's .terraform.lock.hcl pins",
    );
    expect(() => decideLock(undefined, text)).toThrow('kept beside the state is damaged');
  });

  it('keeps the lock under the name of the environment', () => {
    expect(keptLockName('demo')).toBe('demo.terraform.lock.hcl');
  });
});

describe('the lock of a working folder', () => {
  let folder: string;
  let kept: string | undefined;
  let saved: number;
  const said: string[] = [];
  const store = {
    load: () => Promise.resolve(kept),
    save: (text: string) => {
      kept = text;
      saved += 1;
      return Promise.resolve();
    },
  };
  const files = openFiles('/', {}, { keep: () => undefined });
  const tools = { files, log: { info: (text: string) => void said.push(text) } };
  const path = (): string => join(folder, lockFile);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lock-'));
    kept = undefined;
    saved = 0;
    said.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is trusted on first use, kept, and enforced from then on', async () => {
    const first = await prepareLock(folder, store, tools);
    expect(first.arguments).toEqual([]);
    await writeFile(path(), lock('5.2.0'));
    await first.keep();
    expect(kept).toBe(lock('5.2.0'));
    expect(said[0]).toContain('trusted on first use');

    await rm(path());
    const second = await prepareLock(folder, store, tools);
    expect(second.arguments).toEqual(['-lockfile=readonly']);
    expect(await readFile(path(), 'utf8')).toBe(lock('5.2.0'));
    await second.keep();
    expect(saved).toBe(1);
  });

  it('is left as the configuration has it', async () => {
    kept = lock('5.1.0');
    await writeFile(path(), lock('5.2.0'));
    const prepared = await prepareLock(folder, store, tools);
    expect(prepared.arguments).toEqual(['-lockfile=readonly']);
    await prepared.keep();
    expect(await readFile(path(), 'utf8')).toBe(lock('5.2.0'));
    expect([kept, saved]).toEqual([lock('5.1.0'), 0]);
  });

  it('is not kept where init wrote none', async () => {
    const prepared = await prepareLock(folder, store, tools);
    await prepared.keep();
    expect(saved).toBe(0);
  });
});
