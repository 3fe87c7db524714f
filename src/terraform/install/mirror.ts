import { join } from 'node:path';
import { Problem, messageOf } from '../../errors.ts';
import type { Toolbox } from '../../toolbox/index.ts';
import type { Release } from './release.ts';
import { filesOf, limits } from './release.ts';
import type { Constraint, Version } from './versions.ts';
import { compareVersions, exactVersion, parseVersion, satisfies } from './versions.ts';

/** Something that was to be fetched and could not be; the message is a whole sentence. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed';
}

/** An address that serves releases in the layout of releases.hashicorp.com. */
export interface Mirror {
  readonly address: string;
  readonly os: string;
  readonly arch: string;
}

const longestIndex = 32_000_000;

/**
 * The version to fetch: the one that is named, or the newest release in the mirror's index that
 * satisfies. The index is not signed: it can withhold a version, but not bring one outside the range.
 */
export async function chooseVersion(
  wanted: Constraint,
  mirror: Mirror,
  folder: string,
  tools: Pick<Toolbox, 'http' | 'files'>,
): Promise<string> {
  const named = exactVersion(wanted);
  if (named && satisfies(named, wanted)) return named.text;
  if (named) throw new DownloadFailed(`No version is ${named.text} and fits the rest as well.`);
  const file = join(folder, 'index.json');
  await fetchFile(mirror, 'index.json', file, longestIndex, tools);
  const offered = versionsIn((await tools.files.read(file)) ?? '', mirror);
  const [newest] = offered
    .filter((version) => satisfies(version, wanted))
    .toSorted((one, other) => compareVersions(other, one));
  if (newest) return newest.text;
  throw new DownloadFailed(
    `${shown(mirror.address)} offers ${offered.length} versions of Terraform for ${mirror.os} on ` +
      `${mirror.arch}, and none of them fits.`,
  );
}

/** Fetches one file of a release into `folder`, under its own name. */
export async function fetchReleaseFile(
  which: 'sums' | 'signature' | 'zip',
  release: Release,
  mirror: Mirror,
  folder: string,
  tools: Pick<Toolbox, 'http'>,
): Promise<void> {
  const name = filesOf(release)[which];
  await fetchFile(mirror, `${release.version}/${name}`, join(folder, name), limits[which], tools);
}

async function fetchFile(
  mirror: Mirror,
  path: string,
  file: string,
  maxBytes: number,
  { http }: Pick<Toolbox, 'http'>,
): Promise<void> {
  const url = `${mirror.address.replace(/\/+$/, '')}/terraform/${path}`;
  try {
    await http.download(url, file, { maxBytes });
  } catch (error) {
    if (error instanceof Problem) throw error;
    const reason = messageOf(error).replaceAll(url, 'it');
    throw new DownloadFailed(`${shown(url)} could not be fetched: ${shown(reason)}.`, {
      cause: error,
    });
  }
}

/** The versions an index offers for this machine; what is malformed counts as not offered. */
function versionsIn(index: string, { address, os, arch }: Mirror): Version[] {
  let versions: unknown;
  try {
    versions = (JSON.parse(index) as { versions?: unknown } | null)?.versions;
  } catch {
    versions = undefined;
  }
  if (typeof versions !== 'object' || versions === null) {
    throw new DownloadFailed(`${shown(address)}/terraform/index.json is not an index of releases.`);
  }
  return Object.entries(versions).flatMap(([text, entry]) => {
    const version = parseVersion(text);
    return version && version.text === text && hasBuild(entry, os, arch) ? [version] : [];
  });
}

function hasBuild(entry: unknown, os: string, arch: string): boolean {
  const builds = (entry as { builds?: unknown } | null)?.builds;
  if (!Array.isArray(builds)) return false;
  return builds.some((build: { os?: unknown; arch?: unknown } | null) => {
    return build?.os === os && build.arch === arch;
  });
}

/** An address without the user and password that it may hold. */
function shown(text: string): string {
  return text.replaceAll(/\/\/[^/@\s]*@/g, '//***@');
}
