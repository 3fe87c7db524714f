import { login } from '../login/index.ts';
import { keepEvidence } from '../report/evidence-file.ts';
import { smokeEvidence } from '../report/smoke-evidence.ts';
import { smokeReport } from '../report/smoke-report.ts';
import { smokeTest } from '../smoke/index.ts';
import { storedOutputs } from '../terraform/stored-outputs.ts';
import type { Command } from './command.ts';

/** Asks the inference service of the environment what its contract promises. */
export const smoke: Command = async (settings, tools) => {
  const session = await login(settings, tools);
  try {
    const { outputs } = await storedOutputs(session, settings, tools);
    const found = await smokeTest(outputs, settings, session, tools);
    const evidence = await keepEvidence(
      `smoke-${settings.environment}`,
      smokeEvidence(found),
      tools,
    );
    return { ...smokeReport(found, outputs.inferenceAppHost), outputs: { evidence } };
  } finally {
    await session.close();
  }
};
