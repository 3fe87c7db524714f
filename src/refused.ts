import type { RefusedPlan } from './inputs/refused.ts';
import { failureOnPull } from './report/plan-on-pull.ts';
import { openToolbox } from './toolbox/runner.ts';
import type { Step } from './toolbox/step.ts';

/**
 * Says on a pull request that its plan could not be made, where even the inputs were refused: nobody
 * shall go by an older plan. Never throws, so that the refusal alone is what the step ends with.
 */
export async function tellOfRefusal(
  refusal: unknown,
  plan: RefusedPlan,
  step: Step,
): Promise<void> {
  try {
    await failureOnPull(refusal, plan, await openToolbox(step));
  } catch {
    // The refusal itself says what is wrong.
  }
}
