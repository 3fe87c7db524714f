import type { Outputs } from '../terraform/outputs.ts';

/** Version of Microsoft.Web's API; the one the Terraform provider uses. */
export const siteApi = '2023-12-01';

/** Name of the secret that callers of the inference service must send; the web app's settings refer to it. */
export const passKeySecret = 'inference-api-key';

/** ARM path of the inference web app. */
export function siteOf(outputs: Outputs): string {
  return `${groupOf(outputs)}/providers/Microsoft.Web/sites/${outputs.inferenceAppName}`;
}

/** ARM path of the secret with the pass key. */
export function passKeyOf(outputs: Outputs): string {
  return `${groupOf(outputs)}/providers/Microsoft.KeyVault/vaults/${outputs.keyVaultName}/secrets/${passKeySecret}`;
}

function groupOf({ subscriptionId, resourceGroup }: Outputs): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
}
