import { createHash } from 'node:crypto';
import { Problem } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import { buildPackage } from '../packaging/index.ts';
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

/**
 * The settings with a package in them: the one that was given, as it is, or one that is made now.
 * Throws a Problem where there is none that can be deployed.
 */
export async function withPackage(settings: Settings, tools: Toolbox): Promise<Settings> {
  const inferencePackage = settings.inferencePackage || (await buildPackage(settings, tools));
  const complete = { ...settings, inferencePackage };
  await readPackage(complete, tools.files);
  return complete;
}

/** Reads and checks the package that the settings name; throws a Problem where it cannot be deployed. */
export async function readPackage(
  { inferencePackage: path }: Pick<Settings, 'inferencePackage'>,
  files: Pick<Toolbox['files'], 'readBytes'>,
): Promise<AppPackage> {
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
