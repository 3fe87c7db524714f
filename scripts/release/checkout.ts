import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The checkout that is to become a version. */
export interface Checkout {
  readonly commit: string;
  /** The commit that a tag names here; undefined where there is no such tag. */
  taggedAs(tag: string): string | undefined;
  /** Whether main, as GitHub had it at the checkout, has this commit. */
  isOnMain(): boolean;
  /** `version` of a JSON file. */
  versionIn(file: string): string;
  read(file: string): string;
  /** Files that two folders do not share, or that differ. */
  differing(folder: string, rebuilt: string): string[];
  /** The tree of the commit as a tar file: the same bytes for everyone who has the commit. */
  archive(prefix: string): Buffer;
}

/** Opens the checkout in a folder; git must be on the PATH. */
export function openCheckout(root: string): Checkout {
  const git = (...args: string[]): Buffer =>
    execFileSync('git', args, { cwd: root, maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'pipe'] });
  const holds = (...args: string[]): boolean => {
    try {
      git(...args);
      return true;
    } catch {
      return false;
    }
  };
  const commit = git('rev-parse', 'HEAD').toString().trim();
  return {
    commit,
    taggedAs: (tag) => {
      const name = `refs/tags/${tag}^{commit}`;
      if (!holds('rev-parse', '--verify', '--quiet', name)) return undefined;
      return git('rev-parse', name).toString().trim();
    },
    isOnMain: () => holds('merge-base', '--is-ancestor', commit, 'refs/remotes/origin/main'),
    read: (file) => readFileSync(join(root, file), 'utf8'),
    versionIn: (file) =>
      String((JSON.parse(readFileSync(join(root, file), 'utf8')) as { version?: unknown }).version),
    differing: (folder, rebuilt) => differingFiles(join(root, folder), rebuilt),
    archive: (prefix) => git('archive', '--format=tar', `--prefix=${prefix}/`, commit),
  };
}

function differingFiles(one: string, other: string): string[] {
  const files = (folder: string): string[] =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      : [];
  const names = new Set([...files(one), ...files(other)]);
  const bytes = (path: string): Buffer | undefined =>
    existsSync(path) ? readFileSync(path) : undefined;
  return [...names].toSorted().filter((name) => {
    const [mine, theirs] = [bytes(join(one, name)), bytes(join(other, name))];
    return mine === undefined || theirs === undefined || !mine.equals(theirs);
  });
}

/** A digest as GitHub writes it. */
export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
