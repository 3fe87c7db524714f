import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Problem, messageOf } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { readLock } from './lock.ts';
import type { PackageFile } from './source.ts';
import { fetchSource } from './source.ts';
import { installWheels } from './wheels.ts';
import { zipOf } from './zip.ts';

/** The inputs that say what the package is made of. */
export type Recipe = Pick<Settings, 'inferenceCommit' | 'inferenceRepository' | 'pythonIndex'>;

type Tools = Pick<Toolbox, 'shell' | 'files' | 'log' | 'cancelled' | 'env'>;

/** Limits of the zip; the app with its packages has about 150 MB in 6,600 files. */
const MOST_BYTES = 1024 ** 3;
const MOST_FILES = 65_535;

const OVERLAY = 'inference/app';
const LOCK = 'inference/requirements.txt';

/**
 * Makes the package of the inference app: InnerEye-Inference at the commit, unedited; our overlay
 * beside it; and the locked wheels for the web app's Python. Gives the path of the zip, which lies
 * in a scratch folder of this step. The same commit and the same overlay give the same bytes.
 */
export async function buildPackage(recipe: Recipe, tools: Tools): Promise<string> {
  const folder = await tools.files.scratch('package');
  const source = { repository: recipe.inferenceRepository, commit: recipe.inferenceCommit };
  const upstream = await fetchSource(source, await tools.files.scratch('package-source'), tools);
  const overlay = await overlayOf(tools.files);
  refuseCollision(upstream, overlay);
  const packages = join(folder, 'wheels');
  const wheels = await installWheels(
    await lockOf(tools.files),
    recipe.pythonIndex,
    packages,
    tools,
  );
  const files = [...upstream, ...overlay, ...wheels];
  refuseSize(files);
  const zip = join(folder, 'inference.zip');
  const bytes = zipOf(files);
  await written(zip, bytes, tools.files);
  await tools.files.remove(packages);
  const digest = createHash('sha256').update(bytes).digest('hex');
  tools.log.info(`Package: ${files.length} files, ${bytes.length} bytes, SHA-256 ${digest}.`);
  return zip;
}

/**
 * What a package will be made of, as one digest: it is known before anything is fetched, so a
 * reviewed plan can be bound to it. The address of the index is not in it, the digests of the wheels are.
 */
export async function recipeDigest(
  { inferenceCommit }: Pick<Settings, 'inferenceCommit'>,
  files: Pick<Toolbox['files'], 'read' | 'readBytes' | 'tree' | 'shipped'>,
): Promise<string> {
  const hash = createHash('sha256').update(`${inferenceCommit}\n`);
  hash.update((await files.read(files.shipped(LOCK))) ?? '');
  for (const { path, content } of await overlayOf(files)) {
    hash.update(`\n${path} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

async function overlayOf(
  files: Pick<Toolbox['files'], 'readBytes' | 'tree' | 'shipped'>,
): Promise<readonly PackageFile[]> {
  const root = files.shipped(OVERLAY);
  const overlay: PackageFile[] = [];
  for (const path of await files.tree(root)) {
    const content = path.endsWith('.py') ? await files.readBytes(join(root, path)) : undefined;
    if (content !== undefined) overlay.push({ path, content });
  }
  return overlay;
}

async function lockOf(
  files: Pick<Toolbox['files'], 'read' | 'shipped'>,
): Promise<Parameters<typeof installWheels>[0]> {
  const path = files.shipped(LOCK);
  return { path, wheels: readLock((await files.read(path)) ?? '') };
}

async function written(path: string, bytes: Buffer, files: Toolbox['files']): Promise<void> {
  try {
    await files.write(path, bytes);
  } catch (error) {
    throw new Problem(
      `The package of the app could not be written: ${messageOf(error)}.`,
      'free about 1 GB below RUNNER_TEMP, and run again.',
      { cause: error, anchor: 'package' },
    );
  }
}

/** Neither may hide the other: the overlay stands beside the app, which stays as it is. */
function refuseCollision(upstream: readonly PackageFile[], overlay: readonly PackageFile[]): void {
  const taken = new Set(upstream.map(({ path }) => path));
  const twice = overlay.map(({ path }) => path).filter((path) => taken.has(path));
  if (twice.length === 0) return;
  throw new Problem(
    `This commit of InnerEye-Inference has files of its own where the overlay puts its: ${twice.join(', ')}.`,
    'leave inference-commit at its default, or give a package of your own in inference-package.',
    { anchor: 'package' },
  );
}

function refuseSize(files: readonly PackageFile[]): void {
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  if (files.length <= MOST_FILES && bytes <= MOST_BYTES) return;
  throw new Problem(
    `The package of the app has ${files.length} files and ${bytes} bytes; at most ${MOST_FILES} and ${MOST_BYTES} can be deployed.`,
    'leave inference-commit at its default; a lock of your own must be smaller.',
    { anchor: 'package' },
  );
}
