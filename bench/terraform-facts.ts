import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from './chain.ts';

/** A resource block as a step of the apply. */
export interface MeasuredBlock extends Step {
  /** Seconds of all its instances, one after the other. */
  readonly all: number;
}

/** What a Terraform in front of the real one writes down of the apply, without changing anything of it. */
export interface Witness {
  /** To be put in front of PATH. */
  readonly programs: string;
  /** The resources of the apply as steps; needs the folder in which Terraform worked. */
  steps(folder: string, environment: Readonly<Record<string, string>>): readonly MeasuredBlock[];
}

/** One line of `terraform apply -json`; only what is used here. */
interface Event {
  readonly type?: string;
  readonly '@timestamp'?: string;
  readonly hook?: {
    readonly resource?: {
      readonly addr: string;
      readonly resource_type: string;
      readonly resource_name: string;
    };
  };
}

/** Makes the witness in `folder`. */
export function openWitness(folder: string): Witness {
  const programs = join(folder, 'programs');
  const events = join(folder, 'events.ndjson');
  const real = execFileSync('bash', ['-c', 'command -v terraform'], { encoding: 'utf8' }).trim();
  mkdirSync(programs, { recursive: true });
  const script = [
    '#!/bin/bash',
    'case "$*" in',
    `  "apply -json"*.tfplan) "${real}" "$@" | tee "${events}"; exit "\${PIPESTATUS[0]}" ;;`,
    `  *) exec "${real}" "$@" ;;`,
    'esac',
  ];
  writeFileSync(join(programs, 'terraform'), `${script.join('\n')}\n`, { mode: 0o755 });
  return {
    programs,
    steps: (worked, environment) => {
      const graph = graphOf(worked, join(folder, 'graph'), real, environment);
      return timesIn(readFileSync(events, 'utf8')).map(({ block, longest, all }) => ({
        name: block,
        seconds: longest,
        all,
        after: graph.get(block) ?? [],
      }));
    },
  };
}

/** Times of a resource block, in seconds. */
interface BlockTime {
  readonly block: string;
  /** Instances of one block wait for the same blocks: for a chain, the slowest stands for all. */
  readonly longest: number;
  /** All instances, one after the other. */
  readonly all: number;
}

/** The times of each resource block, from the events of an apply. */
export function timesIn(text: string): readonly BlockTime[] {
  const begun = new Map<string, number>();
  const blocks = new Map<string, number[]>();
  for (const line of text.split('\n').filter((one) => one.startsWith('{'))) {
    const { type, hook, '@timestamp': time } = JSON.parse(line) as Event;
    if (hook?.resource === undefined || time === undefined) continue;
    const { addr, resource_type, resource_name } = hook.resource;
    if (type === 'apply_start') begun.set(addr, Date.parse(time));
    if (type !== 'apply_complete') continue;
    const seconds = (Date.parse(time) - (begun.get(addr) ?? NaN)) / 1000;
    const block = `${resource_type}.${resource_name}`;
    blocks.set(block, [...(blocks.get(block) ?? []), seconds]);
  }
  return [...blocks].map(([block, times]) => ({
    block,
    longest: Math.max(...times),
    all: times.reduce((sum, one) => sum + one, 0),
  }));
}

/** What each resource block waits for, by Terraform's own graph of the same configuration. */
function graphOf(
  worked: string,
  copy: string,
  terraform: string,
  environment: Readonly<Record<string, string>>,
): ReadonlyMap<string, readonly string[]> {
  cpSync(worked, copy, { recursive: true });
  // The graph follows from the configuration; it needs no state.
  for (const name of ['backend.tf', '.terraform/terraform.tfstate'])
    rmSync(join(copy, name), { force: true });
  const env = { PATH: process.env['PATH'], ...environment };
  const dot = execFileSync(terraform, ['graph'], { cwd: copy, env, encoding: 'utf8' });
  return edgesIn(dot);
}

/** Edges of a graph in DOT: from a block to those it waits for. */
export function edgesIn(dot: string): ReadonlyMap<string, readonly string[]> {
  const edges = new Map<string, string[]>();
  for (const [, from = '', to = ''] of dot.matchAll(/"([^"]+)" -> "([^"]+)"/g)) {
    edges.set(from, [...(edges.get(from) ?? []), to]);
  }
  return edges;
}
