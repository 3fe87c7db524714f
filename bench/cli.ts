import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from '../local-azure/index.ts';
import { measureStartUp } from './start-up.ts';

/**
 * `npm run bench`: figures of this machine, side by side in one run. `--check` fails where the
 * start of the action costs more than 2.2 times the CPU of a Node that does nothing.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const limit = 2.2;

const startUp = measureStartUp(root, 21);
console.log(
  `start to first error: ${startUp.action.toFixed(0)} ms CPU, node -e 0: ${startUp.node.toFixed(0)} ms, ratio ${startUp.ratio.toFixed(2)} (limit ${limit})`,
);
if (process.argv.includes('--check')) {
  process.exitCode = startUp.ratio <= limit ? 0 : 1;
} else {
  const times: number[] = [];
  for (let run = 0; run < 5; run++) times.push(await startTime());
  console.log(`Local Azure is up after ${times.map((time) => time.toFixed(2)).join(', ')} s`);
}

async function startTime(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'innereye-bench-'));
  const began = performance.now();
  const azure = await start({ folder });
  const seconds = (performance.now() - began) / 1000;
  await azure.stop();
  await rm(folder, { recursive: true, force: true });
  return seconds;
}
