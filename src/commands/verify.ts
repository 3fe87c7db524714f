import { login } from '../login/index.ts';
import type { Evidence } from '../network/evidence.ts';
import { breaksProof, verdictOf } from '../network/evidence.ts';
import { proveClosed } from '../network/proof.ts';
import { keepEvidence } from '../report/evidence-file.ts';
import { count } from '../report/markdown.ts';
import { networkReport } from '../report/network-report.ts';
import { storedOutputs } from '../terraform/stored-outputs.ts';
import type { Command } from './command.ts';

/** Proves that the environment's network is closed, with evidence; fails on any hole. */
export const verify: Command = async (settings, tools) => {
  const session = await login(settings, tools);
  try {
    const { outputs } = await storedOutputs(session, settings, tools);
    const proof = await proveClosed(outputs, settings, session, tools);
    const broken = proof.evidence.filter(breaksProof);
    for (const { check, subject, seen } of broken) tools.log.warn(`${check}: ${subject}: ${seen}`);
    const verdict = verdictOf(proof.evidence);
    const content = { environment: settings.environment, verdict, ...proof };
    const file = await keepEvidence(`network-${settings.environment}`, content, tools);
    const report = {
      outputs: { evidence: file },
      summary: networkReport(proof, outputs, settings.environment),
    };
    return broken.length === 0 ? report : { ...report, failure: failureOf(broken) };
  } finally {
    await session.close();
  }
};

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
  const list = shown.map(({ check, subject, seen }) => `${check}: ${subject}: ${brief(seen)}`);
  const more = broken.length > named ? `\n- and ${broken.length - named} more` : '';
  return (
    `The network is not proven to be closed: ${counts.join(', ')}.\n- ${list.join('\n- ')}${more}\n` +
    'Correct what is named, by deploy where it drifted, and run verify again.'
  );
}

function brief(seen: string): string {
  return seen.length > 160 ? `${seen.slice(0, 159)}…` : seen;
}
