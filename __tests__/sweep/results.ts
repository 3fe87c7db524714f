import { appendFileSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cutKinds } from '../support/cuts/cut.ts';
import type { Instant } from './instants.ts';

/** What came of one cut. */
export interface Outcome extends Instant {
  /** When it was tried, ISO 8601. */
  readonly time: string;
  readonly seed: number;
  /** How many cuts the sweep has. */
  readonly instants: number;
  readonly pace: number;
  /** None where all is well. */
  readonly problems: readonly string[];
  /** False where the run was over before its moment came: it was not tried. */
  readonly struck: boolean;
  /** Milliseconds from the signal to the end of the main step. */
  readonly stoppedAfter?: number;
  readonly signals: readonly string[];
  /** A person had to break the lock's lease, by the command that the run ended with. */
  readonly byHand?: boolean;
  readonly takenOver: number;
  readonly createdTwice: readonly string[];
  readonly seconds: number;
}

/** Which cut of which sweep it was. */
export function keyOf({
  kind,
  number,
  seed,
  instants,
  pace,
}: Pick<Outcome, 'kind' | 'number' | 'seed' | 'instants' | 'pace'>): string {
  return [kind, number, seed, instants, pace].join(' ');
}

/** The outcomes in a folder; of several of one cut, the last. */
export function readResults(folder: string): ReadonlyMap<string, Outcome> {
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(folder).filter((name) => name.endsWith('.ndjson'));
  const lines = files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
  const outcomes = lines.flatMap((line) => outcomeIn(line));
  outcomes.sort((one, other) => (one.time < other.time ? -1 : 1));
  return new Map(outcomes.map((outcome) => [keyOf(outcome), outcome]));
}

/** None in a line that was cut off. */
function outcomeIn(line: string): Outcome[] {
  try {
    return [JSON.parse(line) as Outcome];
  } catch {
    return [];
  }
}

export function keepResult(folder: string, shard: string, outcome: Outcome): void {
  const file = join(folder, `${outcome.kind}-${shard.replace('/', '-of-')}.ndjson`);
  appendFileSync(file, `${JSON.stringify(outcome)}\n`);
}

/** One row for each kind, in Markdown. */
export function resultTable(outcomes: readonly Outcome[]): string {
  const rows = cutKinds.flatMap((kind) => {
    const all = outcomes.filter((outcome) => outcome.kind === kind);
    return all.length === 0 ? [] : [rowOf(kind, all)];
  });
  return [
    '| cut | instants | tried | converged | lock by hand | one signal was enough | taken over | created twice | slowest stop | failed |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function rowOf(kind: string, all: readonly Outcome[]): string {
  const tried = all.filter(({ struck }) => struck);
  const stops = tried.flatMap(({ stoppedAfter }) => stoppedAfter ?? []);
  const slowest = stops.length === 0 ? '' : `${(Math.max(...stops) / 1000).toFixed(1)} s`;
  const signalled = tried.filter(({ signals }) => signals.length > 0);
  const once = signalled.filter(({ signals }) => signals.length === 1).length;
  const numbers = [
    kind,
    all.length,
    tried.length,
    tried.filter(({ problems }) => problems.length === 0).length,
    tried.filter(({ byHand }) => byHand === true).length,
    signalled.length === 0 ? '' : `${once} of ${signalled.length}`,
    tried.reduce((sum, outcome) => sum + outcome.takenOver, 0),
    tried.reduce((sum, outcome) => sum + outcome.createdTwice.length, 0),
    slowest,
    all.filter(({ problems }) => problems.length > 0).length,
  ];
  return `| ${numbers.join(' | ')} |`;
}
