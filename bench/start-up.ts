import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** CPU of the action's start to its first error on wrong input, beside a Node that does nothing. */
export interface StartUp {
  readonly node: number;
  readonly action: number;
  /** The action's CPU as a multiple of Node's own; medians of runs taken in turn. */
  readonly ratio: number;
}

export function measureStartUp(root: string, runs: number): StartUp {
  const node: number[] = [];
  const action: number[] = [];
  for (let run = 0; run < runs; run++) {
    node.push(cpuOf(root, ['-e', '0']));
    action.push(cpuOf(root, [join(root, 'dist/index.js')]));
  }
  const medians = { node: median(node), action: median(action) };
  return { ...medians, ratio: medians.action / medians.node };
}

/** Milliseconds of CPU, user and system. */
function cpuOf(root: string, args: readonly string[]): number {
  const { output } = spawnSync(
    process.execPath,
    ['-r', join(root, 'bench/cpu-at-exit.cjs'), ...args],
    {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    },
  );
  return Number(output[3]) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
