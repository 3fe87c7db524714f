import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../../world.ts';

/** What the image of a job would bring, made ready on this machine. */
export interface JobRuntime {
  /** The image's variables, with paths of this machine. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The prepared runtime, or undefined where there is none and jobs are played: the folder that
 * `jobRuntime` in the world's data names, or else the variable LOCAL_AZURE_JOB_RUNTIME. Its file
 * `environment` holds the variables of the image, one `KEY=VALUE` a line.
 */
export function runtimeOf(world: World): JobRuntime | undefined {
  const folder = world.data.has('jobRuntime')
    ? world.data.get('jobRuntime')
    : process.env['LOCAL_AZURE_JOB_RUNTIME'];
  if (typeof folder !== 'string' || folder === '') return undefined;
  const lines = readFileSync(join(folder, 'environment'), 'utf8').split(/\r?\n/);
  const pairs = lines
    .map((line) => /^([A-Za-z_]\w*)=(.*)$/.exec(line))
    .flatMap((match) => (match ? [[match[1], match[2]] as const] : []));
  return { variables: Object.fromEntries(pairs) as Record<string, string> };
}
