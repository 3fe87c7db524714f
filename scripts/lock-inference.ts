import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockText } from '../src/packaging/lock.ts';
import { PYTHON, targetArguments } from '../src/packaging/target.ts';
import { filesIn } from './pip-report.ts';

/**
 * Makes inference/requirements.txt from inference/requirements.in: pip resolves for the target and
 * reports each wheel with its digest; nothing is installed. It must run on the target's own Python,
 * because pip takes markers such as python_version from the interpreter that runs it.
 */
const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'inference');
const head = `# The wheels of the web app for Python ${PYTHON} on Linux x86_64, each by its digest.
# Made by scripts/lock-inference.ts from requirements.in; do not edit.
`;

const scratch = mkdtempSync(join(tmpdir(), 'lock-inference-'));
try {
  const report = join(scratch, 'report.json');
  const { status, error } = spawnSync(
    `python${PYTHON}`,
    [
      ...['-m', 'pip', 'install', '--dry-run', '--ignore-installed', '--quiet'],
      ...['--report', report, '--target', join(scratch, 'packages'), ...targetArguments],
      ...['--requirement', join(folder, 'requirements.in')],
    ],
    { stdio: 'inherit' },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`pip ended with ${status}`);
  writeFileSync(join(folder, 'requirements.txt'), lockText(filesIn(report), head));
} finally {
  rmSync(scratch, { recursive: true });
}
