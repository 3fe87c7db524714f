import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onPath } from './on-path.ts';

/** Names every program that the tests need and this machine lacks, then runs jest as ES modules. */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const missing = ['terraform', 'git', 'curl', 'unzip', 'bash'].filter((name) => !onPath(name));
if (missing.length > 0) {
  console.error(
    `npm test needs these programs on the PATH: ${missing.join(', ')}. Install them and run it again.`,
  );
  process.exit(1);
}
if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `npm test needs Node 24, which npm ci brings along; this is ${process.version}. Run npm ci first.`,
  );
  process.exit(1);
}
const jest = join(root, 'node_modules/jest/bin/jest.js');
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    ...process.argv.slice(2),
  ],
  {
    stdio: 'inherit',
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
  },
);
process.exit(status ?? 1);
