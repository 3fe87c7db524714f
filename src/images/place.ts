import { namesOf } from '../names.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { groupOf } from '../terraform/resource-ids.ts';

/** Container and datastore share a name, the one that InnerEye-Inference's own documents use. */
const store = 'inferencetestimagestore';

/** Names and ARM ids of what belongs to the images, all of which follow from the environment. */
export interface Place {
  readonly groupId: string;
  readonly account: string;
  readonly container: string;
  readonly datastore: string;
  readonly endpoint: string;
  readonly accountId: string;
  readonly blobServiceId: string;
  readonly containerId: string;
  readonly policyId: string;
  readonly endpointId: string;
  readonly zoneGroupId: string;
  readonly diagnosticsId: string;
  readonly datastoreId: string;
  readonly zoneId: string;
  readonly logWorkspaceId: string;
}

/** Where the images of an environment are. Zone and log workspace are Terraform's (`terraform/dns.tf`, `monitor.tf`). */
export function placeOf(
  { subscriptionId, resourceGroup, workspaceId }: Outputs,
  { environment }: Pick<Settings, 'environment'>,
): Place {
  const groupId = groupOf({ subscriptionId, resourceGroup });
  const providers = `${groupId}/providers`;
  const account = namesOf(environment, subscriptionId).imagesAccount;
  const accountId = `${providers}/Microsoft.Storage/storageAccounts/${account}`;
  const blobServiceId = `${accountId}/blobServices/default`;
  const endpoint = `${environment}-images-pe`;
  const endpointId = `${providers}/Microsoft.Network/privateEndpoints/${endpoint}`;
  return {
    groupId,
    account,
    container: store,
    datastore: store,
    endpoint,
    accountId,
    blobServiceId,
    containerId: `${blobServiceId}/containers/${store}`,
    policyId: `${accountId}/managementPolicies/default`,
    endpointId,
    zoneGroupId: `${endpointId}/privateDnsZoneGroups/default`,
    diagnosticsId: `${blobServiceId}/providers/Microsoft.Insights/diagnosticSettings/to-log-analytics`,
    datastoreId: `${workspaceId}/datastores/${store}`,
    zoneId: `${providers}/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net`,
    logWorkspaceId: `${providers}/Microsoft.OperationalInsights/workspaces/${environment}-logs`,
  };
}
