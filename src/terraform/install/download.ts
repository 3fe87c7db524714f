import { join } from 'node:path';
import type { Toolbox } from '../../toolbox/index.ts';
import type { SigningKey } from '../../trust/openpgp.ts';
import type { Verified } from './cache.ts';
import { keepInCache } from './cache.ts';
import type { Mirror } from './mirror.ts';
import { chooseVersion, fetchReleaseFile } from './mirror.ts';
import type { Release } from './release.ts';
import { ReleaseRefused, checkUnpacked, filesOf, signedSum, verifiedContents } from './release.ts';
import type { Constraint } from './versions.ts';

type Tools = Pick<Toolbox, 'http' | 'files' | 'toolCache' | 'log'>;

/**
 * Fetches a release, verifies it, unpacks it and keeps it in the tool cache. The archive is fetched
 * only after the signature held, and unpacked only after its sum did. Leaves nothing behind where it fails.
 */
export async function download(
  wanted: Constraint,
  mirror: Mirror,
  trusted: readonly SigningKey[],
  tools: Tools,
): Promise<Verified> {
  const folder = await tools.files.scratch('terraform-download');
  try {
    const version = await chooseVersion(wanted, mirror, folder, tools);
    const release: Release = { version, os: mirror.os, arch: mirror.arch };
    tools.log.info(`Fetching Terraform ${version} for ${mirror.os} on ${mirror.arch}.`);
    await fetchReleaseFile('sums', release, mirror, folder, tools);
    await fetchReleaseFile('signature', release, mirror, folder, tools);
    const sum = await signedSum(folder, release, trusted, tools.files);
    await fetchReleaseFile('zip', release, mirror, folder, tools);
    const contents = await verifiedContents(folder, release, sum, tools.files);
    return await unpackAndKeep(folder, release, contents, trusted, tools);
  } finally {
    await tools.files.remove(folder);
  }
}

/** What comes out of unpacking must be, byte for byte, what was read in the archive when it was verified. */
async function unpackAndKeep(
  folder: string,
  release: Release,
  contents: ReadonlyMap<string, string>,
  trusted: readonly SigningKey[],
  tools: Tools,
): Promise<Verified> {
  const names = filesOf(release);
  const unpacked = await tools.toolCache.unzip(join(folder, names.zip));
  try {
    const stranger = (await tools.files.list(unpacked)).find((name) => !contents.has(name));
    if (stranger !== undefined) throw new ReleaseRefused(`${stranger} was not in the archive.`);
    await checkUnpacked(unpacked, contents, tools.files);
    for (const name of [names.sums, names.signature, names.zip]) {
      await tools.files.copyTree(join(folder, name), join(unpacked, name));
    }
    return await keepInCache(unpacked, release, trusted, tools);
  } finally {
    await tools.files.remove(unpacked);
  }
}
