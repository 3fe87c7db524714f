import { parseInputs } from './inputs/parse.ts';
import { openStep } from './toolbox/step.ts';

const step = openStep();
try {
  if (step.isPost) {
    await (await import('./post.ts')).post(step);
  } else {
    const settings = parseInputs(step.inputs);
    await (await import('./run.ts')).run(settings, step);
  }
} catch (error) {
  step.fail(error);
}
