import type { Outputs } from './outputs.ts';

/** Name of the secret that callers of the inference service must send; the web app's settings refer to it. */
export const passKeySecret = 'inference-api-key';

/** ARM id of the environment's resource group. */
export function groupOf({
  subscriptionId,
  resourceGroup,
}: Pick<Outputs, 'subscriptionId' | 'resourceGroup'>): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
}

/** ARM id of the inference web app. */
export function siteOf(outputs: Outputs): string {
  return `${groupOf(outputs)}/providers/Microsoft.Web/sites/${outputs.inferenceAppName}`;
}

/** ARM id of the secret with the pass key. */
export function passKeyOf(outputs: Outputs): string {
  return `${groupOf(outputs)}/providers/Microsoft.KeyVault/vaults/${outputs.keyVaultName}/secrets/${passKeySecret}`;
}

/** ARM id of the environment's container registry. */
export function registryOf(outputs: Outputs): string {
  return `${groupOf(outputs)}/providers/Microsoft.ContainerRegistry/registries/${outputs.registryName}`;
}

/** ARM id of the account with datasets and results. */
export function storageAccountOf({
  storageAccountName,
  ...outputs
}: Pick<Outputs, 'subscriptionId' | 'resourceGroup' | 'storageAccountName'>): string {
  return `${groupOf(outputs)}/providers/Microsoft.Storage/storageAccounts/${storageAccountName}`;
}
