import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { Problem, messageOf } from '../errors.ts';
import type { Files, Runner } from './index.ts';

/** Files of this step. Its scratch folder is made at the first use and named to `post`, which wipes it. */
export function openFiles(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
  runner: Pick<Runner, 'keep'>,
): Files {
  let base: string | undefined;
  const scratchBase = async (): Promise<string> => {
    if (base !== undefined) return base;
    const folder = join(
      env['RUNNER_TEMP'] ?? tmpdir(),
      `innereye-${randomBytes(6).toString('hex')}`,
    );
    // Named first: what is made must be found by `post`, however this process ends.
    runner.keep('scratch', folder);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new Problem(
        `The working folder ${folder} cannot be made: ${messageOf(error)}.`,
        'make the folder that RUNNER_TEMP names writable for the runner, and run again; nothing has been touched.',
        { cause: error, anchor: 'working-folder' },
      );
    }
    base = folder;
    return folder;
  };
  return {
    read: async (path) => (await bytesOf(path))?.toString('utf8'),
    readBytes: bytesOf,
    write: async (path, content) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content, { mode: 0o600 });
      await chmod(path, 0o600);
    },
    copyTree: async (from, to) => cp(from, to, { recursive: true, force: true }),
    list: async (folder) => (await namesIn(folder)).sort(),
    tree: filesBelow,
    remove: async (path) => rm(path, { recursive: true, force: true }),
    scratch: async (name) => {
      const folder = join(await scratchBase(), name);
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    },
    shipped: (path) => join(root, path),
  };
}

/** Empty where there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join('/'))
    .sort();
}

async function bytesOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
