import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { Toolbox } from '../../toolbox/index.ts';
import type { SigningKey } from '../../trust/openpgp.ts';
import type { Release } from './release.ts';
import { ReleaseRefused, checkUnpacked, filesOf, signedSum, verifiedContents } from './release.ts';
import type { Constraint } from './versions.ts';
import { compareVersions, parseVersion, satisfies } from './versions.ts';

/** A name of our own, so that no other action's unverified Terraform is taken for ours, or ours for theirs. */
const toolName = 'terraform-verified';

/** A Terraform that was verified; `path` is the program. */
export interface Verified {
  readonly path: string;
  readonly version: string;
}

/**
 * The newest cached Terraform that satisfies and still passes every check. A folder that fails one
 * is left alone and named in a warning.
 */
export async function findCached(
  wanted: Constraint,
  machine: Pick<Release, 'os' | 'arch'>,
  trusted: readonly SigningKey[],
  tools: Pick<Toolbox, 'toolCache' | 'files' | 'log'>,
): Promise<Verified | undefined> {
  const versions = tools.toolCache
    .versions(toolName)
    .flatMap((text) => parseVersion(text) ?? [])
    .filter((version) => satisfies(version, wanted))
    .toSorted((one, other) => compareVersions(other, one));
  for (const { text } of versions) {
    const folder = tools.toolCache.find(toolName, text);
    if (folder === undefined) continue;
    try {
      return await verifyFolder(folder, { version: text, ...machine }, trusted, tools.files);
    } catch (error) {
      tools.log.warn(
        `Terraform ${text} in the tool cache (${folder}) is not used: ${messageOf(error)}`,
      );
    }
  }
  return undefined;
}

/** Puts a verified release into the tool cache, with all that proves it, and verifies what came to lie there. */
export async function keepInCache(
  folder: string,
  release: Release,
  trusted: readonly SigningKey[],
  tools: Pick<Toolbox, 'toolCache' | 'files'>,
): Promise<Verified> {
  const kept = await tools.toolCache.store(folder, toolName, release.version);
  try {
    return await verifyFolder(kept, release, trusted, tools.files);
  } catch (error) {
    await tools.files.remove(kept);
    throw error;
  }
}

/**
 * The whole chain again: signature, sum, archive, and the program against the archive's. Nothing
 * that lies in the cache is believed for its own sake, so nobody can make an altered program pass
 * by altering a record beside it.
 */
async function verifyFolder(
  folder: string,
  release: Release,
  trusted: readonly SigningKey[],
  files: Toolbox['files'],
): Promise<Verified> {
  const names = filesOf(release);
  const sum = await signedSum(folder, release, trusted, files);
  const contents = await verifiedContents(folder, release, sum, files);
  await checkUnpacked(folder, contents, files);
  const expected = new Set([names.sums, names.signature, names.zip, ...contents.keys()]);
  const stranger = (await files.list(folder)).find((name) => !expected.has(name));
  if (stranger !== undefined) throw new ReleaseRefused(`${stranger} does not belong there.`);
  return { path: join(folder, names.program), version: release.version };
}
