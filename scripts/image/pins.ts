/** One line of images/innereye/requirements.in. */
export interface Pin {
  /** As the index compares names: small letters, hyphens. */
  readonly name: string;
  readonly version: string;
  /** Upstream's version where ours differs. */
  readonly upstream: string | undefined;
}

const LINE = /^([a-z0-9-]+)==([0-9a-z.+]+)(?: # upstream: ([0-9a-z.+]+); \S.+)?$/;

/** Reads requirements.in; throws on a line that is neither a comment nor one exact version. */
export function readPins(text: string): readonly Pin[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, version, upstream] = LINE.exec(line) ?? [];
      if (name === undefined || version === undefined) throw new Error(`not a pin: ${line}`);
      return { name, version, upstream };
    });
}

/** One entry of images/innereye/requirements.txt. */
export interface Locked {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly file: string;
}

const ENTRY =
  /^([a-z0-9-]+)==([0-9a-z.+]+) --hash=sha256:([0-9a-f]{64}) # (\S+(?:\.whl|\.tar\.gz))$/;

/** Reads the lock; throws on a line that is not one package with one digest. */
export function readImageLock(text: string): readonly Locked[] {
  return text
    .replaceAll(/ \\\n +/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', version = '', sha256 = '', file] = ENTRY.exec(line) ?? [];
      if (file === undefined) throw new Error(`not one package with its digest: ${line}`);
      return { name, version, sha256, file };
    });
}
