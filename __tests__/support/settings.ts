import { schema } from '../../src/inputs/schema.ts';
import type { Settings } from '../../src/inputs/schema.ts';
import type { Outputs } from '../../src/terraform/outputs.ts';

export const subscriptionId = '11111111-2222-3333-4444-555555555555';
export const tenantId = '99999999-8888-7777-6666-555555555555';

const given: Readonly<Record<string, string>> = {
  command: 'deploy',
  environment: 'lab',
  clientId: 'aaaaaaaa-0000-0000-0000-000000000001',
  tenantId,
  subscriptionId,
};

/** Settings as a user would get them who names only what must be named. */
export function settings(changes: Partial<Settings> = {}): Settings {
  const entries = Object.entries(schema).map(([key, field]) => {
    return [key, field.parse(given[key] ?? field.default ?? '', () => undefined)];
  });
  return { ...(Object.fromEntries(entries) as Settings), ...changes };
}

const group = `/subscriptions/${subscriptionId}/resourceGroups/innereye-lab`;

/** What Terraform leaves for an environment named `lab`. */
export function outputs(changes: Partial<Outputs> = {}): Outputs {
  return {
    resourceGroup: 'innereye-lab',
    location: 'westeurope',
    subscriptionId,
    tenantId,
    workspaceName: 'lab-ml',
    workspaceId: `${group}/providers/Microsoft.MachineLearningServices/workspaces/lab-ml`,
    computeClusterName: 'lab-cluster',
    computeInstanceName: 'lab-ci-abc123',
    vnetName: 'lab-vnet',
    subnetName: 'default',
    subnetId: `${group}/providers/Microsoft.Network/virtualNetworks/lab-vnet/subnets/default`,
    registryName: 'labcrabc123',
    registryLoginServer: 'labcrabc123.azurecr.io',
    keyVaultName: 'lab-kv-abc123',
    keyVaultUri: 'https://lab-kv-abc123.vault.azure.net/',
    storageAccountName: 'labstabc123',
    clusterIdentityId: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/lab-cluster`,
    clusterIdentityPrincipalId: 'cccccccc-0000-0000-0000-000000000001',
    inferenceIdentityClientId: 'cccccccc-0000-0000-0000-000000000002',
    inferenceAppName: 'lab-inference-abc123',
    inferenceAppHost: 'lab-inference-abc123.azurewebsites.net',
    probeName: 'lab-probe',
    jumpboxName: 'lab-jumpbox',
    egress: [
      {
        name: 'login.microsoftonline.com',
        kind: 'host',
        destinations: ['login.microsoftonline.com'],
        protocols: ['HTTPS'],
        ports: ['443'],
        from: ['inference', 'jumpbox', 'probe'],
        reason: 'The web app signs in.',
        breaks: 'It does not start.',
        reach: 'Every tenant.',
      },
    ],
    ...changes,
  };
}
