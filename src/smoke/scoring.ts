import { growingPauses } from '../azure/pauses.ts';
import { syntheticSeries } from '../dicom/ct-series.ts';
import type { Sight, Vantage } from '../network/vantage.ts';
import { zipOf } from '../packaging/zip.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { causeOf } from './causes.ts';
import type { Rung } from './contract.ts';
import { badZipRung, pendingRung, segmentationRung, startRung } from './contract.ts';
import { lateCause, likelyCause } from './diagnose.ts';
import type { AskFacts } from './facts.ts';
import type { Target, Verdict } from './judge.ts';
import { faultsOf, lookOf } from './judge.ts';
import type { ModelVersion } from './model.ts';
import { judgeResult } from './result.ts';

/**
 * Seconds until both runs must be over: a node from zero, the first pull of an image of 5 GB and the
 * scoring, and all that twice where the cluster has room for one node only.
 */
export const DEADLINE_SECONDS = 3600;

/** A start uploads the image and a snapshot; App Service's front end cuts a request off at about 230 s. */
const START_SECONDS = 230;
/** The service has been seen to hold a question for a result for 120 s. */
const RESULT_SECONDS = 150;
const LONGEST_PAUSE_SECONDS = 30;
/** A line at least this often. */
const SILENCE_SECONDS = 60;
/** An unexpected answer counts once it has come so often in a row: the services behind the app hiccup. */
const STRIKES = 3;

/** What a scoring works with. */
export interface Scoring {
  readonly vantage: Vantage;
  readonly target: Target;
  readonly model: ModelVersion;
  readonly ask: AskFacts;
  readonly tools: Pick<Toolbox, 'clock' | 'log'>;
  /** Told of every run that was begun, at once. */
  readonly begun: (run: string) => void;
}

interface Run {
  readonly id: string;
  /** What must come back at the end. */
  readonly rung: Rung;
  readonly startedAt: number;
  strikes: number;
  ended: Verdict | undefined;
}

/**
 * Sends bytes that are no zip and a synthetic CT series through the model, side by side, and waits
 * for both results. Two jobs run on the cluster for it.
 */
export async function score(scoring: Scoring): Promise<readonly Verdict[]> {
  const { model, tools } = scoring;
  const id = `${model.name}:${model.version}`;
  const series = zipOf(syntheticSeries(), { compressed: true });
  const noZip = Buffer.from('These bytes are no zip.\n');
  const starts = [
    startRung('start-no-zip', id, noZip, 'the model is found, the image is stored, a run begins'),
    startRung('start-series', id, series, 'the same for an image of 3 slices'),
  ];
  const startedAt = tools.clock.now();
  const looks = starts.map((rung) => ({ ...lookOf(rung, scoring.target), seconds: START_SECONDS }));
  const sights = await scoring.vantage.look(looks);
  const runs: Run[] = [];
  const verdicts: Verdict[] = [];
  for (const [at, rung] of starts.entries()) {
    const sight = sights[at];
    if (sight === undefined) throw new Error(`Nothing was seen for ${rung.name}.`);
    const verdict = await judgeStart(rung, sight, scoring);
    verdicts.push(verdict);
    if (verdict.faults.length > 0) continue;
    scoring.begun(sight.body);
    const wanted = at === 0 ? badZipRung(sight.body) : segmentationRung(sight.body);
    runs.push({ id: sight.body, rung: wanted, startedAt, strikes: 0, ended: undefined });
  }
  await untilEnded(runs, scoring);
  return [...verdicts, ...runs.flatMap(({ ended }) => ended ?? [])];
}

async function judgeStart(rung: Rung, sight: Sight, { ask, model }: Scoring): Promise<Verdict> {
  const faults = faultsOf(rung, sight);
  if (faults.length === 0) return { rung, sight, faults, cause: undefined, run: sight.body };
  const facts = await ask({ model });
  return { rung, sight, faults, cause: likelyCause(rung, sight, { hyphen: undefined, facts }) };
}

async function untilEnded(runs: readonly Run[], scoring: Scoring): Promise<void> {
  const { clock, log } = scoring.tools;
  const pause = growingPauses(LONGEST_PAUSE_SECONDS);
  const started = clock.now();
  let told = 0;
  let line = '';
  for (;;) {
    const open = runs.filter(({ ended }) => ended === undefined);
    if (open.length === 0) return;
    const seen = await lookAt(open, scoring);
    const seconds = Math.round((clock.now() - started) / 1000);
    if (seen !== line || seconds - told >= SILENCE_SECONDS) {
      log.info(`Runs: ${seen}, ${seconds} s.`);
      [line, told] = [seen, seconds];
    }
    if (open.every(({ ended }) => ended !== undefined)) continue;
    if (seconds >= DEADLINE_SECONDS) return giveUp(open, scoring);
    await clock.sleep(pause());
  }
}

/** Asks for the results of the runs that go on, in one go, and says what each answered. */
async function lookAt(runs: readonly Run[], scoring: Scoring): Promise<string> {
  const looks = runs.map(({ rung }) => lookOfResult(rung, scoring));
  const sights = await scoring.vantage.look(looks);
  const said: string[] = [];
  for (const [at, run] of runs.entries()) {
    const sight = sights[at];
    if (sight === undefined) throw new Error(`Nothing was seen for ${run.rung.name}.`);
    await take(run, sight, scoring);
    said.push(`${run.rung.name} ${sight.status ?? 'no answer'}`);
  }
  return said.join(', ');
}

const lookOfResult = (rung: Rung, { target }: Scoring) => ({
  ...lookOf(rung, target),
  seconds: RESULT_SECONDS,
});

/** One answer to the question for a result: the end, a pause, or a strike. */
async function take(run: Run, sight: Sight, scoring: Scoring): Promise<void> {
  const pending = faultsOf(pendingRung(run.rung.name, run.id), sight);
  if (pending.length === 0) {
    run.strikes = 0;
    return;
  }
  const faults = sight.status === 202 ? pending : faultsOf(run.rung, sight);
  if (faults.length > 0) {
    run.strikes += 1;
    if (run.strikes >= STRIKES) run.ended = await failed(run, sight, faults, scoring);
    return;
  }
  const found =
    run.rung.name === 'segmentation'
      ? await judgeResult(lookOfResult(run.rung, scoring), scoring.vantage, scoring.model)
      : undefined;
  const runSeconds = secondsOf(run, scoring);
  const remark = found && `${found.size} bytes; regions ${found.roiNames.join(', ') || 'unknown'}`;
  const isRight = found === undefined || found.faults.length === 0;
  run.ended = {
    ...{ rung: run.rung, sight, faults: found?.faults ?? [], run: run.id, runSeconds },
    cause: isRight ? undefined : causeOf('other-result'),
    ...(remark === undefined ? {} : { remark }),
  };
}

async function failed(
  run: Run,
  sight: Sight,
  faults: readonly string[],
  scoring: Scoring,
): Promise<Verdict> {
  const facts = await scoring.ask({ run: run.id });
  const cause = likelyCause(run.rung, sight, { hyphen: undefined, facts });
  const runSeconds = secondsOf(run, scoring);
  return { rung: run.rung, sight, faults, cause, run: run.id, runSeconds };
}

async function giveUp(runs: readonly Run[], scoring: Scoring): Promise<void> {
  const sights = await scoring.vantage.look(runs.map(({ rung }) => lookOfResult(rung, scoring)));
  for (const [at, run] of runs.entries()) {
    const sight = sights[at];
    if (run.ended !== undefined || sight === undefined) continue;
    const runSeconds = secondsOf(run, scoring);
    const faults = [`no result after ${Math.round(runSeconds)} s`];
    const cause = lateCause(await scoring.ask({ run: run.id }));
    run.ended = { rung: run.rung, sight, faults, cause, run: run.id, runSeconds };
  }
}

function secondsOf({ startedAt }: Run, { tools }: Scoring): number {
  return (tools.clock.now() - startedAt) / 1000;
}
