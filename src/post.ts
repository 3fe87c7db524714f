import { finish } from './aftermath.ts';
import { openProcesses } from './toolbox/processes.ts';
import { openToolbox } from './toolbox/runner.ts';
import type { Step } from './toolbox/step.ts';

/** Finishes what a main run that was killed has left, and removes what it left on disk, however it ended. */
export async function post(step: Step): Promise<void> {
  // A signal must not keep it from waiting for what it has told to stop.
  const tools = await openToolbox({ ...step, cancelled: new AbortController().signal });
  const scratch = tools.runner.kept('scratch');
  if (scratch === '') return;
  try {
    if (tools.runner.kept('ended') !== 'true') await finish(scratch, openProcesses(), tools);
  } finally {
    await tools.files.remove(scratch);
  }
}
