import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { Vantage } from '../network/vantage.ts';
import { openVantage } from '../network/open-vantage.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { contract, hyphenHeader } from './contract.ts';
import { likelyCause } from './diagnose.ts';
import type { AskFacts } from './facts.ts';
import { factsFrom } from './facts.ts';
import type { Target, Verdict } from './judge.ts';
import { faultsOf, lookOf } from './judge.ts';
import { cancellingRuns } from './left-runs.ts';
import type { ModelVersion } from './model.ts';
import { modelToAsk } from './model.ts';
import { score } from './scoring.ts';

/** What a smoke test found. */
export interface Smoke {
  readonly level: Settings['smokeLevel'];
  /** The model that images were sent through; undefined where none was. */
  readonly model: ModelVersion | undefined;
  readonly verdicts: readonly Verdict[];
}

type Asked = Pick<Settings, 'vantage' | 'smokeLevel' | 'model' | 'modelVersion'>;

/**
 * Asks the inference service for what the contract promises and judges every answer. With the level
 * `full`, and where nothing was wrong so far, images go through the model: that takes two jobs on the
 * cluster.
 */
export async function smokeTest(
  outputs: Outputs,
  settings: Asked,
  session: Session,
  tools: Toolbox,
): Promise<Smoke> {
  const { smokeLevel: level } = settings;
  // Before anything is asked: without a model there is nothing to go through.
  const model = level === 'full' ? await modelToAsk(settings, outputs, session.arm) : undefined;
  const ask = factsFrom(outputs, session, tools);
  const vantage = openVantage(outputs, settings, session, tools);
  try {
    const free = await climb(outputs, vantage, ask);
    for (const verdict of free) tools.log.info(lineOf(verdict));
    if (model === undefined || free.some(({ faults }) => faults.length > 0)) {
      return { level, model: undefined, verdicts: free };
    }
    tools.log.info(`Sending images through ${model.name}:${model.version}.`);
    const scoring = { vantage, target: outputs, model, ask, tools };
    const paid = await cancellingRuns(
      (begun) => score({ ...scoring, begun }),
      outputs,
      session,
      tools,
    );
    for (const verdict of paid) tools.log.info(lineOf(verdict));
    return { level, model, verdicts: [...free, ...paid] };
  } finally {
    await vantage.close();
  }
}

function lineOf({ rung, faults, sight, runSeconds }: Verdict): string {
  const after = runSeconds === undefined ? '' : `, ${Math.round(runSeconds)} s after its start`;
  return `${faults.length === 0 ? 'pass' : 'FAIL'} ${rung.name} (${sight.seconds.toFixed(2)} s${after})`;
}

/**
 * All free rungs from one vantage point. A lost key is tried once more under its header's other
 * spelling, and where a rung fails, Azure is asked what it knows of the deployment.
 */
export async function climb(
  target: Target,
  vantage: Vantage,
  ask: AskFacts,
): Promise<readonly Verdict[]> {
  const sights = await vantage.look(contract.map((rung) => lookOf(rung, target)));
  const seen = contract.map((rung, at) => {
    const sight = sights[at];
    if (sight === undefined) throw new Error(`Nothing was seen for ${rung.name}.`);
    return { rung, sight, faults: faultsOf(rung, sight) };
  });
  const lost = seen.find(({ rung, sight }) => rung.key === 'right' && sight.status === 401);
  const [hyphen] = lost ? await vantage.look([lookOf(lost.rung, target, hyphenHeader)]) : [];
  const facts = seen.every(({ faults }) => faults.length === 0) ? {} : await ask({});
  return seen.map(({ rung, sight, faults }) => ({
    ...{ rung, sight, faults },
    cause: faults.length === 0 ? undefined : likelyCause(rung, sight, { hyphen, facts }),
  }));
}
