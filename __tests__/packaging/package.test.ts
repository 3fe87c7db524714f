import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildPackage, recipeDigest } from '../../src/packaging/index.ts';
import { SITE_PACKAGES } from '../../src/packaging/target.ts';
import { Secret } from '../../src/secret.ts';
import { app, installed, noIndex, openWorkbench, root } from './workbench.ts';
import type { PipPlan, Workbench } from './workbench.ts';

let bench: Workbench;
let inferenceCommit: string;
beforeEach(async () => {
  bench = await openWorkbench();
  inferenceCommit = await bench.commit(app);
  await bench.pip({ files: installed });
});
afterEach(() => bench.close());

const build = async (pythonIndex = noIndex): Promise<string> =>
  buildPackage(
    { inferenceCommit, inferenceRepository: bench.repository, pythonIndex },
    bench.tools,
  );
const failing = async (plan: PipPlan): Promise<string> => {
  await bench.pip(plan);
  return build().then(
    () => 'done',
    (error: unknown) => String(error),
  );
};
const namesIn = (zip: string): string[] =>
  execFileSync('unzip', ['-Z1', zip], { encoding: 'utf8' }).trim().split('\n');

describe('the package', () => {
  it('holds the app, the overlay beside it, and the wheels where the start looks for them', async () => {
    const names = namesIn(await build());
    expect(names).toEqual(expect.arrayContaining(['app.py', 'azure_config.py', 'LICENSE']));
    expect(names).toEqual(
      expect.arrayContaining([
        'serve.py',
        'service.py',
        'managed_identity.py',
        'health_azure/utils.py',
      ]),
    );
    expect(names).toContain(`${SITE_PACKAGES}/flask/__init__.py`);
    expect(await readFile(join(root, 'inference/app/serve.py'), 'utf8')).toContain(
      SITE_PACKAGES.split('/')
        .map((part) => `"${part}"`)
        .join(' / '),
    );
  });

  it('leaves out what depends on the machine that made it', async () => {
    const first = await readFile(await build());
    const machine = {
      'bin/gunicorn': '#!/somewhere/python\n',
      'flask/__pycache__/__init__.cpython-311.pyc': 'x',
      'p1-1.dist-info/RECORD': '../../bin/gunicorn,sha256=x,1\n',
      'p1-1.dist-info/INSTALLER': 'pip\n',
      'p1-1.dist-info/REQUESTED': '',
      'p1-1.dist-info/direct_url.json': '{}',
    };
    await bench.pip({ version: '23.0.1', files: { ...machine, ...installed } });
    expect((await readFile(await build())).equals(first)).toBe(true);
  });

  it('is another one for another commit, another wheel', async () => {
    const digests = [await digestOf(await build())];
    await bench.pip({ files: { ...installed, 'flask/__init__.py': 'flask = 2\n' } });
    digests.push(await digestOf(await build()));
    inferenceCommit = await bench.commit({ ...app, 'app.py': 'app = 2\n' });
    digests.push(await digestOf(await build()));
    expect(new Set(digests).size).toBe(3);
  });

  it('is for this user alone, and nothing of the wheels lies beside it', async () => {
    const zip = await build();
    expect((await stat(zip)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(zip, '..'))).toEqual(['inference.zip']);
  });

  it('is refused where the app brings files of the overlay', async () => {
    inferenceCommit = await bench.commit({ ...app, 'serve.py': 'x = 1\n' });
    await expect(build()).rejects.toThrow(/overlay puts its: serve.py/);
  });

  it('ends at once when it is cancelled, with pip', async () => {
    await bench.pip({ waits: true });
    const work = build().then(() => 'done', String);
    while ((await bench.installed().catch(() => undefined)) === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    bench.cancel();
    expect(await work).toMatch('Cancelled while fetching Python packages.');
  });
});

describe('pip', () => {
  it('is told to take wheels by digest for exactly the target, and to run nothing', async () => {
    await build();
    const { args } = await bench.installed();
    expect(args.slice(0, 5)).toEqual(['-m', 'pip', 'install', '--require-hashes', '--no-deps']);
    const text = args.join(' ');
    expect(text).toContain(
      '--only-binary :all: --implementation cp --python-version 3.12 --platform',
    );
    expect(text).toContain(`--requirement ${join(root, 'inference/requirements.txt')}`);
  });

  it('gets the index by its environment, and nothing that proves who we are', async () => {
    await build(new Secret('https://user:token-of-index@mirror.example/simple', () => undefined));
    const { args, env } = await bench.installed();
    expect(env['PIP_INDEX_URL']).toBe('https://user:token-of-index@mirror.example/simple');
    expect(args.join(' ')).not.toContain('mirror.example');
    expect(Object.keys(env)).not.toContain('SECRET_OF_THE_RUNNER');
    expect(bench.tools.log.lines.join('\n')).not.toContain('token-of-index');
  });

  it.each([
    [
      'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n    Expected sha256 a\n         Got        b',
      /not the one of the lock/,
    ],
    [
      'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
      /disk/,
    ],
    ['ERROR: HTTP error 401 while getting https://mirror.example/simple', /refuses this runner/],
    ["Retrying after connection broken by 'SSLError(SSLCertVerificationError'", /does not trust/],
    [
      "Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(x)': /simple/adal/\nERROR: No matching distribution found for adal==1.2.7",
      /cannot be reached/,
    ],
    [
      'ERROR: Could not find a version that satisfies x (from versions: none)\nERROR: No matching distribution found for x',
      /offers nothing under the name/,
    ],
    ['ERROR: No matching distribution found for adal==1.2.7', /has not every wheel/],
    ['no such option: --platform', /too old/],
    ['something else', /pip ended with 2/],
  ])('explains %j', async (prints, message) => {
    const text = await failing({ prints, code: 2 });
    expect(text).toMatch(message);
    expect(text).toContain('\nNext: ');
  });

  it('is not believed where it installed less than the lock has', async () => {
    expect(await failing({ files: { 'p1-1.dist-info/METADATA': '' } })).toMatch(
      /installed 1 of 69/,
    );
  });

  it.each([
    ['no pip', { version: '' }, /python3 has no pip/],
    ['an old pip', { version: '20.0.2' }, /python3 has pip 20.0.2/],
  ])('is missing where Python has %s', async (_, plan, message) => {
    expect(await failing(plan)).toMatch(message);
  });

  it('is missing where there is no Python', async () => {
    bench.programs.set('python3', undefined);
    await expect(build()).rejects.toThrow(/no Python on its PATH.*\n.*setup-python/);
  });
});

describe('the digest of the recipe', () => {
  it('is known without fetching anything, and follows the commit', async () => {
    const [one, same, other] = await Promise.all(
      ['a', 'a', 'b'].map((digit) =>
        recipeDigest({ inferenceCommit: digit.repeat(40) }, bench.tools.files),
      ),
    );
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect([same === one, other === one]).toEqual([true, false]);
  });
});

async function digestOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
