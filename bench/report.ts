import type { Chain, Step } from './chain.ts';
import { longestChain } from './chain.ts';
import type { Measured, StageTime } from './deploy.ts';

const NETWORK = 'network and workspace';

/** How a deploy compares with the longest chain of steps that depend on each other. */
export interface Verdict {
  readonly chain: Chain;
  /** The deploy's time as a multiple of the chain's. */
  readonly ratio: number;
}

/**
 * The longest chain of a whole deploy: login, state and plan; then, of what Terraform makes, the
 * longest chain in its own graph; then the longest of the stages that need all that.
 */
export function verdictOf({ seconds, stages, resources }: Measured): Verdict {
  const chain = longestChain(stepsOf(stages, resources));
  return { chain, ratio: seconds / chain.seconds };
}

function stepsOf(stages: readonly StageTime[], resources: readonly Step[]): readonly Step[] {
  const length = ({ begin, end }: StageTime): number => end - begin;
  const network = stages.find(({ name }) => name === NETWORK);
  const before = stages.filter(({ end }) => end <= (network?.begin ?? 0));
  const afterwards = stages.filter(({ begin }) => begin >= (network?.end ?? 0));
  const names = before.map(({ name }) => name);
  return [
    ...before.map((stage) => ({ name: stage.name, seconds: length(stage), after: [] })),
    ...resources.map(({ name, seconds, after }) => ({
      name,
      seconds,
      after: [...after, ...names],
    })),
    ...afterwards.map((stage) => ({
      name: stage.name,
      seconds: length(stage),
      after: resources.map(({ name }) => name),
    })),
  ];
}

/** All steps one after the other, in seconds: what a deploy without any parallel work would take. */
export function sumOf({ stages, resources }: Measured): number {
  const others = stages.filter(({ name }) => name !== NETWORK);
  const of = (lengths: readonly number[]): number => lengths.reduce((sum, one) => sum + one, 0);
  return of(others.map(({ begin, end }) => end - begin)) + of(resources.map(({ all }) => all));
}

/** Rows of text as a plain table: the first column to the left, the others to the right. */
export function plainTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
