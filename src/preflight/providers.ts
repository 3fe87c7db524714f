import { providerStates } from '../azure/groups.ts';
import { fine, wrong } from './check.ts';
import type { Check } from './check.ts';

/** Namespaces of everything that a deploy creates. */
export const neededProviders = [
  'Microsoft.Compute',
  'Microsoft.ContainerRegistry',
  'Microsoft.Insights',
  'Microsoft.KeyVault',
  'Microsoft.MachineLearningServices',
  'Microsoft.ManagedIdentity',
  'Microsoft.Network',
  'Microsoft.Notebooks',
  'Microsoft.OperationalInsights',
  'Microsoft.Storage',
  'Microsoft.Web',
] as const;

export const providersCheck: Check = {
  name: 'resource providers',
  async run({ session, tools }) {
    const states = await providerStates(session, tools);
    const missing = neededProviders.filter(
      (name) => states.get(name.toLowerCase()) !== 'Registered',
    );
    if (missing.length === 0) return fine(`${neededProviders.length} registered`);
    const seen = missing.map(
      (name) => `${name} (${states.get(name.toLowerCase()) ?? 'not listed'})`,
    );
    const commands = missing.map((name) => `az provider register --wait --namespace ${name}`);
    return wrong(
      `These resource providers are not registered in the subscription: ${seen.join(', ')}.`,
      `somebody who may register providers runs once: ${commands.join(' && ')}`,
    );
  },
};
