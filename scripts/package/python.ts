import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PYTHON } from '../../src/packaging/target.ts';

/** The folder with the web app's Python: on the PATH, or where pyenv or a runner keeps it. */
export function pythonFolder(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter);
  const kept = [
    ...versionsIn(join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions'), 'bin'),
    ...versionsIn(
      join(process.env['RUNNER_TOOL_CACHE'] ?? '/opt/hostedtoolcache', 'Python'),
      'x64/bin',
    ),
  ];
  return [...onPath, ...kept].find((folder) => isPython(join(folder, `python${PYTHON}`)));
}

function versionsIn(folder: string, below: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(`${PYTHON}.`))
      .map((name) => join(folder, name, below));
  } catch {
    return [];
  }
}

/** Asked, because pyenv puts shims on the PATH that lead nowhere. */
function isPython(program: string): boolean {
  const { stdout } = spawnSync(program, ['-c', 'import sys; print(sys.version_info[:2])'], {
    encoding: 'utf8',
  });
  return stdout === `(${PYTHON.replace('.', ', ')})\n`;
}
