import type { Answer, Call, Operation } from '../operation.ts';
import type { World } from '../world.ts';
import { checkApiVersion } from './api-versions.ts';
import { answerOf, asArmError, subscriptionNotFound } from './errors.ts';
import { settle } from './long-running.ts';

/** The audience of ARM's access tokens. */
export const managementAudience = 'https://management.azure.com';

/** What is particular to one operation of ARM. */
export interface ArmOperation {
  /** Method and path, as in `Operation.route`. */
  readonly route: string;
  readonly needs?: string;
  readonly simplified?: string;
  answer(call: Call, world: World): Answer | Promise<Answer>;
}

/**
 * Makes an operation of management.azure.com: it ends what is due, checks `api-version` and the
 * subscription, and turns an ArmError into its envelope.
 */
export function armOperation(definition: ArmOperation): Operation {
  return {
    ...definition,
    host: 'management.azure.com',
    audience: managementAudience,
    answer: async (call, world) => {
      settle(world);
      try {
        checkApiVersion(call.query, world.clock.now());
        checkSubscription(call, world);
        return await definition.answer(call, world);
      } catch (error) {
        return answerOf(asArmError(error));
      }
    },
  };
}

function checkSubscription(call: Call, world: World): void {
  const subscription = call.params['subscription'];
  if (subscription === undefined) return;
  if (subscription.toLowerCase() !== world.subscriptionId.toLowerCase()) {
    throw subscriptionNotFound(subscription);
  }
}
