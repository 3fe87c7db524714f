import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Files } from '../../toolbox/index.ts';
import { messageOf } from '../../errors.ts';
import { verifyDetached } from '../../trust/openpgp.ts';
import type { SigningKey } from '../../trust/openpgp.ts';
import { readArchive } from './zip.ts';

/** One build of Terraform: `1.6.6` for `linux` on `amd64`. */
export interface Release {
  readonly version: string;
  readonly os: string;
  readonly arch: string;
}

/** A release that is not used; the message is a whole sentence and says why. */
export class ReleaseRefused extends Error {
  override readonly name = 'ReleaseRefused';
}

/** Bytes that the files of a release may have. The archives of 2026 have about 30 MB, and unpack to about 95. */
export const limits = { sums: 65_536, signature: 8_192, zip: 300_000_000, unpacked: 600_000_000 };

/** What the files of a release are called (releases.hashicorp.com). */
export function filesOf({ version, os, arch }: Release): {
  readonly sums: string;
  readonly signature: string;
  readonly zip: string;
  readonly program: string;
} {
  const sums = `terraform_${version}_SHA256SUMS`;
  return {
    sums,
    signature: `${sums}.sig`,
    zip: `terraform_${version}_${os}_${arch}.zip`,
    program: os === 'windows' ? 'terraform.exe' : 'terraform',
  };
}

/**
 * The SHA-256 that HashiCorp signed for this release's archive. Reads sums and signature from
 * `folder`; throws ReleaseRefused where the signature or the list is not as it must be.
 */
export async function signedSum(
  folder: string,
  release: Release,
  trusted: readonly SigningKey[],
  files: Pick<Files, 'readBytes'>,
): Promise<string> {
  const names = filesOf(release);
  const sums = await contentOf(folder, names.sums, files);
  const signature = await contentOf(folder, names.signature, files);
  refuseBecause(`The signature of ${names.sums} is refused`, signature, () =>
    verifyDetached(sums, signature, trusted),
  );
  return listedSum(sums.toString('latin1'), names.zip);
}

/** The SHA-256 of every file in the archive, by name, after the archive was found to be the signed one. */
export async function verifiedContents(
  folder: string,
  release: Release,
  sum: string,
  files: Pick<Files, 'readBytes'>,
): Promise<ReadonlyMap<string, string>> {
  const { zip, program } = filesOf(release);
  const archive = await contentOf(folder, zip, files);
  const found = sha256(archive);
  if (found !== sum) {
    throw new ReleaseRefused(
      `${zip} is refused: its SHA-256 is ${found}, and HashiCorp signed ${sum}${hintOf(archive)}.`,
    );
  }
  return refuseBecause(`${zip} is refused`, archive, () => {
    const entries = readArchive(archive, {
      names: [program, 'LICENSE.txt'],
      maxBytes: limits.unpacked,
      maxRatio: 100,
    });
    if (!entries.some(({ name }) => name === program)) throw new Error(`it has no ${program}`);
    return new Map(entries.map((entry) => [entry.name, sha256(entry.content())]));
  });
}

/** Compares unpacked files with what the verified archive holds; throws ReleaseRefused on any difference. */
export async function checkUnpacked(
  folder: string,
  contents: ReadonlyMap<string, string>,
  files: Pick<Files, 'readBytes'>,
): Promise<void> {
  for (const [name, sum] of contents) {
    const found = sha256(await contentOf(folder, name, files));
    if (found === sum) continue;
    throw new ReleaseRefused(`${join(folder, name)} is not the file in the archive it came from.`);
  }
}

const sumLine = /^([0-9a-f]{64}) {2}([A-Za-z0-9][A-Za-z0-9._+-]*)$/;

/** Every line must be a sum and a file name, and exactly one must name exactly this file. */
function listedSum(list: string, file: string): string {
  const lines = list.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const sums = lines.map((line) => {
    const found = sumLine.exec(line);
    if (!found) throw new ReleaseRefused('The signed list of sums is malformed.');
    return { sum: found[1] ?? '', name: found[2] };
  });
  const [only, ...more] = sums.filter(({ name }) => name === file);
  if (only && more.length === 0) return only.sum;
  const what = only ? 'names it more than once' : 'does not name it';
  throw new ReleaseRefused(`There is no signed sum for ${file}: the signed list ${what}.`);
}

async function contentOf(
  folder: string,
  name: string,
  files: Pick<Files, 'readBytes'>,
): Promise<Buffer> {
  const content = await files.readBytes(join(folder, name));
  if (!content) throw new ReleaseRefused(`${name} is missing.`);
  return content;
}

function refuseBecause<T>(what: string, content: Buffer, judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    const reason = messageOf(error) + hintOf(content);
    throw new ReleaseRefused(`${what}: ${reason}.`, { cause: error });
  }
}

/** Proxies and mirrors like to answer with a page of their own. */
function hintOf(content: Buffer): string {
  const isPage = /^\s*<(!doctype|html|head|\?xml)/i.test(content.toString('latin1', 0, 200));
  return isPage ? ' (it is a web page: a proxy or the mirror answered with one of its own)' : '';
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
