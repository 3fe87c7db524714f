import { login } from '../login/index.ts';
import { table } from '../report/markdown.ts';
import { storedOutputs } from '../terraform/stored-outputs.ts';
import { train as runTraining } from '../training/index.ts';
import type { Command } from './command.ts';

/** Trains a model on the environment's cluster and sees it registered. */
export const train: Command = async (settings, tools) => {
  const session = await login(settings, tools);
  try {
    const { outputs } = await storedOutputs(session, settings, tools);
    const training = await runTraining(outputs, settings, session, tools);
    const { model, jobName, studioLink, dice } = training;
    const rows = [
      ['model', `${model.name}:${model.version}`],
      ['test set', dice ?? 'the log could not be read'],
      ['job', jobName],
      ['time', `${Math.round(training.seconds)} s`],
    ];
    return {
      outputs: { 'job-name': jobName, 'model-name': model.name, 'model-version': model.version },
      summary: `## Training of ${model.name}\n\n${table(['what', 'result'], rows)}\n\n[The run in the studio](<${studioLink}>)`,
    };
  } finally {
    await session.close();
  }
};
