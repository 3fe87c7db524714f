import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import { cutDeploy, cutKinds, workflowRun } from '../support/cuts/cut.ts';
import type { CutKind } from '../support/cuts/cut.ts';
import { createdTwice, idsIn, problemsAfter, takenOver, wholeOf } from '../support/cuts/healed.ts';
import type { Whole } from '../support/cuts/healed.ts';
import { watchState } from '../support/cuts/state-watch.ts';
import type { StateWatch } from '../support/cuts/state-watch.ts';
import { openSite } from '../support/site.ts';
import { instantsOf, usualCount } from './instants.ts';
import type { Instant } from './instants.ts';
import { keepResult, keyOf, readResults, resultTable } from './results.ts';
import type { Outcome } from './results.ts';

const USAGE = `Cuts deploys off, each in an environment of its own, and looks whether one plain run makes it whole.

  npm run test:sweep -- [options]

  --kind KIND       ${cutKinds.join(', ')} (several with commas; default all)
  --instants N      cuts of each kind (default ${cutKinds.map((kind) => `${kind} ${usualCount(kind)}`).join(', ')})
  --shard I/N       only each Nth of them, from the Ith
  --seed N          which instants (default 1)
  --only N          only the cut with this number
  --pace NUMBER     Azure's durations are scaled by it (default 0.005)
  --results FOLDER  one line for each cut; what is green there is not tried again (default test-results/sweep)
`;

interface Asked {
  readonly kinds: readonly CutKind[];
  readonly instants: number | undefined;
  readonly shard: readonly [number, number];
  readonly seed: number;
  readonly only: number | undefined;
  readonly pace: number;
  readonly results: string;
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const asked = read(args);
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n\n${USAGE}`);
    return 2;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const wanted = asked.kinds.flatMap((kind) => mine(kind, asked));
  const known = readResults(asked.results);
  const open = wanted.filter(({ key }) => asked.only !== undefined || !isGreen(known.get(key)));
  console.log(`${wanted.length} cuts, ${wanted.length - open.length} of them green already.`);
  const whole = open.length > 0 ? await undisturbed(asked.pace) : undefined;
  for (const { instant, instants } of open) {
    if (stop.signal.aborted || whole === undefined) break;
    const outcome = await tryOne(instant, instants, asked, whole);
    keepResult(asked.results, asked.shard.join('/'), outcome);
    tell(outcome);
  }
  return conclude(
    asked.results,
    wanted.map(({ key }) => key),
  );
}

/** The cuts of a kind that belong to this shard. */
function mine(
  kind: CutKind,
  { instants: asked, shard: [index, of], seed, pace, only }: Asked,
): readonly { instant: Instant; instants: number; key: string }[] {
  const instants = asked ?? usualCount(kind);
  return instantsOf(kind, instants, seed)
    .filter(({ number }) => (only === undefined ? number % of === index - 1 : number === only))
    .map((instant) => ({ instant, instants, key: keyOf({ ...instant, seed, instants, pace }) }));
}

function isGreen(outcome: Outcome | undefined): boolean {
  return outcome?.problems.length === 0;
}

/** What a deploy that nobody disturbs leaves. */
async function undisturbed(pace: number): Promise<Whole> {
  const site = await openSite({ pace });
  try {
    const state = watchState(site.azure.world);
    const { code, log } = await site.step('deploy', { stages: 'network' });
    if (code !== 0) throw new Error(`A deploy that nobody disturbs fails:\n${log.slice(-4000)}`);
    return wholeOf(site.azure.world, state);
  } finally {
    await site.close();
  }
}

async function tryOne(
  instant: Instant,
  instants: number,
  { seed, pace, results }: Asked,
  whole: Whole,
): Promise<Outcome> {
  const begin = performance.now();
  const time = new Date().toISOString();
  const site = await openSite({ pace });
  try {
    const state = watchState(site.azure.world);
    const [first, next] = [workflowRun(site, 1), workflowRun(site, 2)];
    const cut = await cutDeploy(site, state, instant.kind, instant.moment, first);
    const before = idsIn(site.azure.world);
    // A cancelled run has freed the lock by itself; nobody must have to ask GitHub.
    if (instant.kind !== 'int' && instant.kind !== 'term') first.end();
    const { inputs, environment } = next;
    const again = (): Promise<StepResult> =>
      site.step('deploy', { stages: 'network', ...inputs }, { environment });
    let byHand = await releasedByHand(cut.result, state);
    let rerun = await again();
    if (await releasedByHand(rerun, state)) {
      byHand = true;
      rerun = await again();
    }
    const twice = createdTwice(rerun, before, state);
    const problems = [
      ...cut.problems,
      ...(await problemsAfter(rerun, site, state, whole)),
      ...(twice.length > 0 ? [`created twice: ${twice.join(', ')}`] : []),
    ];
    if (problems.length > 0) {
      const text = `${cut.result.log}\n\n===== the next run =====\n${rerun.log}\n`;
      writeFileSync(
        join(results, `${instant.kind}-${seed}-${instants}-${instant.number}.log`),
        text,
      );
    }
    const { stoppedAfter, signals } = cut.result;
    return {
      ...{ ...instant, time, seed, instants, pace, problems, struck: cut.struck, signals },
      ...(stoppedAfter !== undefined && { stoppedAfter: Math.round(stoppedAfter) }),
      ...(byHand && { byHand }),
      takenOver: takenOver(rerun.log),
      createdTwice: twice,
      seconds: Math.round((performance.now() - begin) / 100) / 10,
    };
  } catch (error) {
    const problems = [
      `the test itself: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
    ];
    return {
      ...{ ...instant, time, seed, instants, pace, problems, struck: false, signals: [] },
      ...{ takenOver: 0, createdTwice: [], seconds: 0 },
    };
  } finally {
    await site.close();
  }
}

/** Does what a person is told to do by a run that has ended so: no run breaks a lease that is not its own. */
async function releasedByHand({ code, log }: StepResult, state: StateWatch): Promise<boolean> {
  const isTold = code !== 0 && log.includes('az storage blob lease break') && state.isLocked();
  if (isTold) await state.breakLock();
  return isTold;
}

function tell(outcome: Outcome): void {
  const { kind, number, moment, problems, struck, seconds, seed, instants, pace, byHand } = outcome;
  const where = `${kind} ${number} (${moment.phase}, request ${moment.requests}, ${moment.milliseconds} ms later)`;
  const healed = byHand === true ? 'converged, the lock released by hand' : 'converged';
  const verdict = problems.length > 0 ? 'FAILED' : struck ? healed : 'was over before';
  console.log(`${where}: ${verdict}, ${seconds} s`);
  if (problems.length === 0) return;
  for (const problem of problems) console.log(`  ${problem}`);
  console.log(
    `  again: npm run test:sweep -- --kind ${kind} --instants ${instants} --seed ${seed} --pace ${pace} --only ${number}`,
  );
}

/** Prints the table of everything in the folder; fails where one of the wanted cuts is not green. */
function conclude(folder: string, wanted: readonly string[]): number {
  const results = readResults(folder);
  console.log(`\n${resultTable([...results.values()])}`);
  const open = wanted.filter((key) => !isGreen(results.get(key)));
  if (open.length > 0) console.log(`\n${open.length} of ${wanted.length} cuts are not green.`);
  return open.length > 0 ? 1 : 0;
}

/** What was asked on the command line, or what is wrong with it. */
function read(args: string[]): Asked | string {
  try {
    const text = { type: 'string' } as const;
    const options = { kind: text, instants: text, shard: text, seed: text, only: text };
    const { values } = parseArgs({ args, options: { ...options, pace: text, results: text } });
    const kinds = (values.kind ?? cutKinds.join(',')).split(',') as CutKind[];
    const unknown = kinds.find((kind) => !cutKinds.includes(kind));
    if (unknown !== undefined) return `There is no kind '${unknown}'.`;
    const [index = 1, of = 1] = (values.shard ?? '1/1').split('/').map(Number);
    if (!(index >= 1 && index <= of)) return '--shard takes I/N, such as 1/8.';
    return {
      ...{ kinds, shard: [index, of], seed: Number(values.seed ?? 1) },
      instants: values.instants === undefined ? undefined : Number(values.instants),
      only: values.only === undefined ? undefined : Number(values.only),
      pace: Number(values.pace ?? 0.005),
      results: values.results ?? 'test-results/sweep',
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
