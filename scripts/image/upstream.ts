import { spawnSync } from 'node:child_process';

/** A commit of InnerEye-DeepLearning. */
export interface Upstream {
  /** Every path of it. */
  readonly paths: readonly string[];
  /** The text of one file. */
  read(path: string): string;
}

interface Named {
  /** Small letters, hyphens. */
  readonly name: string;
  readonly version: string;
}

/** Fetches the commit without checking it out; undefined where the repository is not reached. */
export function fetchUpstream(
  repository: string,
  commit: string,
  folder: string,
): Upstream | undefined {
  const git = (args: readonly string[]): string | undefined => {
    const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_DIR: folder };
    const options = { encoding: 'utf8', env, timeout: 120_000, maxBuffer: 64e6 } as const;
    const { status, stdout } = spawnSync('git', args, options);
    return status === 0 ? stdout : undefined;
  };
  git(['init', '--quiet', '--bare', '--template=', folder]);
  if (git(['fetch', '--quiet', '--depth=1', '--', repository, commit]) === undefined)
    return undefined;
  const paths = git(['ls-tree', '-r', '-z', '--name-only', commit])?.split('\0') ?? [];
  return { paths, read: (path) => git(['show', `${commit}:${path}`]) ?? '' };
}

/** What environment.yml takes from Python's package index. */
export function pipPackages(environment: string): readonly Named[] {
  return [...environment.matchAll(/^ {4}- (\S+)==(\S+)$/gm)].map(named);
}

/** What it takes from conda. */
export function condaPackages(environment: string): readonly Named[] {
  return [...environment.matchAll(/^ {2}- ([^=\s]+)=([^=\s]+)(?:=\S+)?$/gm)].map(named);
}

function named([, name = '', version = '']: RegExpMatchArray): Named {
  return { name: name.toLowerCase().replaceAll(/[-_.]+/g, '-'), version };
}
