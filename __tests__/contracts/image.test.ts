import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readImageLock, readPins } from '../../scripts/image/pins.ts';
import { commandOf } from '../../src/training/job-command.ts';
import { pinnedImage } from '../../src/training/image.ts';

const root = join(import.meta.dirname, '../..');
const recipe = join(root, 'images/innereye');
const read = (name: string): string => readFileSync(join(recipe, name), 'utf8');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'image-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function bash(args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const { status, stdout, stderr } = spawnSync('bash', args, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
  });
  return { code: status, stdout, stderr };
}

describe('the packages of the image', () => {
  const pins = readPins(read('requirements.in'));

  it('are locked, each at its version and with one digest, and nothing else is', () => {
    const wanted = pins.map(({ name, version }) => `${name}==${version}`).toSorted();
    const locked = readImageLock(read('requirements.txt')).map(
      ({ name, version }) => `${name}==${version}`,
    );
    expect(locked.toSorted()).toEqual(wanted);
    expect(new Set(pins.map(({ name }) => name)).size).toBe(pins.length);
  });

  it('are those of upstream but for one', () => {
    expect(pins.filter(({ upstream }) => upstream !== undefined)).toEqual([
      { name: 'psutil', version: '5.8.0', upstream: '5.7.2' },
    ]);
  });

  it('are refused where a line is no exact version, or gives no reason', () => {
    for (const line of ['torch>=1.10', 'torch', 'torch==1.10.0 # upstream: 1.9.0', 'Torch==1.10.0'])
      expect(() => readPins(line)).toThrow('not a pin');
    expect(() => readImageLock('torch==1.10.0 # torch.whl')).toThrow('with its digest');
  });
});

describe('the Dockerfile', () => {
  const text = read('Dockerfile');

  it('takes its base by digest, and nothing by a name that can move', () => {
    const bases = [...text.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
    expect(bases).toEqual(['scratch', '${BASE}']);
    expect(text).toMatch(/^ARG BASE=\S+:3\.8\.\d+\S*@sha256:[0-9a-f]{64}$/m);
    expect(text).not.toMatch(/apt-get|curl |wget |syntax=/);
  });

  it('names the commit that the scripts name', () => {
    const commits = ['Dockerfile', 'install.sh', 'build.sh'].map(
      (name) => /\b[0-9a-f]{40}\b/.exec(read(name))?.[0],
    );
    expect(new Set(commits).size).toBe(1);
    expect(commits[0]).toMatch(/^69a64d1/);
  });

  it('sets what install.sh writes for a machine without Docker', () => {
    expect(bash([join(recipe, 'install.sh'), folder, 'environment'])).toMatchObject({ code: 0 });
    const lines = readFileSync(join(folder, 'environment'), 'utf8').trim().split('\n');
    const written = lines
      .filter((line) => !line.startsWith('LD_LIBRARY_PATH='))
      .map((line) => line.replaceAll(folder, '/opt'));
    expect(variables(text).toSorted()).toEqual(written.toSorted());
  });

  it('sets every variable of the image that the job uses', () => {
    const command = commandOf({ model: 'HelloWorld', dataset: '', trainingArguments: '' });
    const used = [...command.matchAll(/\$\{?(INNEREYE_[A-Z]+)/g)].map((match) => match[1]);
    expect(new Set(used)).toEqual(new Set(['INNEREYE_CODE', 'INNEREYE_DATA']));
    const names = variables(text).map((line) => line.split('=')[0]);
    expect(names).toEqual(expect.arrayContaining(used));
  });

  it('is given the files that it uses, and no others', () => {
    const given = [...read('Dockerfile.dockerignore').matchAll(/^!(.+)$/gm)].map((m) => m[1] ?? '');
    const script = read('install.sh');
    expect(given.filter((name) => !existsSync(join(recipe, name)))).toEqual([]);
    const used = readdirSync(recipe).filter((name) => script.includes(`$here/${name}`));
    expect(given.toSorted()).toEqual(['install.sh', ...used].toSorted());
  });
});

describe('source.sha256', () => {
  const paths = read('source.sha256').trim().split('\n');

  it('names the code and the seven files of HelloWorld, and stays inside its folders', () => {
    const form =
      /^[0-9a-f]{64} {2}(InnerEye\/[\w./-]+|\w+\.py|environment\.yml|LICENSE|Tests\/ML\/test_data\/[\w./]+)$/;
    expect(paths.filter((line) => !form.test(line) || line.includes('..'))).toEqual([]);
    const data = paths.filter((line) => line.includes('  Tests/'));
    expect([paths.length - data.length, data.length]).toEqual([169, 7]);
  });
});

/** The recipe with sources of our own: what upstream's look like is not known here. */
function smallRecipe(files: Readonly<Record<string, string>>): { source: string; script: string } {
  const copy = join(folder, 'recipe');
  mkdirSync(copy);
  for (const name of ['install.sh', 'variables', 'requirements.txt'])
    cpSync(join(recipe, name), join(copy, name));
  const source = join(folder, 'source');
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), content);
  }
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  const lines = Object.entries(files).map(([path, content]) => `${digest(content)}  ${path}\n`);
  writeFileSync(join(copy, 'source.sha256'), lines.join(''));
  return { source, script: join(copy, 'install.sh') };
}

const files = {
  'InnerEye/ML/runner.py': 'print("runs")\n',
  'Tests/ML/test_data/dataset.csv': 'subject\n',
  'Tests/ML/test_data/train_and_test_data/id1_mask.nii.gz': 'mask',
};

describe('install.sh', () => {
  it('puts code and data where the image has them, and can be repeated', () => {
    const { source, script } = smallRecipe(files);
    const target = join(folder, 'opt');
    for (const round of [1, 2]) {
      const ended = bash([script, target, 'source'], { INNEREYE_SOURCE: source });
      expect({ round, ...ended }).toMatchObject({ code: 0, stderr: '' });
    }
    expect(readFileSync(join(target, 'innereye/InnerEye/ML/runner.py'), 'utf8')).toContain('runs');
    const data = readdirSync(join(target, 'innereye-data/hello_world'), { recursive: true });
    expect(data.toSorted()).toEqual([
      'dataset.csv',
      'train_and_test_data',
      'train_and_test_data/id1_mask.nii.gz',
    ]);
  });

  it('takes the sources of the commit from a repository that is named', () => {
    const { source, script } = smallRecipe(files);
    const git = (...args: string[]): string =>
      spawnSync('git', ['-c', 'user.name=n', '-c', 'user.email=n@n', '-C', source, ...args], {
        encoding: 'utf8',
      }).stdout.trim();
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'all');
    const text = readFileSync(script, 'utf8');
    writeFileSync(script, text.replace(/^commit=.+$/m, `commit=${git('rev-parse', 'HEAD')}`));
    const ended = bash([script, join(folder, 'opt'), 'source'], { INNEREYE_REPOSITORY: source });
    expect(ended).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, 'opt/innereye/InnerEye/ML/runner.py'))).toBe(true);
  });

  it('installs nothing where one file differs', () => {
    const { source, script } = smallRecipe(files);
    writeFileSync(join(source, 'InnerEye/ML/runner.py'), 'print("other")\n');
    const ended = bash([script, join(folder, 'opt'), 'source'], { INNEREYE_SOURCE: source });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('the sources are not those of commit 69a64d1');
    expect(existsSync(join(folder, 'opt/innereye'))).toBe(false);
  });

  it('says which repository it does not reach, and what to do', () => {
    const { script } = smallRecipe(files);
    const nowhere = join(folder, 'nowhere');
    const ended = bash([script, join(folder, 'opt'), 'source'], { INNEREYE_REPOSITORY: nowhere });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain(`${nowhere} is not reached`);
    expect(ended.stderr).toContain('INNEREYE_REPOSITORY');
  });

  it('refuses another Python than 3.8 before anything is made', () => {
    const python = program('python', 'echo 3.12');
    const ended = bash([join(recipe, 'install.sh'), join(folder, 'opt'), 'torch'], {
      PYTHON: python,
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('is Python 3.12; the packages are for 3.8');
    expect(existsSync(join(folder, 'opt/innereye-python'))).toBe(false);
  });
});

/** A program of ours in a folder for the PATH; gives its path. */
function program(name: string, script: string): string {
  const path = join(folder, 'bin', name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/usr/bin/env bash\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('build.sh', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  const name = 'ghcr.io/institute/repository/innereye';

  /** Docker as far as the script uses it; notes how it was called. */
  function build(
    args: readonly string[],
    fails = 'nothing',
    variables: Readonly<Record<string, string>> = {},
  ): Ended & { calls: string[] } {
    const journal = join(folder, 'calls');
    rmSync(journal, { force: true });
    const docker = program(
      'docker',
      `echo "$*" >>'${journal}'
       case "$*" in
         ${fails}*) echo "no $1" >&2; exit 1 ;;
         *RepoDigests*) echo '${name}@${digest}' ;;
         *Size*) echo 'build: 5 bytes' ;;
       esac`,
    );
    const path = [dirname(docker), process.env['PATH'] ?? ''].join(delimiter);
    const ended = bash([join(recipe, 'build.sh'), ...args], { PATH: path, ...variables });
    const calls = existsSync(journal) ? readFileSync(journal, 'utf8').trim().split('\n') : [];
    return { ...ended, calls };
  }

  it('prints the name with its digest as train takes it', () => {
    const { code, stdout, calls } = build(['ghcr.io/Institute/Repository/innereye']);
    expect(code).toBe(0);
    expect(pinnedImage(stdout.trim())).toEqual({
      host: 'ghcr.io',
      name: 'institute/repository/innereye',
      digest,
    });
    const verbs = calls.map((call) => call.split(' ')[0]);
    expect(verbs).toEqual(['buildx', 'image', 'run', 'push', 'image']);
    expect(calls[2]).toContain('--network none');
  });

  it('takes the sources from another place, by commit', () => {
    const [source, commit] = ['https://git.example.org/copy', 'ab'.repeat(20)];
    const other = { INNEREYE_REPOSITORY: source, INNEREYE_COMMIT: commit };
    const { code, calls } = build([name], 'nothing', other);
    expect(code).toBe(0);
    expect(calls[0]).toContain(`--build-context source=${source}.git#${commit}`);
    expect(calls[0]).toContain(`revision=${commit}`);
    expect(build([name]).calls.some((call) => call.includes('--build-context'))).toBe(false);
  });

  it.each([
    ['INNEREYE_COMMIT', 'main'],
    ['INNEREYE_REPOSITORY', 'https://user@example.org/x'],
    ['INNEREYE_REPOSITORY', 'git@example.org:x'],
  ])('refuses as %s: %s', (variable, value) => {
    expect(build([name], 'nothing', { [variable]: value })).toMatchObject({ code: 1, calls: [] });
  });

  it.each([['buildx'], ['run'], ['push']])('prints no image where %s fails', (verb) => {
    const { code, stdout, calls } = build([name], verb);
    expect({ failed: code !== 0, stdout }).toEqual({ failed: true, stdout: '' });
    expect(calls.at(-1)?.split(' ')[0]).toBe(verb);
  });

  it('pushes nothing where it is told to keep the image', () => {
    const { code, stdout, calls } = build(['--keep', 'innereye']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(calls.some((call) => call.startsWith('push'))).toBe(false);
  });

  it.each([['ghcr.io/a/b:latest'], ['ghcr.io/a/b c'], ['ghcr.io//b'], [`a@${digest}`], ['-x']])(
    'refuses %s as a name',
    (wrong) => {
      const { code, calls } = build([wrong]);
      expect({ code, calls }).toEqual({ code: 1, calls: [] });
    },
  );
});

describe('.github/workflows/image.yml', () => {
  const text = readFileSync(join(root, '.github/workflows/image.yml'), 'utf8');

  it('takes the same by hand as from a caller', () => {
    const [, called = '', byHand = ''] =
      /workflow_call:\n {4}inputs:\n([^]*?) {4}outputs:[^]*?workflow_dispatch:\n {4}inputs:\n([^]*?)\npermissions/.exec(
        text,
      ) ?? [];
    expect(called).toContain('innereye-commit:');
    expect(byHand.trim()).toBe(called.trim());
  });

  it('gives the action the inputs that it takes', () => {
    const action = readFileSync(join(root, '.github/actions/image/action.yml'), 'utf8');
    const inputs = /^inputs:\n([^]*?)^outputs:/m.exec(action)?.[1] ?? '';
    const taken = [...inputs.matchAll(/^ {2}(\w+):/gm)].map((match) => match[1]);
    expect(text).toContain("'69a64d1df50ba0523be453c2fad4ff54cf31367f'");
    const given = /with:\n([^]*)$/.exec(text)?.[1] ?? '';
    expect([...given.matchAll(/^ {10}(\w+):/gm)].map((match) => match[1])).toEqual(taken);
  });

  it('asks for one permission', () => {
    expect(text.match(/^ +[a-z-]+: (read|write)\b/gm)?.map((line) => line.trim())).toEqual([
      'packages: write',
    ]);
  });
});

/** The KEY=VALUE pairs of the Dockerfile's ENV. */
function variables(dockerfile: string): string[] {
  const block = /^ENV ([^]*?[^\\])\n/m.exec(dockerfile)?.[1] ?? '';
  return block.split(/\s*\\\n\s*/);
}
