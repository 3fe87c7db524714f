import { commands } from './commands/index.ts';
import { Cancelled, Problem } from './errors.ts';
import type { Settings } from './inputs/schema.ts';
import { lastWords } from './report/last-words.ts';
import { openToolbox } from './toolbox/runner.ts';
import type { Step } from './toolbox/step.ts';

/** Runs one command and hands its outputs and summary to the runner. */
export async function run(settings: Settings, step: Step): Promise<void> {
  const tools = await openToolbox(step);
  const command = await commands[settings.command]();
  const report = await command(settings, tools).catch(async (error: unknown) => {
    if (!(error instanceof Cancelled)) throw error;
    const words = lastWords(error, settings);
    await tools.runner.summary(`\n**${words.message.replace('\n', '**\n\n')}\n`);
    throw words;
  });
  for (const [name, value] of Object.entries(report.outputs)) tools.runner.output(name, value);
  await tools.runner.summary(report.summary);
  if (report.failure !== undefined) {
    throw new Problem(report.failure, 'see the summary of this step for the evidence.');
  }
}
