import { login } from '../login/index.ts';
import { trainingReport } from '../report/training-report.ts';
import { storedOutputs } from '../terraform/stored-outputs.ts';
import type { Training } from '../training/index.ts';
import { train as runTraining } from '../training/index.ts';
import type { Command, Report } from './command.ts';

/**
 * Trains a model on the environment's cluster and sees it registered. Outputs and summary are there
 * also where it does not end well: the job can be looked at, and a model may have been registered.
 */
export const train: Command = async (settings, tools) => {
  const session = await login(settings, tools);
  try {
    const { outputs } = await storedOutputs(session, settings, tools);
    const training = await runTraining(outputs, settings, session, tools);
    const report = reportOf(settings.model, training);
    if (training.problem === undefined) return report;
    for (const [name, value] of Object.entries(report.outputs)) tools.runner.output(name, value);
    await tools.runner.summary(report.summary);
    throw training.problem;
  } finally {
    await session.close();
  }
};

function reportOf(model: string, training: Training): Report {
  const outputs = {
    'job-name': training.jobName,
    'studio-link': training.studioLink,
    'mean-dice': training.meanDice ?? '',
    'model-name': training.model?.name ?? '',
    'model-version': training.model?.version ?? '',
  };
  return { outputs, summary: trainingReport(model, training) };
}
