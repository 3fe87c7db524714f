import { login } from '../login/index.ts';
import type { Evidence } from '../network/evidence.ts';
import { breaksProof } from '../network/evidence.ts';
import { proveClosed } from '../network/proof.ts';
import { keepEvidence } from '../report/evidence-file.ts';
import { table } from '../report/markdown.ts';
import { storedOutputs } from '../terraform/stored-outputs.ts';
import type { Command } from './command.ts';

/** Proves that the environment's network is closed, with evidence; fails on any hole. */
export const verify: Command = async (settings, tools) => {
  const session = await login(settings, tools);
  try {
    const { outputs } = await storedOutputs(session, settings, tools);
    const evidence = await proveClosed(outputs, settings, session, tools);
    const broken = evidence.filter(breaksProof);
    for (const { check, subject, seen } of broken) tools.log.warn(`${check}: ${subject}: ${seen}`);
    const content = { environment: settings.environment, closed: broken.length === 0, evidence };
    const file = await keepEvidence(`network-${settings.environment}`, content, tools);
    const report = {
      outputs: { evidence: file },
      summary: summaryOf(evidence, settings.environment),
    };
    return broken.length === 0 ? report : { ...report, failure: failureOf(broken) };
  } finally {
    await session.close();
  }
};

/** The evidence as a table, and what it does not say. */
export function summaryOf(evidence: readonly Evidence[], environment: string): string {
  const rows = evidence.map(({ check, subject, from, result, seen }) => [
    ...[check, subject, from, result, seen],
  ]);
  const verdict = evidence.some(breaksProof) ? 'not proven to be closed' : 'closed';
  return [
    `## The network of ${environment}: ${verdict}`,
    table(['check', 'subject', 'seen from', 'result', 'evidence'], rows),
    'Not closed by design: a service tag on the allow-list, such as Storage, reaches the accounts of other tenants, too.',
  ].join('\n\n');
}

function failureOf(broken: readonly Evidence[]): string {
  const list = broken.map(({ check, subject, seen }) => `${check} (${subject}): ${seen}`);
  return `The network is not proven to be closed: ${list.join('; ')}. Correct what the checks name, by deploy where it drifted, and run verify again.`;
}
