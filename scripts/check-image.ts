import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../src/errors.ts';
import type { Locked } from './image/pins.ts';
import { readImageLock, readPins } from './image/pins.ts';
import { condaPackages, fetchUpstream, pipPackages } from './image/upstream.ts';

/**
 * What can be proved of images/innereye without Docker. Always: the index still gives every wheel of
 * the lock with that digest, and where git reaches InnerEye-DeepLearning (INNEREYE_REPOSITORY names a
 * copy), its own list and files are the ones that ours say. With CHECK_IMAGE=whole and a Python 3.8
 * (PYTHON names it): everything is installed, trains and scores; that takes 3 GB and some minutes.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const recipe = join(root, 'images/innereye');
const read = (name: string): string => readFileSync(join(recipe, name), 'utf8');
/** The last pip that takes a package whose requirements are written in the old way. */
const PIP = '24.0';
/** What environment.yml takes from conda and the image has not; requirements.in says why. */
const LEFT_OUT = ['mkl-service', 'mkl-fft', 'mkl-random', 'pip', 'python', 'python-blosc'];
/** Names that differ between conda and the index. */
const RENAMED: Readonly<Record<string, string>> = { pytorch: 'torch' };

const folder = mkdtempSync(join(tmpdir(), 'check-image-'));
const problems: string[] = [];
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const claim = (what: string, wrong: readonly string[]): void => {
  print(wrong.length === 0 ? `ok   ${what}` : `FAIL ${what}: ${wrong.slice(0, 5).join('; ')}`);
  if (wrong.length > 0) problems.push(what);
};

try {
  upstream();
  index();
  if (process.env['CHECK_IMAGE'] === 'whole') whole();
  else print('note nothing was installed; CHECK_IMAGE=whole installs, trains and scores');
} catch (error) {
  claim('the check itself', [messageOf(error)]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
print(problems.length === 0 ? 'check-image: ok' : 'check-image: there are findings, see above.');
process.exit(problems.length === 0 ? 0 : 1);

/** Our lists against upstream's own. */
function upstream(): void {
  const script = read('install.sh');
  const commit = /^commit=([0-9a-f]{40})$/m.exec(script)?.[1] ?? '';
  const repository =
    process.env['INNEREYE_REPOSITORY'] ??
    /^repository=\$\{INNEREYE_REPOSITORY:-(\S+)\}$/m.exec(script)?.[1] ??
    '';
  const source = fetchUpstream(repository, commit, join(folder, 'git'));
  if (source === undefined) {
    print(`note ${repository} is not reached from here: our lists were not compared with it`);
    return;
  }
  const pins = new Map(readPins(read('requirements.in')).map((pin) => [pin.name, pin]));
  const theirs = pipPackages(source.read('environment.yml'));
  claim(
    `every one of upstream's ${theirs.length} pins is ours, or says why not`,
    theirs
      .filter(({ name, version }) => {
        const pin = pins.get(name);
        return (pin?.upstream ?? pin?.version) !== version;
      })
      .map(({ name, version }) => `${name}==${version}`),
  );
  claim(
    "upstream's Python packages from conda are there, or left out for a reason",
    condaPackages(source.read('environment.yml'))
      .map(({ name, version }) => ({ name: RENAMED[name] ?? name, version }))
      .filter(({ name }) => pins.has(name) || LEFT_OUT.includes(name))
      .filter(
        ({ name, version }) => !LEFT_OUT.includes(name) && pins.get(name)?.version !== version,
      )
      .map(({ name, version }) => `${name}==${version}`),
  );
  const listed = new Set(
    read('source.sha256')
      .trim()
      .split('\n')
      .map((line) => line.slice(66)),
  );
  claim(
    'source.sha256 names every file of the code',
    source.paths
      .filter((path) => /^InnerEye\/|^[^/]+\.py$|^environment\.yml$|^LICENSE$/.test(path))
      .filter((path) => !listed.has(path)),
  );
}

/** Asks the index for the lock's wheels, as pip on Python 3.8 would; nothing is downloaded whole. */
function index(): void {
  const locked = readImageLock(read('requirements.txt'));
  const wheels = locked.filter(({ file }) => file.endsWith('.whl'));
  const list = join(folder, 'wheels.txt');
  writeFileSync(list, wheels.map(({ name, version }) => `${name}==${version}\n`).join(''));
  const report = join(folder, 'report.json');
  run(pip(), [
    ...['-m', 'pip', 'install', '--dry-run', '--ignore-installed', '-qq', '--no-deps'],
    // Whether a package is for 3.8 is asked of the Python that runs pip; the lock was made on 3.8.
    '--ignore-requires-python',
    ...['--report', report, '--target', join(folder, 'none'), '--only-binary', ':all:'],
    ...['--implementation', 'cp', '--python-version', '3.8'],
    ...['cp38', 'abi3', 'none'].flatMap((abi) => ['--abi', abi]),
    ...platforms(wheels).flatMap((platform) => ['--platform', platform]),
    ...['--requirement', list],
  ]);
  const digests = new Set(
    [...readFileSync(report, 'utf8').matchAll(/"sha256": ?"([0-9a-f]{64})"/g)].map(
      ([, one]) => one,
    ),
  );
  claim(
    `the index gives the lock's ${wheels.length} wheels with their digests`,
    wheels.filter(({ sha256 }) => !digests.has(sha256)).map(({ file }) => file),
  );
  print(
    `note the other ${locked.length - wheels.length} are sources; they are seen when all is installed`,
  );
}

/** The platform tags that the wheels name themselves. */
function platforms(wheels: readonly Locked[]): string[] {
  const tags = wheels.flatMap(({ file }) => file.slice(0, -4).split('-').at(-1)?.split('.') ?? []);
  return [...new Set(tags)].filter((tag) => tag !== 'any');
}

/** A Python with that pip, kept below .cache/tools. */
function pip(): string {
  const venv = join(root, '.cache/tools', `pip-${PIP}`);
  const python = join(venv, 'bin/python');
  if (!existsSync(join(venv, 'ready'))) {
    rmSync(venv, { recursive: true, force: true });
    mkdirSync(dirname(venv), { recursive: true });
    run('python3', ['-m', 'venv', venv]);
    run(python, ['-m', 'pip', 'install', '--quiet', `pip==${PIP}`]);
    writeFileSync(join(venv, 'ready'), '');
  }
  return python;
}

/** Installs everything as the Dockerfile does, and lets it train and score. */
function whole(): void {
  const target = join(folder, 'opt');
  let begun = performance.now();
  run('bash', [join(recipe, 'install.sh'), target]);
  print(`note installed in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  begun = performance.now();
  const lines = readFileSync(join(target, 'environment'), 'utf8').trim().split('\n');
  const empty = join(folder, 'try');
  mkdirSync(empty);
  const { status } = spawnSync(
    'env',
    ['-i', `HOME=${folder}`, ...lines, 'python', join(recipe, 'try.py'), empty],
    { stdio: 'inherit', cwd: empty },
  );
  claim('it trains to the known Dice, and scores', status === 0 ? [] : [`ended with ${status}`]);
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw new Error(`${program} does not start: ${error.message}`);
  if (status !== 0)
    throw new Error(`${program} ${args.slice(0, 3).join(' ')} ended with ${status}`);
}
