/** A version of this product, by semantic versioning. */
export interface Version {
  /** `v1.2.3` or `v1.2.3-rc.1` */
  readonly tag: string;
  /** Without the v. */
  readonly text: string;
  readonly numbers: readonly [major: number, minor: number, patch: number];
  /** Whether there is something behind the numbers: nobody gets such a version unasked. */
  readonly isPreRelease: boolean;
}

const pattern = /^v((0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})(-[0-9A-Za-z.-]{1,50})?)$/;

/** Reads a tag; undefined where it is no version. */
export function versionOf(tag: string): Version | undefined {
  const [, text, major, minor, patch, pre] = pattern.exec(tag) ?? [];
  if (text === undefined) return undefined;
  const numbers = [Number(major), Number(minor), Number(patch)] as const;
  return { tag, text, numbers, isPreRelease: pre !== undefined };
}

/** Whether one version comes before another, by their numbers alone. */
export function isOlder(one: Version, other: Version): boolean {
  for (const [at, number] of one.numbers.entries()) {
    const theirs = other.numbers[at] ?? 0;
    if (number !== theirs) return number < theirs;
  }
  return false;
}

/** What becomes of the tag that follows a major version. */
export interface MajorTag {
  /** `v1` */
  readonly name: string;
  readonly moves: boolean;
  readonly why: string;
}

/**
 * Whether `v1` moves to this version: only forward, so never where a newer one of the same major is
 * published already, and never to a pre-release. Versions before 1 have no such tag: each of them may break.
 */
export function majorTagOf(version: Version, published: readonly string[]): MajorTag {
  const name = `v${version.numbers[0]}`;
  if (version.isPreRelease) return { name, moves: false, why: `${version.tag} is a pre-release` };
  if (version.numbers[0] === 0)
    return { name, moves: false, why: 'any version before 1 may break what uses it' };
  const newer = published
    .map(versionOf)
    .filter((other) => other !== undefined)
    .filter((other) => !other.isPreRelease && other.numbers[0] === version.numbers[0])
    .find((other) => isOlder(version, other));
  if (newer !== undefined) return { name, moves: false, why: `${newer.tag} is newer` };
  return { name, moves: true, why: `${version.tag} is the newest` };
}
