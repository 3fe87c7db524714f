import { login } from '../login/index.ts';
import type { Evidence } from '../network/evidence.ts';
import { breaksProof, exceptionsIn, verdictOf } from '../network/evidence.ts';
import { proveClosed } from '../network/proof.ts';
import { keepEvidence } from '../report/evidence-file.ts';
import { count, visible } from '../report/markdown.ts';
import { networkReport, totals } from '../report/network-report.ts';
import { provenanceOf } from '../report/provenance.ts';
import { storedOutputs } from '../terraform/stored-outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Command } from './command.ts';

/** Proves that the environment's network is closed, with evidence; fails on any hole. */
export const verify: Command = async (settings, tools) => {
  const session = await login(settings, tools);
  try {
    const { outputs } = await storedOutputs(session, settings, tools);
    const proof = await proveClosed(outputs, settings, session, tools);
    const broken = proof.evidence.filter(breaksProof);
    warnOf(broken, tools);
    const verdict = verdictOf(proof.evidence);
    const provenance = provenanceOf(outputs, tools);
    const content = {
      ...{ environment: settings.environment, verdict },
      ...{ provenance: Object.fromEntries(provenance), ...proof },
    };
    const file = await keepEvidence(`network-${settings.environment}`, content, tools);
    for (const one of exceptionsIn(proof.evidence)) {
      tools.log.info(`Not part of the verdict: ${lineOf(one, 1000)}`);
    }
    tools.log.info(`The network of ${settings.environment}: ${verdict}.`);
    tools.log.info(`${totals(proof.evidence)}.`);
    tools.log.info(`Evidence: ${file}`);
    const report = {
      outputs: { evidence: file },
      summary: networkReport(proof, outputs, settings.environment, provenance),
    };
    return broken.length === 0 ? report : { ...report, failure: failureOf(broken) };
  } finally {
    await session.close();
  }
};

/** A warning for each hole; what is unproven for one cause has one warning. */
function warnOf(broken: readonly Evidence[], { log }: Pick<Toolbox, 'log'>): void {
  const causes = Map.groupBy(broken, ({ result, check, subject, seen }) =>
    result === 'hole' ? `${check} ${subject} ${seen}` : seen,
  );
  for (const [first, ...more] of causes.values()) {
    if (first === undefined) continue;
    log.warn(`${lineOf(first, 1000)}${more.length === 0 ? '' : ` (and ${more.length} more)`}`);
  }
}

/** How many of what breaks the proof the failure names; all of it is in the summary. */
const named = 5;

/** What broke the proof, holes first, and what to do. */
export function failureOf(broken: readonly Evidence[]): string {
  const holes = broken.filter(({ result }) => result === 'hole');
  const unproven = broken.filter(({ result }) => result !== 'hole');
  const counts = [
    ...(holes.length > 0 ? [count(holes.length, 'hole')] : []),
    ...(unproven.length > 0 ? [`${unproven.length} not proven`] : []),
  ];
  const shown = [...holes, ...unproven].slice(0, named);
  const list = shown.map((one) => lineOf(one, 160));
  const more = broken.length > named ? `\n- and ${broken.length - named} more` : '';
  return (
    `The network is not proven to be closed: ${counts.join(', ')}.\n- ${list.join('\n- ')}${more}\n` +
    (holes.length > 0
      ? 'Correct what is named: deploy puts back what drifted. Then run verify again.'
      : 'What is named could not be looked at or judged: see to that, and run verify again.')
  );
}

/** One piece of evidence on one line; names in it are of others, and nothing in them acts. */
function lineOf({ check, subject, seen }: Evidence, longest: number): string {
  return `${visible(check, 100)}: ${visible(subject, 200)}: ${visible(seen, longest)}`;
}
