import { login } from '../login/index.ts';
import { keepEvidence } from '../report/evidence-file.ts';
import { table } from '../report/markdown.ts';
import type { Verdict } from '../smoke/index.ts';
import { smokeTest } from '../smoke/index.ts';
import { storedOutputs } from '../terraform/stored-outputs.ts';
import type { Command, Report } from './command.ts';

/** Asks the inference service of the environment what its contract promises. */
export const smoke: Command = async (settings, tools) => {
  const session = await login(settings, tools);
  try {
    const { outputs } = await storedOutputs(session, settings, tools);
    const verdicts = await smokeTest(outputs, settings, session, tools);
    for (const { rung, faults, sight } of verdicts) {
      tools.log.info(
        `${faults.length === 0 ? 'pass' : 'FAIL'} ${rung.name} (${sight.seconds.toFixed(2)} s)`,
      );
    }
    const evidence = await keepEvidence(
      `smoke-${settings.environment}`,
      contentOf(verdicts),
      tools,
    );
    return { ...smokeReport(verdicts, outputs.inferenceAppHost), outputs: { evidence } };
  } finally {
    await session.close();
  }
};

/** What the verdicts look like to the reader, and why the step fails where one does. */
export function smokeReport(verdicts: readonly Verdict[], host: string): Omit<Report, 'outputs'> {
  const failed = verdicts.filter(({ faults }) => faults.length > 0);
  const rows = verdicts.map(({ rung, sight, faults }) => [
    rung.name,
    `${rung.method} ${rung.path}`,
    faults.length === 0 ? 'pass' : `FAIL: ${faults.join('; ')}`,
    `${sight.seconds.toFixed(2)} s`,
    rung.proves,
  ]);
  const causes = failed.map(({ rung, cause }) => [rung.name, cause ?? '']);
  const summary = [
    `## Smoke test of ${host}`,
    table(['rung', 'request', 'result', 'time', 'a pass proves'], rows),
    ...(failed.length === 0 ? [] : [table(['failed', 'likely cause'], causes)]),
  ].join('\n\n');
  const first = failed[0];
  if (first === undefined) return { summary };
  const failure =
    `The inference service broke its contract in ${failed.length} of ${verdicts.length} answers; ` +
    `first ${first.rung.name}: ${first.faults.join('; ')}. Likely cause: ${first.cause}`;
  return { summary, failure };
}

function contentOf(verdicts: readonly Verdict[]): unknown {
  const passed = verdicts.filter(({ faults }) => faults.length === 0).length;
  const rungs = verdicts.map(({ rung, sight, faults, cause }) => ({
    ...{ name: rung.name, request: `${rung.method} ${rung.path}`, status: sight.status },
    ...{ seconds: sight.seconds, faults, cause },
  }));
  return { passed, failed: verdicts.length - passed, rungs };
}
