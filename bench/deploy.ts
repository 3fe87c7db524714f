import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildContractPackage } from '../local-azure/contract-app/index.ts';
import { runStep } from '../local-azure/demo/runner.ts';
import type { RunnerMachine, StepResult } from '../local-azure/demo/runner.ts';
import { start } from '../local-azure/index.ts';
import type { MeasuredBlock, Witness } from './terraform-facts.ts';
import { openWitness } from './terraform-facts.ts';

/** One stage of a deploy, in seconds since the first began. */
export interface StageTime {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/** A deploy from nothing, as it was measured. */
export interface Measured {
  /** From the start of the first process to the end of the last. */
  readonly seconds: number;
  readonly stages: readonly StageTime[];
  /** The resources that Terraform made. */
  readonly resources: readonly MeasuredBlock[];
}

/** The person whom the compute instance is for; nobody. */
const person = 'dddddddd-0000-0000-0000-000000000001';

/**
 * Deploys into a Local Azure of its own: one run of the built action after the other, each with its
 * `stages`. Durations are those of Azure, scaled by `pace`.
 */
export async function measureDeploy(
  root: string,
  pace: number,
  runs: readonly string[],
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'innereye-bench-'));
  const azure = await start({ folder: join(folder, 'azure'), provider: 'stand-in', pace });
  try {
    const witness = openWitness(folder);
    const { environment } = azure;
    const machine = {
      action: root,
      folder: join(folder, 'runner'),
      workspace: folder,
      environment: { ...environment, PATH: `${witness.programs}:${process.env['PATH'] ?? ''}` },
      print: () => undefined,
    };
    const inputs = {
      command: 'deploy',
      environment: 'bench',
      'client-id': environment['ARM_CLIENT_ID'] ?? '',
      'tenant-id': environment['ARM_TENANT_ID'] ?? '',
      'subscription-id': environment['ARM_SUBSCRIPTION_ID'] ?? '',
      'instance-user': person,
      'inference-package': await buildContractPackage(folder),
    };
    return await measureRuns(runs, machine, inputs, witness);
  } finally {
    await azure.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureRuns(
  runs: readonly string[],
  machine: RunnerMachine,
  inputs: Readonly<Record<string, string>>,
  witness: Witness,
): Promise<Measured> {
  let resources: readonly MeasuredBlock[] = [];
  let [seconds, summary] = [0, ''];
  for (const stages of runs) {
    const began = performance.now();
    let outside = 0;
    const beforePost = async ({ scratch = '' }): Promise<void> => {
      const paused = performance.now();
      if (stages.includes('network')) {
        resources = witness.steps(join(scratch, 'terraform'), machine.environment);
      }
      outside = performance.now() - paused;
    };
    const result = await runStep(machine, stages, { ...inputs, stages }, { beforePost });
    if (result.code !== 0) throw new Error(`deploy of ${stages} failed:\n${tailOf(result)}`);
    seconds += (performance.now() - began - outside) / 1000;
    summary += result.summary;
  }
  return { seconds, stages: stagesIn(summary), resources };
}

/** The bars of the Gantt in a summary. */
export function stagesIn(summary: string): readonly StageTime[] {
  const bars = [...summary.matchAll(/^ {2}(.+) :(?:crit, )?(\d+), (\d+)$/gm)];
  return bars.map(([, name = '', begin, end]) => ({
    name,
    begin: Number(begin) / 1000,
    end: Number(end) / 1000,
  }));
}

function tailOf({ log }: StepResult): string {
  return log.split('\n').slice(-30).join('\n');
}
