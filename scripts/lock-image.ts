import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockText } from '../src/packaging/lock.ts';
import { readPins } from './image/pins.ts';
import { filesIn } from './pip-report.ts';

/**
 * Makes images/innereye/requirements.txt from requirements.in: pip looks each version up for Python 3.8
 * and reports the file it would take with its digest; nothing stays installed. It must run on Python
 * 3.8 on Linux x86_64 (PYTHON names it), because pip chooses for the interpreter that runs it.
 */
const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'images/innereye');
const head = `# The Python packages of the training image for Python 3.8 on Linux x86_64, each by its digest.
# Made by scripts/lock-image.ts from requirements.in; do not edit.
`;

const scratch = mkdtempSync(join(tmpdir(), 'lock-image-'));
try {
  const pins = readPins(readFileSync(join(folder, 'requirements.in'), 'utf8'));
  const plain = pins.map(({ name, version }) => `${name}==${version}`);
  const python = venv();
  // Some packages exist as sources only: pip asks their setup.py, which needs these two.
  const builders = plain.filter((pin) => /^(setuptools|wheel)==/.test(pin));
  run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', ...builders]);
  const list = join(scratch, 'list.txt');
  writeFileSync(list, plain.join('\n'));
  const report = join(scratch, 'report.json');
  run(python, [
    ...['-m', 'pip', 'install', '--dry-run', '--ignore-installed', '-qq', '--no-deps'],
    ...['--no-build-isolation', '--report', report, '--requirement', list],
  ]);
  const files = filesIn(report).map((file) => ({ ...file, name: normal(file.name) }));
  writeFileSync(join(folder, 'requirements.txt'), lockText(files, head));
} finally {
  rmSync(scratch, { recursive: true });
}

function venv(): string {
  const path = join(scratch, 'venv');
  run(process.env['PYTHON'] ?? 'python3.8', ['-m', 'venv', path]);
  return join(path, 'bin/python');
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
}

/** As the index compares names (PEP 503). */
function normal(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, '-');
}
