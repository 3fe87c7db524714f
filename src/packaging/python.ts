import { Problem } from '../errors.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { PYTHON } from './target.ts';

/** The oldest pip that is tried; older ones do not take several --platform, or not with --target. */
const OLDEST_PIP = 21;

/**
 * A Python whose pip can install for another one: its own version does not matter, because only
 * wheels are taken, and nothing of them is run.
 */
export async function findPython(
  env: Readonly<Record<string, string>>,
  { shell }: Pick<Toolbox, 'shell'>,
): Promise<string> {
  const seen: string[] = [];
  for (const name of [`python${PYTHON}`, 'python3', 'python']) {
    const program = await shell.which(name);
    if (program === undefined) continue;
    const { code, stdout } = await shell.run(program, ['-m', 'pip', '--version'], { env });
    const version = /^pip (\d+)(\.[\w.]+)?/.exec(stdout);
    if (code === 0 && Number(version?.[1] ?? 0) >= OLDEST_PIP) return program;
    seen.push(`${name} ${version === null ? 'has no pip' : `has ${version[0]}`}`);
  }
  throw noPip(seen);
}

function noPip(seen: readonly string[]): Problem {
  const what =
    seen.length === 0
      ? 'there is no Python on its PATH'
      : `of the Pythons on its PATH none has pip ${OLDEST_PIP} or newer (${seen.join(', ')})`;
  return new Problem(
    `This runner cannot fetch the app's Python packages: ${what}.`,
    'install Python with pip (actions/setup-python does, before this action; any version from 3.8), or give a zip that is ready to run in the input inference-package.',
    { anchor: 'package' },
  );
}
