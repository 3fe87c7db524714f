import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openRepository } from '../../scripts/release/github.ts';
import { digestOf, openCheckout } from '../../scripts/release/checkout.ts';
import { publish } from '../../scripts/release/publish.ts';
import { versionOf } from '../../scripts/release/version.ts';
import type { FakeReleases } from './fake-releases.ts';
import { startReleases } from './fake-releases.ts';

const program = join(import.meta.dirname, '../../scripts/release/cli.ts');
let folder: string;
let github: FakeReleases;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'release-'));
  github = await startReleases();
});
afterEach(async () => {
  await github.stop();
  rmSync(folder, { recursive: true, force: true });
});

const commit = 'c'.repeat(40);

/** Publishes a version of one file; gives what was said. */
async function published(tag: string, content = 'archive', at = commit): Promise<string[]> {
  const version = versionOf(tag);
  if (version === undefined) throw new Error(tag);
  const said: string[] = [];
  const asset = (name: string, text: string) => {
    return { name, content: Buffer.from(text), digest: digestOf(Buffer.from(text)) };
  };
  const assets = [asset('a.tar', content), asset('a.tar.sha256', 'digest')] as const;
  const repository = openRepository({ api: github.api, repository: 'o/r', token: 't' });
  await publish(repository, { version, commit: at, notes: 'New.', assets }, (line) => {
    said.push(line);
  });
  return said;
}

describe('publishing a version', () => {
  beforeEach(() => void github.tags.set('v1.2.3', commit));

  it('makes a draft, uploads, publishes, and moves the major tag last', async () => {
    await published('v1.2.3');
    const [release] = github.releases;
    expect(release).toMatchObject({ draft: false, prerelease: false, body: 'New.' });
    expect(release?.assets.map(({ name }) => name)).toEqual(['a.tar', 'a.tar.sha256']);
    expect(github.tags.get('v1')).toBe(commit);
    expect(github.requests.filter((request) => !request.startsWith('GET'))).toEqual([
      'POST /releases',
      `POST /uploads/${release?.id}`,
      `POST /uploads/${release?.id}`,
      `PATCH /releases/${release?.id}`,
      'POST /git/refs',
    ]);
  });

  it('finds it published when it runs again, and writes nothing', async () => {
    await published('v1.2.3');
    const before = github.requests.length;
    expect(await published('v1.2.3')).toEqual([
      expect.stringContaining('v1.2.3 is published already, with the same a.tar'),
      'v1 is v1.2.3 already.',
    ]);
    expect(github.requests.slice(before).filter((one) => !one.startsWith('GET'))).toEqual([]);
  });

  it('refuses other bytes under a published version', async () => {
    await published('v1.2.3');
    await expect(published('v1.2.3', 'other')).rejects.toThrow('take the next number');
    expect(github.releases).toHaveLength(1);
  });

  it('refuses where the tag is another commit by now, or gone', async () => {
    await expect(published('v1.2.3', 'x', 'd'.repeat(40))).rejects.toThrow('Nothing was published');
    await expect(published('v1.2.4')).rejects.toThrow('v1.2.4 is commit none by now');
    expect(github.releases).toEqual([]);
  });

  it('reads an annotated tag', async () => {
    github.tags.set('v1.2.3', 'e'.repeat(40));
    github.annotated.set('e'.repeat(40), commit);
    await published('v1.2.3');
    expect(github.tags.get('v1')).toBe(commit);
  });

  it('refuses to choose between two drafts', async () => {
    const draft = { tag_name: 'v1.2.3', draft: true, prerelease: false, body: '', assets: [] };
    github.releases.push({ id: 1, ...draft }, { id: 2, ...draft });
    await expect(published('v1.2.3')).rejects.toThrow('two drafts for v1.2.3');
  });

  it('never moves the major tag back, nor to a pre-release', async () => {
    for (const tag of ['v1.3.0', 'v1.2.3', 'v1.4.0-rc.1']) {
      github.tags.set(tag, tag.padEnd(40, '0'));
      await published(tag, tag, tag.padEnd(40, '0'));
    }
    expect(github.tags.get('v1')).toBe('v1.3.0'.padEnd(40, '0'));
    expect(github.releases.map(({ draft, prerelease }) => [draft, prerelease])).toEqual([
      [false, false],
      [false, false],
      [false, true],
    ]);
  });

  it('says how to move the major tag by hand where GitHub refuses', async () => {
    github.trouble = { refuse: /git\/refs/ };
    await expect(published('v1.2.3')).rejects.toThrow(`git tag --force v1 ${commit} && git push`);
    expect(github.releases[0]?.draft).toBe(false);
  });

  it('ends the same after a break at any request, before or after it is done', async () => {
    await published('v1.2.3');
    const whole = github.requests.length;
    const wanted = outcome();
    expect(whole).toBeGreaterThan(7);
    for (let request = 0; request < whole; request++) {
      for (const isDone of [false, true]) {
        forget();
        github.trouble = { breakAt: request, isDone };
        await expect(published('v1.2.3')).rejects.toThrow();
        github.trouble = {};
        await published('v1.2.3');
        expect({ request, isDone, ...outcome() }).toEqual({ request, isDone, ...wanted });
      }
    }
  }, 30_000);

  const forget = (): void => {
    github.releases.length = 0;
    github.requests.length = 0;
    github.tags.delete('v1');
  };
  const outcome = (): object => ({
    releases: github.releases.map(({ draft, assets }) => ({
      draft,
      assets: assets.map(({ name, digest }) => `${name} ${digest}`),
    })),
    major: github.tags.get('v1'),
  });
});

describe('the release script in a checkout', () => {
  const git = (...args: string[]): string =>
    execFileSync(
      'git',
      [
        '-c',
        'user.name=a',
        '-c',
        'user.email=a@example.org',
        '-c',
        'init.defaultBranch=main',
        ...args,
      ],
      { cwd: folder, encoding: 'utf8' },
    ).trim();
  const write = (path: string, text: string): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  beforeEach(() => {
    write('package.json', '{ "version": "1.0.0" }');
    write('package-lock.json', '{ "version": "1.0.0" }');
    write('CHANGELOG.md', '# Changelog\n\n## 1.0.0\n\nThe first.\n');
    write('dist/index.js', 'run();\n');
    write('.gitignore', 'out/\n');
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message=all');
    git('tag', 'v1.0.0');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    write('out/dist/index.js', 'run();\n');
    github.tags.set('v1.0.0', git('rev-parse', 'HEAD'));
    github.runs.push({ status: 'completed', conclusion: 'success' });
  });

  async function script(...args: string[]): Promise<{ code: number; said: string }> {
    const env = {
      ...{ PATH: process.env['PATH'], TAG: 'v1.0.0', GITHUB_REPOSITORY: 'o/r', GITHUB_TOKEN: 't' },
      ...{ GITHUB_API_URL: github.api, GITHUB_OUTPUT: join(folder, 'out/output') },
    };
    return new Promise((resolve) => {
      execFile(process.execPath, [program, ...args], { cwd: folder, env }, (error, out, err) => {
        resolve({ code: error === null ? 0 : 1, said: out + err });
      });
    });
  }

  it('checks, packs the same bytes each time, publishes, and finds it published', async () => {
    expect(await script('check', 'out/dist')).toMatchObject({ code: 0 });
    expect(await script('pack', 'out/one')).toMatchObject({ code: 0 });
    const name = 'innereye-closed-network-v1.0.0.tar';
    const packed = readFileSync(join(folder, 'out/one', name));
    const anew = openCheckout(folder).archive('innereye-closed-network-v1.0.0');
    expect(packed.equals(anew)).toBe(true);
    expect(readFileSync(join(folder, 'out/output'), 'utf8')).toContain(`archive=out/one/${name}`);
    expect(await script('publish', `out/one/${name}`)).toMatchObject({ code: 0 });
    expect(github.releases[0]?.body).toBe('The first.');
    const again = await script('publish', `out/one/${name}`);
    expect(again).toMatchObject({ code: 0 });
    expect(again.said).toContain('is published already');
  });

  it('refuses with all reasons at once, each as an error of the run', async () => {
    git('commit', '--quiet', '--allow-empty', '--message=not on main');
    git('tag', '--force', 'v1.0.0');
    write('out/dist/index.js', 'other();\n');
    write('out/dist/more.js', '');
    github.runs.length = 0;
    const { code, said } = await script('check', 'out/dist');
    expect(code).toBe(1);
    expect(said.match(/^::error::/gm)).toHaveLength(3);
    expect(said).toContain('is not on main');
    expect(said).toContain('CI has not run on main');
    expect(said).toContain('index.js, more.js');
  });

  it('shows a refusal of GitHub without a stack', async () => {
    github.trouble = { refuse: /actions/ };
    const { code, said } = await script('check', 'out/dist');
    expect(code).toBe(1);
    expect(said).toMatch(/^::error::GitHub refused GET .*: 403 Not for you\n$/);
  });
});
