import { openToolbox } from './toolbox/runner.ts';
import type { Step } from './toolbox/step.ts';

/** Removes what the main run left on disk, also after a failure or a cancel. */
export async function post(step: Step): Promise<void> {
  const tools = await openToolbox(step);
  const scratch = tools.runner.kept('scratch');
  if (scratch !== '') await tools.files.remove(scratch);
}
