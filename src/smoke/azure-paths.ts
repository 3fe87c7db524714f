import type { Outputs } from '../terraform/outputs.ts';

/** Version of Microsoft.MachineLearningServices' API. */
export const machineLearningApi = '2025-12-01';

/** Version of Microsoft.Web's API; the one the Terraform provider uses. */
export const siteApi = '2023-12-01';

/** ARM path of the inference web app. */
export function siteOf(outputs: Outputs): string {
  return (
    `/subscriptions/${outputs.subscriptionId}/resourceGroups/${outputs.resourceGroup}` +
    `/providers/Microsoft.Web/sites/${outputs.inferenceAppName}`
  );
}
