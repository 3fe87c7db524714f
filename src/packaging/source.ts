import { createHash } from 'node:crypto';
import { Cancelled, Problem } from '../errors.ts';
import { harmlessPart } from '../toolbox/environment.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { gitProblem, noGit } from './git-problems.ts';

/** What to fetch. */
export interface Source {
  /** Address of a git repository. */
  readonly repository: string;
  /** Object id of a commit, 40 hexadecimal digits. */
  readonly commit: string;
}

/** One file of the package. */
export interface PackageFile {
  /** From the package's root, with slashes. */
  readonly path: string;
  readonly content: Buffer;
}

type Tools = Pick<Toolbox, 'shell' | 'files' | 'log' | 'cancelled' | 'env'>;

/** A line of `git ls-tree`. */
interface Entry {
  readonly mode: string;
  readonly id: string;
  readonly path: string;
}

/**
 * Fetches one commit and gives the files of it that the app needs. Nothing of it is checked out, so
 * no filter, attribute or hook gets a say; git computes the id of whatever it receives, and each
 * file is checked once more against the id in the commit's tree.
 */
export async function fetchSource(
  source: Source,
  folder: string,
  tools: Tools,
): Promise<readonly PackageFile[]> {
  const git = openGit(await programOf(tools), folder, tools);
  tools.log.info(`Package: fetching ${source.repository} at ${source.commit.slice(0, 12)}.`);
  await git.short(['init', '--quiet', '--bare', '--template=', folder]);
  await git.fetch(source);
  const kind = (await git.short(['cat-file', '-t', source.commit])).trim();
  if (kind !== 'commit') throw notACommit(source, kind);
  const listed = await git.short(['ls-tree', '-r', '-z', '--full-tree', source.commit]);
  const entries = entriesOf(listed).filter(({ path }) => isNeeded(path));
  if (!entries.some(({ path }) => path === 'app.py')) throw notTheApp(source);
  const files: PackageFile[] = [];
  for (const entry of entries) files.push(await readEntry(entry, source, git.short));
  return files;
}

/** The app's own modules and its licence; neither tests nor documents, nor anything hidden. */
export function isNeeded(path: string): boolean {
  if (/(^|\/)\./.test(path) || /^(tests?|docs)\//i.test(path) || path === 'conftest.py')
    return false;
  return path.endsWith('.py') || path === 'LICENSE' || path === 'THIRDPARTYNOTICES.md';
}

function entriesOf(listed: string): Entry[] {
  return listed
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [, mode = '', id = '', path = ''] =
        /^(\d{6}) \w+ ([0-9a-f]{40,64})\t([^]+)$/.exec(line) ?? [];
      return { mode, id, path };
    });
}

async function readEntry(
  { mode, id, path }: Entry,
  source: Source,
  git: (args: readonly string[]) => Promise<string>,
): Promise<PackageFile> {
  const content = Buffer.from(await git(['cat-file', 'blob', id]), 'utf8');
  const isFile = mode === '100644' || mode === '100755';
  if (!isFile || idOf(content) !== id) {
    throw new Problem(
      `${JSON.stringify(path)} of ${source.repository} at ${source.commit} is not a text file that can be packaged.`,
      'give a commit of InnerEye-Inference in the input inference-commit.',
      { anchor: 'package' },
    );
  }
  return { path, content };
}

/** The object id that git gives to a file with this content. */
function idOf(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

async function programOf({ shell }: Pick<Tools, 'shell'>): Promise<string> {
  const program = await shell.which('git');
  if (program === undefined) throw noGit();
  return program;
}

interface Git {
  /** Runs a command that ends by itself; gives what it printed. */
  short(args: readonly string[]): Promise<string>;
  fetch(source: Source): Promise<void>;
}

function openGit(program: string, folder: string, tools: Tools): Git {
  const env = gitEnvironment(tools.env);
  const short: Git['short'] = async (args) => {
    const { code, stdout, stderr } = await tools.shell.run(program, args, { cwd: folder, env });
    if (code !== 0) throw gitProblem(undefined, stderr, code);
    return stdout;
  };
  const fetch: Git['fetch'] = async (source) => {
    const said: string[] = [];
    const options = [
      '-c',
      'gc.auto=0',
      '-c',
      'maintenance.auto=false',
      '-c',
      'core.hooksPath=/dev/null',
    ];
    const shallow = ['--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules'];
    const { code } = await tools.shell.stream(
      program,
      [...options, 'fetch', ...shallow, '--', source.repository, source.commit],
      { cwd: folder, env, onLine: (line) => void said.push(line) },
    );
    if (tools.cancelled.aborted) throw new Cancelled('Cancelled while fetching the app.');
    if (code !== 0) throw gitProblem(source, said.join('\n'), code);
  };
  return { short, fetch };
}

/** Nobody is asked for a password, a transfer that stalls ends after a minute, and messages are English. */
function gitEnvironment(env: Tools['env']): Record<string, string> {
  const authorities = ['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH'].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...harmlessPart(env),
    ...Object.fromEntries(authorities),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_HTTP_LOW_SPEED_LIMIT: '1000',
    GIT_HTTP_LOW_SPEED_TIME: '60',
  };
}

function notACommit({ repository, commit }: Source, kind: string): Problem {
  return new Problem(
    `${commit} of ${repository} is not a commit but a ${kind}.`,
    'give the 40 digits of a commit in the input inference-commit.',
    { anchor: 'package' },
  );
}

function notTheApp({ repository, commit }: Source): Problem {
  return new Problem(
    `${repository} at ${commit} has no app.py: it is not InnerEye-Inference.`,
    'give a commit of InnerEye-Inference in the input inference-commit, and its repository in inference-repository.',
    { anchor: 'package' },
  );
}
