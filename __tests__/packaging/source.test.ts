import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fetchSource, isNeeded } from '../../src/packaging/source.ts';
import { app, openWorkbench } from './workbench.ts';
import type { Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

const fetched = async (commit: string, repository = bench.repository) =>
  fetchSource({ repository, commit }, await bench.tools.files.scratch('source'), bench.tools);

describe('fetching the source', () => {
  it('gives the modules and the licence of exactly that commit, byte for byte', async () => {
    const commit = await bench.commit(app);
    await bench.commit({ ...app, 'app.py': 'another\n' });
    const files = await fetched(commit);
    expect(files.map(({ path }) => path)).toEqual(['LICENSE', 'app.py', 'azure_config.py']);
    // The attributes of the commit ask for other line ends; nobody asks them.
    expect(files[1]?.content.toString()).toBe(app['app.py']);
  });

  it('checks nothing out, so that no filter of the machine is run on it', async () => {
    const marker = join(bench.folder, 'was-here');
    const filter = `[filter "lfs"]\n\tsmudge = touch ${marker}\n\trequired = true\n`;
    await writeFile(join(bench.folder, '.gitconfig'), filter);
    await fetched(await bench.commit({ ...app, '.gitattributes': '*.py filter=lfs\n' }));
    expect(await bench.tools.files.list(bench.folder)).not.toContain('was-here');
  });

  it.each([
    ['a commit that is not there', async () => '0'.repeat(40), /is not in .*inference-commit/s],
    ['a branch of another project', async () => bench.commit({ 'x.py': '' }), /has no app.py/],
    [
      'a link in the place of a file',
      async () => bench.commit({ LICENSE: 'MIT\n' }, { 'app.py': '/etc/passwd' }),
      /"app.py" .* is not a text file/,
    ],
    [
      'a module that is no text',
      async () => bench.commit({ ...app, 'app.py': Buffer.from([0xff, 0xfe]) }),
      /"app.py" .* is not a text file/,
    ],
  ])('refuses %s', async (_, commit, message) => {
    await expect(fetched(await commit())).rejects.toThrow(message);
  });

  it.each([
    ['no such folder', () => join(bench.folder, 'none'), /is not there, or asks for a login/],
    ['a host that does not exist', () => 'https://git.invalid/x', /cannot be reached/],
  ])('says that the repository is %s', async (_, repository, message) => {
    await expect(fetched('1'.repeat(40), repository())).rejects.toThrow(message);
  });

  it('says where git is missing', async () => {
    bench.programs.set('git', undefined);
    await expect(fetched('1'.repeat(40))).rejects.toThrow(
      /no git on the PATH.*\n.*inference-package/,
    );
  });
});

describe('what is needed of the source', () => {
  it.each([
    ['app.py', true],
    ['folder/module.py', true],
    ['LICENSE', true],
    ['THIRDPARTYNOTICES.md', true],
    ['requirements.txt', false],
    ['conftest.py', false],
    ['Tests/test_api.py', false],
    ['docs/conf.py', false],
    ['.github/x.py', false],
    ['a/.hidden/x.py', false],
  ])('%s: %s', (path, needed) => {
    expect(isNeeded(path)).toBe(needed);
  });
});
