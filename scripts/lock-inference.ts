import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockText } from '../src/packaging/lock.ts';
import { PYTHON, targetArguments } from '../src/packaging/target.ts';

/**
 * Makes inference/requirements.txt from inference/requirements.in: pip resolves for the target and
 * reports each wheel with its digest; nothing is installed. It must run on the target's own Python,
 * because pip takes markers such as python_version from the interpreter that runs it.
 */
interface Report {
  readonly install: readonly {
    readonly metadata: { readonly name: string; readonly version: string };
    readonly download_info: {
      readonly url: string;
      readonly archive_info: { readonly hashes: { readonly sha256: string } };
    };
  }[];
}

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
  writeFileSync(join(folder, 'requirements.txt'), lockOf(report));
} finally {
  rmSync(scratch, { recursive: true });
}

function lockOf(report: string): string {
  const { install } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const wheels = install.map(
    ({ metadata: { name, version }, download_info: { url, archive_info } }) => ({
      ...{ name, version, sha256: archive_info.hashes.sha256 },
      file: decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? ''),
    }),
  );
  return lockText(wheels, head);
}
