import { parseInputs } from './inputs/parse.ts';
import type { Settings } from './inputs/schema.ts';
import { refusedPlan } from './inputs/refused.ts';
import type { Step } from './toolbox/step.ts';
import { openStep } from './toolbox/step.ts';

const step = openStep();
try {
  if (step.isPost) {
    await (await import('./post.ts')).post(step);
  } else {
    // Wrong input is told before anything else is loaded.
    const settings = await settingsOf(step);
    await (await import('./run.ts')).run(settings, step);
  }
} catch (error) {
  step.fail(error);
}

async function settingsOf(step: Step): Promise<Settings> {
  try {
    return parseInputs(step.inputs);
  } catch (error) {
    // Loaded only where it has something to say: wrong input is told at once.
    const plan = refusedPlan(step.inputs);
    if (plan) await (await import('./refused.ts')).tellOfRefusal(error, plan, step);
    throw error;
  }
}
