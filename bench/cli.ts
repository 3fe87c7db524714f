import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from '../local-azure/index.ts';
import { measureDeploy } from './deploy.ts';
import type { Measured } from './deploy.ts';
import { plainTable, sumOf, verdictOf } from './report.ts';
import { measureStartUp } from './start-up.ts';

/**
 * `npm run bench`: figures of this machine, side by side in one run; see README.md beside this file.
 * `--check` measures the start of the action alone, and fails where that costs more than 1.8 times
 * the CPU of a Node that does nothing.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const limit = 1.8;

/** Azure's durations are scaled to this part, so that they weigh more than this machine's own work. */
const pace = 0.12;
/** The deploy may take this much longer than its longest chain. */
const goal = 1.1;

const startUp = measureStartUp(root, 21);
console.log(
  `start to first error: ${startUp.action.toFixed(0)} ms CPU, node -e 0: ${startUp.node.toFixed(0)} ms, ratio ${startUp.ratio.toFixed(2)} (limit ${limit})`,
);
if (process.argv.includes('--check')) {
  process.exitCode = startUp.ratio <= limit ? 0 : 1;
} else {
  const times: number[] = [];
  for (let run = 0; run < 3; run++) times.push(await startTime());
  console.log(`Local Azure is up after ${times.map((time) => time.toFixed(2)).join(', ')} s`);
  const together = await measureDeploy(root, pace, ['network,compute,webapp']);
  const singly = await measureDeploy(root, pace, ['network', 'compute', 'webapp']);
  report(together, singly);
}

function report(together: Measured, singly: Measured): void {
  const { chain, ratio } = verdictOf(together);
  const row = (what: string, seconds: number): string[] => [
    what,
    `${seconds.toFixed(1)} s`,
    (seconds / together.seconds).toFixed(2),
  ];
  console.log(`\nDeploy from nothing; Azure's durations times ${pace}\n`);
  console.log(
    plainTable([
      ['', 'time', 'of the deploy'],
      row('deploy', together.seconds),
      row('its longest chain of dependent steps', chain.seconds),
      row("in the original's order: one stage after the other", singly.seconds),
      row('all steps one after the other (computed)', sumOf(together)),
    ]),
  );
  const steps = chain.steps.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`);
  console.log(`\nThe longest chain: ${steps.join(' > ')}`);
  console.log(
    `The deploy takes ${ratio.toFixed(2)} times its longest chain (goal: at most ${goal}): ${ratio <= goal ? 'met' : 'NOT met'}.`,
  );
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
