import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Secret } from '../../src/secret.ts';
import { openShell } from '../../src/toolbox/shell.ts';
import { azureTools } from '../support/azure-tools.ts';
import { stepTools } from '../support/step-tools.ts';
import type { TestTools } from '../support/azure-tools.ts';

export const root = join(import.meta.dirname, '../..');

/** What the pretended pip does instead of installing. */
export interface PipPlan {
  readonly version?: string;
  /** Files below the target folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly prints?: string;
  readonly code?: number;
  /** Waits for a signal instead of ending. */
  readonly waits?: boolean;
}

interface Call {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A folder with a git repository and a pretended Python, both used as real processes. */
export interface Workbench {
  readonly folder: string;
  readonly tools: TestTools;
  /** Commits exactly these files (a value in `links` is the target of a link); gives the commit. */
  commit(
    files: Readonly<Record<string, string | Buffer>>,
    links?: Readonly<Record<string, string>>,
  ): Promise<string>;
  readonly repository: string;
  /** Installs a Python with this pip. */
  pip(plan: PipPlan): Promise<void>;
  /** The arguments and the environment of the last call of pip's `install`. */
  installed(): Promise<Call>;
  /** Takes programs away, or puts others in their place. */
  programs: Map<string, string | undefined>;
  cancel(): void;
  close(): Promise<void>;
}

/** The smallest thing that looks like the app. */
export const app: Readonly<Record<string, string>> = {
  'app.py': 'app = "größe"\n',
  'azure_config.py': 'x = 1\n',
  LICENSE: 'MIT\n',
  'README.md': '# not packaged\n',
  'conftest.py': 'raise SystemExit\n',
  'Tests/test_api.py': 'raise SystemExit\n',
  '.github/x.py': 'raise SystemExit\n',
  '.gitattributes': '*.py text eol=crlf\n',
};

/** As many installed packages as the lock has wheels, and what pip leaves besides. */
export const installed: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Array.from({ length: 69 }, (_, index) => [
      `p${index}-1.dist-info/METADATA`,
      `Name: p${index}\n`,
    ]),
  ),
  'flask/__init__.py': 'flask = 1\n',
};

export async function openWorkbench(): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'packaging-'));
  const repository = join(folder, 'upstream');
  const cancel = new AbortController();
  const programs = new Map<string, string | undefined>();
  const tools = await stepTools(folder, root, { ...azureTools(), cancelled: cancel.signal });
  const shell = await openShell({ env: process.env, cancelled: cancel.signal });
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', repository, ...args], {
      encoding: 'utf8',
      env: gitEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  await mkdir(repository);
  git('init', '--quiet');
  return {
    folder,
    repository,
    programs,
    tools: {
      ...tools,
      env: { ...tools.env, HOME: folder, SECRET_OF_THE_RUNNER: 'geheim' },
      shell: {
        ...shell,
        which: async (name) => (programs.has(name) ? programs.get(name) : shell.which(name)),
      },
    },
    commit: async (files, links = {}) => {
      git('rm', '-r', '--quiet', '--ignore-unmatch', '.');
      for (const [path, content] of Object.entries(files))
        await put(join(repository, path), content);
      for (const [path, target] of Object.entries(links))
        await symlink(target, join(repository, path));
      git('add', '--all', '--force');
      git('commit', '--quiet', '--message', 'x');
      return git('rev-parse', 'HEAD').trim();
    },
    pip: async (plan) => {
      const program = join(folder, 'python');
      await put(program, pretendedPython(join(folder, 'call.json'), plan));
      await chmod(program, 0o755);
      for (const name of ['python3.12', 'python3', 'python']) programs.set(name, undefined);
      programs.set('python3', program);
    },
    installed: async () => JSON.parse(await readFile(join(folder, 'call.json'), 'utf8')) as Call,
    cancel: () => cancel.abort(new Error('cancelled')),
    close: async () => rm(folder, { recursive: true, force: true }),
  };
}

async function put(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

function gitEnvironment(): Record<string, string> {
  const person = { NAME: 'A', EMAIL: 'a@example.org', DATE: '2026-11-22T12:00:00Z' };
  const both = Object.entries(person).flatMap(([name, value]): [string, string][] => [
    [`GIT_AUTHOR_${name}`, value],
    [`GIT_COMMITTER_${name}`, value],
  ]);
  const global = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return { PATH: process.env['PATH'] ?? '', ...global, ...Object.fromEntries(both) };
}

function pretendedPython(record: string, plan: PipPlan): string {
  return `#!${process.execPath}
const { mkdirSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const plan = ${JSON.stringify(plan)};
const args = process.argv.slice(2);
if (args.includes('--version')) {
  if (plan.version === '') { console.error('No module named pip'); process.exit(1); }
  console.log('pip ' + (plan.version ?? '26.1') + ' from x (python 3.11)');
  process.exit(0);
}
writeFileSync(${JSON.stringify(record)}, JSON.stringify({ args, env: process.env }));
if (plan.prints) console.error(plan.prints);
const target = args[args.indexOf('--target') + 1];
for (const [path, content] of Object.entries(plan.files ?? {})) {
  mkdirSync(dirname(join(target, path)), { recursive: true });
  writeFileSync(join(target, path), content);
}
if (plan.waits) {
  process.on('SIGINT', () => process.exit(130));
  console.log('Collecting x');
  setInterval(() => undefined, 1000);
} else process.exitCode = plan.code ?? 0;
`;
}

/** The input python-index where none was given. */
export const noIndex = new Secret('', () => undefined);
