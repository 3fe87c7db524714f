import { Problem } from '../errors.ts';
import { fine, wrong } from './check.ts';
import type { Check, Look } from './check.ts';
import type { Provider } from './facts.ts';
import { neededProviders } from './needed-actions.ts';

/** Whether the subscription may use the services that a deploy needs. */
export const providersCheck: Check = {
  name: 'resource providers',
  async run(look) {
    const listed = await providersIn(look);
    const stateOf = (name: string): string =>
      listed.find(({ namespace }) => namespace.toLowerCase() === name.toLowerCase())
        ?.registrationState ?? 'not listed';
    const missing = neededProviders.filter((name) => stateOf(name) !== 'Registered');
    if (missing.length === 0) return fine(`${neededProviders.length} registered`);
    const seen = missing.map((name) => `${name} (${stateOf(name)})`);
    const commands = missing.map((name) => `az provider register --wait --namespace ${name}`);
    return wrong(
      `These resource providers are not registered in the subscription: ${seen.join(', ')}.`,
      `somebody who may register providers runs once: ${commands.join(' && ')}`,
    );
  },
};

async function providersIn(look: Look): Promise<readonly Provider[]> {
  const listed = await look.facts.providers();
  if (listed.length > 0) return listed;
  throw new Problem(
    'Azure lists no resource providers for this subscription.',
    'give the identity at least the role Reader on the subscription.',
  );
}

const feature = 'EncryptionAtHost';

/** Whether the subscription has the feature that machines with encryption at host need. */
export const encryptionCheck: Check = {
  name: 'encryption at host',
  async run(look) {
    if (!look.choices.encryptionAtHost) return fine('not asked for');
    const { subscriptionId } = look.session;
    const path = `/subscriptions/${subscriptionId}/providers/Microsoft.Features/providers/Microsoft.Compute/features/${feature}`;
    const found = await look.arm.get(path, '2021-07-01');
    const state = found?.properties?.['state'];
    if (state === 'Registered') return fine('the subscription has the feature');
    return wrong(
      `The subscription does not have the feature Microsoft.Compute/${feature} (${typeof state === 'string' ? state : 'not listed'}), and encryption_at_host is on.`,
      `somebody who may register features runs once: az feature register --namespace Microsoft.Compute --name ${feature}, waits until az feature show --namespace Microsoft.Compute --name ${feature} says Registered, and then runs az provider register --namespace Microsoft.Compute. Or set encryption_at_host = false in the variables file.`,
    );
  },
};
