/** One wheel of the lock. */
export interface LockedWheel {
  /** As the package index spells it. */
  readonly name: string;
  readonly version: string;
  /** File name of the wheel, as the comment beside the digest says it. */
  readonly file: string;
  /** SHA-256, 64 hexadecimal digits. */
  readonly sha256: string;
}

const ENTRY =
  /^([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.!+_]+) --hash=sha256:([0-9a-f]{64}) # (\S+\.whl)$/;

/** Reads the lock; throws on any line that is not one pinned wheel with one digest. */
export function readLock(text: string): readonly LockedWheel[] {
  return text
    .replaceAll(/ \\\n +/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', version = '', sha256 = '', file = ''] = ENTRY.exec(line) ?? [];
      if (file === '') throw new Error(`not one pinned wheel with its digest: ${line}`);
      return { name, version, file, sha256 };
    });
}

/** The lock as text, in the order of names; `readLock` reads it again. */
export function lockText(wheels: readonly LockedWheel[], head: string): string {
  const entries = wheels
    .toSorted((one, other) => (one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1))
    .map(
      ({ name, version, file, sha256 }) =>
        `${name}==${version} \\\n    --hash=sha256:${sha256} # ${file}\n`,
    );
  return `${head}\n${entries.join('')}`;
}
