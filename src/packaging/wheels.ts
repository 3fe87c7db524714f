import { join } from 'node:path';
import { Cancelled, Problem } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { harmlessPart } from '../toolbox/environment.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { LockedWheel } from './lock.ts';
import { pipProblem } from './pip-problems.ts';
import { findPython } from './python.ts';
import type { PackageFile } from './source.ts';
import { SITE_PACKAGES, targetArguments } from './target.ts';

type Tools = Pick<Toolbox, 'shell' | 'files' | 'log' | 'cancelled' | 'env'>;

/** A line of progress for so many wheels. */
const STEP = 15;

/**
 * Installs the locked wheels into a folder with pip, which refuses whatever has not the digest of
 * the lock, and gives their files at their places in the package.
 */
export async function installWheels(
  lock: { readonly path: string; readonly wheels: readonly LockedWheel[] },
  index: Secret,
  folder: string,
  tools: Tools,
): Promise<readonly PackageFile[]> {
  const env = pipEnvironment(index, tools.env);
  const python = await findPython(env, tools);
  tools.log.info(`Package: fetching ${lock.wheels.length} Python packages.`);
  const said: string[] = [];
  let begun = 0;
  const onLine = (line: string): void => {
    said.push(line);
    if (!line.startsWith('Collecting ')) return;
    begun += 1;
    if (begun % STEP === 0) tools.log.info(`Package: ${begun} of ${lock.wheels.length}.`);
  };
  const { code } = await tools.shell.stream(
    python,
    ['-m', 'pip', ...pipArguments(lock.path, folder)],
    { env, onLine },
  );
  if (tools.cancelled.aborted) throw new Cancelled('Cancelled while fetching Python packages.');
  if (code !== 0) throw pipProblem(said.join('\n'), code);
  return filesOf(folder, lock.wheels, tools);
}

function pipArguments(lock: string, folder: string): string[] {
  return [
    ...['install', '--require-hashes', '--no-deps', ...targetArguments],
    ...['--target', folder, '--requirement', lock],
    ...['--no-compile', '--no-input', '--disable-pip-version-check', '--progress-bar', 'off'],
  ];
}

/** pip's own variables that say where its packages come from and how to get there. */
const passedOn =
  /^PIP_(INDEX_URL|EXTRA_INDEX_URL|NO_INDEX|FIND_LINKS|CERT|CLIENT_CERT|PROXY|TRUSTED_HOST|DEFAULT_TIMEOUT|RETRIES|CACHE_DIR|CONFIG_FILE)$/;

/** The index travels here, not by the command line, which other processes can read. */
function pipEnvironment(index: Secret, env: Tools['env']): Record<string, string> {
  const own = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && passedOn.test(entry[0]),
  );
  const given = index.reveal() === '' ? {} : { PIP_INDEX_URL: index.reveal() };
  return {
    ...harmlessPart(env),
    ...Object.fromEntries(own),
    ...given,
    PYTHONUTF8: '1',
    LC_ALL: 'C.UTF-8',
  };
}

async function filesOf(
  folder: string,
  wheels: readonly LockedWheel[],
  { files, cancelled }: Tools,
): Promise<readonly PackageFile[]> {
  const found: PackageFile[] = [];
  for (const path of (await files.tree(folder)).filter(belongs)) {
    cancelled.throwIfAborted();
    const content = await files.readBytes(join(folder, path));
    if (content !== undefined) found.push({ path: `${SITE_PACKAGES}/${path}`, content });
  }
  const installed = found.filter(({ path }) => /\.dist-info\/METADATA$/.test(path)).length;
  if (installed === wheels.length) return found;
  throw new Problem(
    `pip installed ${installed} of ${wheels.length} Python packages.`,
    'run again; if it stays so, update pip on the runner.',
    { anchor: 'package' },
  );
}

/**
 * Not what depends on the machine that installs: start scripts name its Python, RECORD has their
 * digests, and the rest says who installed.
 */
function belongs(path: string): boolean {
  return (
    !path.startsWith('bin/') &&
    !/(^|\/)__pycache__\//.test(path) &&
    !/^[^/]+\.dist-info\/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$/.test(path)
  );
}
