import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startOf } from '../../../local-azure/operations/web-deploy/runtime.ts';

/** Stands in for a Python: says what it was started with. */
const python = `#!/bin/bash
if [ "$1" = -c ]; then echo 3.12; exit; fi
echo "in $(pwd)"; echo "path $PYTHONPATH"; echo "with $*"
`;

let base: string;
let folder: string;
let path: string | undefined;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'start-'));
  folder = join(base, 'site', 'wwwroot');
  const programs = join(base, 'programs');
  await mkdir(folder, { recursive: true });
  await mkdir(programs);
  await writeFile(join(programs, 'python3.12'), python);
  await chmod(join(programs, 'python3.12'), 0o755);
  path = process.env['PATH'];
  process.env['PATH'] = [programs, path].join(delimiter);
});
afterEach(async () => {
  process.env['PATH'] = path;
  await rm(base, { recursive: true });
});

async function said(startupCommand: string): Promise<string> {
  const start = await startOf(folder, { runtime: 'PYTHON|3.12', startupCommand }, 40_001);
  if ('impossible' in start) return start.impossible;
  return execFileSync(start.command, start.args, {
    env: { ...process.env, PYTHONPATH: '', ...start.variables },
    cwd: base,
    encoding: 'utf8',
  });
}

describe('a Python package', () => {
  it('is started in its folder, with the packages of antenv and no others', async () => {
    const packages = join(folder, 'antenv', 'lib', 'python3.12', 'site-packages');
    await mkdir(packages, { recursive: true });
    await mkdir(join(folder, '.python_packages', 'lib', 'site-packages'), { recursive: true });
    const lines = await said('python serve.py --bind=0.0.0.0:8000 service:app');
    expect(lines.split('\n')).toEqual([
      `in ${folder}`,
      `path :${packages}`,
      'with serve.py --bind=127.0.0.1:40001 service:app',
      '',
    ]);
  });

  it('is started all the same where it has none, with the warning of the start script', async () => {
    const lines = await said('python serve.py');
    expect(lines).toContain('WARNING: Could not find virtual environment directory');
    expect(lines).toContain('with serve.py');
  });

  it('is looked for under the usual names where no command is given', async () => {
    await writeFile(join(folder, 'app.py'), '');
    expect(await said('')).toContain('-m gunicorn');
    await rm(join(folder, 'app.py'));
    expect(await said('')).toContain('no start-up command');
  });
});
