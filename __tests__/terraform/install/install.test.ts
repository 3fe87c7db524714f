import { appendFile, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Installed } from '../../../src/terraform/install/index.ts';
import { Problem } from '../../../src/errors.ts';
import type { Signer, ZipFile } from './release-builder.ts';
import {
  fakeTerraform,
  indexOf,
  makeSigner,
  releaseFiles,
  sha256,
  signatureOf,
  zipOf,
} from './release-builder.ts';
import type { Workbench } from './workbench.ts';
import { openWorkbench } from './workbench.ts';

let signer: Signer;
let stranger: Signer;
let bench: Workbench;
beforeAll(() => {
  signer = makeSigner();
  stranger = makeSigner();
});
beforeEach(async () => {
  bench = await openWorkbench(signer);
});
afterEach(() => bench.close());

const path = (file: string, version = '1.6.6'): string => `/terraform/${version}/terraform_${file}`;
const zipPath = path('1.6.6_linux_amd64.zip');
const sumsPath = path('1.6.6_SHA256SUMS');
const signaturePath = path('1.6.6_SHA256SUMS.sig');

async function problemOf(work: Promise<Installed>): Promise<string> {
  const error: unknown = await work.then(
    () => new Error('it was installed'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Problem);
  return (error as Problem).message;
}

describe('Terraform on the PATH', () => {
  it('is taken where it satisfies, and the network is not asked', async () => {
    await bench.putOnPath('1.11.4');
    const found = await bench.install('', '>= 1.9');
    expect(found).toEqual({
      path: join(bench.folder, 'bin/terraform'),
      version: '1.11.4',
      source: 'path',
    });
    expect(bench.asked).toEqual([]);
  });

  it('is passed over where it is too old, and a newer one is fetched', async () => {
    await bench.putOnPath('1.5.7');
    Object.assign(bench.shelf, releaseFiles('1.6.6', signer));
    const found = await bench.install('1.6.6', '>= 1.6');
    expect(found).toMatchObject({ version: '1.6.6', source: 'download' });
    expect(bench.said[0]).toContain('is version 1.5.7; wanted is >= 1.6, 1.6.6');
  });

  it('is named with the wanted range and the next step where no other can be had', async () => {
    await bench.putOnPath('1.5.7');
    const message = await problemOf(bench.install('', '>= 1.9, < 2.0'));
    expect(message).toContain(
      'bin/terraform on the PATH is version 1.5.7; wanted is >= 1.9, < 2.0',
    );
    expect(message).toContain('mirror.example/terraform/index.json could not be fetched');
    expect(message).toContain('Next: install a Terraform that satisfies >= 1.9, < 2.0');
    expect(message).toContain('terraform-mirror');
  });

  it('is passed over where it is a prerelease nobody asked for', async () => {
    await bench.putOnPath('1.12.0-rc1');
    expect(await problemOf(bench.install('', '>= 1.9'))).toContain('is version 1.12.0-rc1; wanted');
    const found = await bench.install('1.12.0-rc1', '>= 1.9');
    expect(found).toMatchObject({ version: '1.12.0-rc1', source: 'path' });
  });

  it('is passed over where it is something else or does not start', async () => {
    await bench.putOnPath('', '#!/bin/sh\necho OpenTofu v1.9.0\n');
    expect(await problemOf(bench.install(''))).toContain(
      'unusable (exit code 0, "OpenTofu v1.9.0")',
    );
    await bench.putOnPath('', '#!/bin/sh\necho no libc >&2\nexit 127\n');
    expect(await problemOf(bench.install(''))).toContain('unusable (exit code 127, "no libc")');
  });

  it('is missed with a clear Problem where there is none and nothing can be fetched', async () => {
    const message = await problemOf(bench.install('1.6.6'));
    expect(message).toContain('There is no Terraform on the PATH.');
    expect(message).toContain('https://mirror.example/terraform/1.6.6/terraform_1.6.6_SHA256SUMS');
    expect(await bench.left()).toEqual([]);
  });
});

describe('the version to fetch', () => {
  it('is the newest release that satisfies, never a prerelease', async () => {
    const versions = ['1.6.6', '1.7.5', '1.10.0', '1.11.0-rc1', '2.0.0', 'latest', '1.9.9.9'];
    bench.shelf['/terraform/index.json'] = indexOf(versions);
    Object.assign(bench.shelf, releaseFiles('1.10.0', signer));
    expect(await bench.install('', '~> 1.6')).toMatchObject({ version: '1.10.0' });
  });

  it('is one that exists for this machine', async () => {
    const index = JSON.parse(indexOf(['1.6.6', '1.7.5']).toString()) as {
      versions: Record<string, { builds: unknown }>;
    };
    index.versions['1.7.5'] = { builds: [{ os: 'darwin', arch: 'arm64' }, null] };
    bench.shelf['/terraform/index.json'] = Buffer.from(JSON.stringify(index));
    Object.assign(bench.shelf, releaseFiles('1.6.6', signer));
    expect(await bench.install('')).toMatchObject({ version: '1.6.6' });
  });

  it('cannot be below what the configuration requires', async () => {
    bench.shelf['/terraform/index.json'] = indexOf(['1.6.6']);
    Object.assign(bench.shelf, releaseFiles('1.6.6', signer));
    expect(await problemOf(bench.install('', '>= 1.9'))).toContain('none of them fits');
    const message = await problemOf(bench.install('1.6.6', '>= 1.9'));
    expect(message).toContain(
      'terraform-version asks for 1.6.6, and the configuration needs >= 1.9',
    );
    expect(await problemOf(bench.install('1.6.6, != 1.6.6'))).toContain('terraform-version');
    const contradiction = await problemOf(bench.install('', '1.6.6, != 1.6.6'));
    expect(contradiction).toContain('No version is 1.6.6 and fits the rest as well');
    expect(bench.asked).toEqual(['/terraform/index.json']);
  });

  it.each([
    ['a web page', '<html>'],
    ['nothing', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['another shape', '{"versions":3}'],
  ])('is not read from %s', async (_what, index) => {
    bench.shelf['/terraform/index.json'] = Buffer.from(index);
    expect(await problemOf(bench.install(''))).toContain('is not an index of releases');
  });

  it('is refused where an input is no constraint', async () => {
    expect(await problemOf(bench.install('latest'))).toContain('"latest", which is no version');
    expect(await problemOf(bench.install('', '>> 1'))).toContain('required_version is ">> 1"');
  });
});

describe('a fetched Terraform', () => {
  it('runs, and is kept in the tool cache with what proves it', async () => {
    Object.assign(bench.shelf, releaseFiles('1.6.6', signer));
    const found = await bench.install('1.6.6');
    expect(found).toMatchObject({ version: '1.6.6', source: 'download' });
    expect(found.path.startsWith(bench.cacheFolder)).toBe(true);
    const { stdout } = await bench.tools.shell.run(found.path, ['version']);
    expect(stdout).toContain('Terraform v1.6.6');
    expect([...(await bench.left())].sort()).toEqual(
      [
        'LICENSE.txt',
        'terraform',
        'terraform_1.6.6_SHA256SUMS',
        'terraform_1.6.6_SHA256SUMS.sig',
        'terraform_1.6.6_linux_amd64.zip',
        `${process.arch}.complete`,
      ].sort(),
    );
  });

  it('must start on this machine', async () => {
    Object.assign(bench.shelf, releaseFiles('1.6.6', signer, { says: '1.6.5' }));
    expect(await problemOf(bench.install('1.6.6'))).toContain('does not run here');
  });

  it('is not fetched where the signature already failed', async () => {
    Object.assign(bench.shelf, releaseFiles('1.6.6', stranger));
    await problemOf(bench.install('1.6.6'));
    expect(bench.asked).toEqual([sumsPath, signaturePath]);
  });

  it.each(['unzip', 'store'] as const)('is compared with the archive after %s', async (step) => {
    Object.assign(bench.shelf, releaseFiles('1.6.6', signer));
    const honest: (...args: [string, string, string]) => Promise<string> =
      bench.tools.toolCache[step];
    const altering = async (...args: [string, string, string]): Promise<string> => {
      const folder = await honest(...args);
      await appendFile(join(folder, 'terraform'), '\n');
      return folder;
    };
    Object.assign(bench.tools.toolCache, { [step]: altering });
    const message = await problemOf(bench.install('1.6.6'));
    expect(message).toContain('is not the file in the archive it came from');
    const left = await bench.left();
    expect(left.filter((file) => !file.endsWith('.complete'))).toEqual([]);
  });

  it('is said to be uninstallable where unpacking itself fails', async () => {
    Object.assign(bench.shelf, releaseFiles('1.6.6', signer));
    process.env['PATH'] = join(bench.folder, 'bin');
    const message = await problemOf(bench.install('1.6.6'));
    expect(message).toContain('downloaded and verified, but could not be installed');
    expect(message).toContain('the program unzip');
    expect(await bench.left()).toEqual([]);
  });
});

type Forgery = () => Record<string, Buffer | number>;
const page = Buffer.from('<!DOCTYPE html><title>Please log in</title>');
const zipWith = (...files: ZipFile[]): Forgery => {
  return () => releaseFiles('1.6.6', signer, { zip: zipOf(files) });
};
const program: ZipFile = { name: 'terraform', content: fakeTerraform('1.6.6') };
const listed = (make: (sum: string) => string): Forgery => {
  return () => {
    const zip = zipOf([program]);
    return releaseFiles('1.6.6', signer, { zip, sums: make(sha256(zip)) });
  };
};
const genuine = (): Record<string, Buffer> => releaseFiles('1.6.6', signer);
const name = 'terraform_1.6.6_linux_amd64.zip';

const forgeries: readonly (readonly [string, Forgery, string])[] = [
  ['signed by a wrong key', () => releaseFiles('1.6.6', stranger), 'not one of the keys trusted'],
  ['of another sum', listed(() => `${sha256('evil')}  ${name}\n`), 'its SHA-256 is'],
  [
    'with the signed sums of another version',
    () => ({
      ...genuine(),
      [sumsPath]: releaseFiles('1.6.5', signer)[path('1.6.5_SHA256SUMS', '1.6.5')] ?? 0,
      [signaturePath]: releaseFiles('1.6.5', signer)[path('1.6.5_SHA256SUMS.sig', '1.6.5')] ?? 0,
    }),
    'the signed list does not name it',
  ],
  ['whose name only begins a line', listed((sum) => `${sum}  ${name}.bak\n`), 'does not name it'],
  ['whose name only ends a line', listed((sum) => `${sum}  my-${name}\n`), 'does not name it'],
  ['whose name follows a path', listed((sum) => `${sum}  ./${name}\n`), 'is malformed'],
  ['whose sum has more before it', listed((sum) => `00${sum}  ${name}\n`), 'is malformed'],
  ['whose name stands in a comment', listed((sum) => `# ${sum}  ${name}\n`), 'is malformed'],
  ['whose line ends in a return', listed((sum) => `${sum}  ${name}\r\n`), 'is malformed'],
  [
    'that is listed twice',
    listed((sum) => `${sum}  ${name}\n${sha256('evil')}  ${name}\n`),
    'more than once',
  ],
  ['whose list is empty', listed(() => ''), 'does not name it'],
  ['whose list is an empty line', listed(() => '\n'), 'is malformed'],
  [
    'whose archive was swapped',
    () => ({ ...genuine(), [zipPath]: zipOf([{ ...program, content: 'evil' }]) }),
    'its SHA-256 is',
  ],
  [
    'whose archive is cut off',
    () => ({ ...genuine(), [zipPath]: genuine()[zipPath]?.subarray(0, 100) ?? 0 }),
    'its SHA-256 is',
  ],
  ['whose archive is a web page', () => ({ ...genuine(), [zipPath]: page }), 'it is a web page'],
  [
    'whose signature is a web page',
    () => ({ ...genuine(), [signaturePath]: page }),
    'not an OpenPGP signature (it is a web page',
  ],
  ['whose sums are a web page', () => ({ ...genuine(), [sumsPath]: page }), 'not a signature of'],
  [
    'without a signature',
    () => ({ ...genuine(), [signaturePath]: 404 }),
    'SHA256SUMS.sig could not',
  ],
  ['with an empty signature', () => ({ ...genuine(), [signaturePath]: Buffer.alloc(0) }), 'empty'],
  ['whose sums never end', () => ({ ...genuine(), [sumsPath]: Buffer.alloc(70_000) }), 'more than'],
  [
    'with sums that were altered',
    () => ({
      ...genuine(),
      [sumsPath]: Buffer.from(`${genuine()[sumsPath]?.toString()}${sha256('')}  more.zip\n`),
    }),
    'not a signature of this file',
  ],
  [
    'with a signature of the old sums',
    () => ({ ...genuine(), [signaturePath]: signatureOf(Buffer.from('old'), signer) }),
    'not a signature of this file',
  ],
  ['with a path that leads out', zipWith(program, { ...program, name: '../../evil' }), 'leads out'],
  ['with an absolute path', zipWith(program, { ...program, name: '/tmp/evil' }), 'absolute path'],
  ['with a symbolic link', zipWith({ ...program, mode: 0o120777 }), 'symbolic link'],
  ['with a duplicate', zipWith(program, { ...program, content: 'evil' }), 'in it twice'],
  ['with a stranger', zipWith(program, { ...program, name: 'libc.so.6' }), 'does not belong'],
  ['without the program', zipWith({ ...program, name: 'LICENSE.txt' }), 'it has no terraform'],
  ['that is a bomb', zipWith({ ...program, content: Buffer.alloc(3_000_000) }), 'than it can hold'],
  ['that is encrypted', zipWith({ ...program, flags: 1 }), 'is encrypted'],
];

describe('a release', () => {
  it.each(forgeries)('%s is refused, and nothing of it is left', async (_what, forge, reason) => {
    Object.assign(bench.shelf, forge());
    expect(await problemOf(bench.install('1.6.6'))).toContain(reason);
    expect(await bench.left()).toEqual([]);
  });
});

describe('a cached Terraform', () => {
  let folder: string;
  beforeEach(async () => {
    Object.assign(bench.shelf, releaseFiles('1.6.6', signer));
    const { path: program } = await bench.install('1.6.6');
    folder = join(program, '..');
    bench.asked.length = 0;
    bench.said.length = 0;
  });

  it('is taken without a request, by version or range', async () => {
    expect(await bench.install('1.6.6')).toMatchObject({ source: 'cache', version: '1.6.6' });
    expect(await bench.install('', '~> 1.6.0')).toMatchObject({ source: 'cache' });
    expect(bench.asked).toEqual([]);
  });

  it('is not taken where it does not satisfy', async () => {
    await problemOf(bench.install('', '>= 1.7'));
    expect(bench.asked).toEqual(['/terraform/index.json']);
  });

  it.each([
    ['program', 'terraform', 'is not the file in the archive'],
    ['archive', name, 'its SHA-256 is'],
    ['list of sums', 'terraform_1.6.6_SHA256SUMS', 'not a signature of this file'],
    ['signature', 'terraform_1.6.6_SHA256SUMS.sig', 'something follows the signature'],
  ])('is refused with an altered %s, and fetched anew', async (_what, file, reason) => {
    await appendFile(join(folder, file), ' ');
    expect(await bench.install('1.6.6')).toMatchObject({ source: 'download' });
    expect(bench.said.join('\n')).toContain(reason);
    expect(await bench.install('1.6.6')).toMatchObject({ source: 'cache' });
  });

  it('is refused where the forger replaced all of it but cannot sign', async () => {
    const forged = releaseFiles('1.6.6', stranger, { says: '6.6.6' });
    for (const [file, content] of Object.entries(forged)) {
      await writeFile(join(folder, file.split('/').at(-1) ?? ''), content);
    }
    await writeFile(join(folder, 'terraform'), fakeTerraform('6.6.6'));
    expect(await bench.install('1.6.6')).toMatchObject({ source: 'download' });
    expect(bench.said.join('\n')).toContain('not one of the keys trusted');
    expect(await readFile(join(folder, 'terraform'), 'utf8')).toBe(fakeTerraform('1.6.6'));
  });

  it('is refused as another version than the one it is', async () => {
    const other = join(folder, '../../1.9.0');
    await symlink(join(folder, '..'), other);
    bench.shelf['/terraform/index.json'] = indexOf(['1.6.6']);
    expect(await problemOf(bench.install('1.9.0'))).toContain('could not be fetched');
    expect(bench.said.join('\n')).toContain('1.9.0_SHA256SUMS is missing');
  });

  it('is refused with a stranger beside it, or a part missing', async () => {
    await writeFile(join(folder, 'version.dll'), 'evil');
    expect(await bench.install('1.6.6')).toMatchObject({ source: 'download' });
    expect(await readdir(folder)).not.toContain('version.dll');
    await rm(join(folder, 'terraform_1.6.6_SHA256SUMS.sig'));
    bench.said.length = 0;
    expect(await bench.install('1.6.6')).toMatchObject({ source: 'download' });
    expect(bench.said.join('\n')).toContain('SHA256SUMS.sig is missing');
  });

  it('is refused, and named, where no other can be had', async () => {
    await appendFile(join(folder, 'terraform'), ' ');
    bench.shelf[sumsPath] = 503;
    expect(await problemOf(bench.install('1.6.6'))).toContain('answered 503');
    expect(bench.said.join('\n')).toContain('in the tool cache');
  });
});
