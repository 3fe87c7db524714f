import { createHash } from 'node:crypto';
import { Problem } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Toolbox } from '../toolbox/index.ts';

/** A zip of the inference app with everything it needs to run. */
export interface AppPackage {
  readonly path: string;
  readonly bytes: Buffer;
  /** SHA-256, 64 hexadecimal digits. */
  readonly digest: string;
}

/** One-deploy takes up to 2,048 MB; the app with its packages has about 300 MB, unpacked. */
const MOST_BYTES = 1024 ** 3;
const ZIP = Buffer.from('PK\u0003\u0004');

/** Reads and checks the package that the input names; throws a Problem where it cannot be deployed. */
export async function readPackage(
  { inferencePackage: path }: Pick<Settings, 'inferencePackage'>,
  files: Pick<Toolbox['files'], 'readBytes'>,
): Promise<AppPackage> {
  if (path === '') throw noPackage();
  const bytes = await files.readBytes(path);
  if (bytes === undefined) {
    throw new Problem(
      `The package of the inference app does not exist: ${path}.`,
      'give the path of the zip from the working folder of the job in the input inference-package.',
      { anchor: 'package' },
    );
  }
  if (!bytes.subarray(0, ZIP.length).equals(ZIP)) {
    throw new Problem(
      `The package of the inference app is not a zip: ${path} (${bytes.length} bytes).`,
      'build it anew, and make sure that the job brings the file itself, not a page or a pointer to it.',
      { anchor: 'package' },
    );
  }
  if (bytes.length > MOST_BYTES) {
    throw new Problem(
      `The package of the inference app has ${bytes.length} bytes; at most ${MOST_BYTES} can be deployed.`,
      'leave out what the app does not need to run.',
      { anchor: 'package' },
    );
  }
  return { path, bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

function noPackage(): Problem {
  return new Problem(
    'No package of the inference app was given, and this version cannot build one from the source of InnerEye-Inference yet.',
    'give a zip that is ready to run (the app and its Python packages, built for Linux) in the input inference-package, or leave webapp out of stages.',
    { anchor: 'package' },
  );
}
