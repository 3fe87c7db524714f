import { Problem } from '../errors.ts';

/** What `terraform/outputs.tf` hands to the later stages. A contract test compares the two lists. */
export interface Outputs {
  readonly resourceGroup: string;
  readonly location: string;
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly workspaceName: string;
  readonly workspaceId: string;
  readonly computeClusterName: string;
  readonly computeInstanceName: string;
  readonly vnetName: string;
  readonly subnetName: string;
  /** Full resource id of the subnet for compute. */
  readonly subnetId: string;
  readonly registryName: string;
  readonly registryLoginServer: string;
  readonly keyVaultName: string;
  readonly keyVaultUri: string;
  readonly storageAccountName: string;
  readonly clusterIdentityId: string;
  readonly clusterIdentityPrincipalId: string;
  readonly inferenceIdentityClientId: string;
  readonly inferenceAppName: string;
  /** Host name of the web app, without scheme. */
  readonly inferenceAppHost: string;
  readonly probeName: string;
}

const keys: Readonly<Record<keyof Outputs, string>> = {
  resourceGroup: 'resource_group',
  location: 'location',
  subscriptionId: 'subscription_id',
  tenantId: 'tenant_id',
  workspaceName: 'workspace_name',
  workspaceId: 'workspace_id',
  computeClusterName: 'compute_cluster_name',
  computeInstanceName: 'compute_instance_name',
  vnetName: 'vnet_name',
  subnetName: 'subnet_name',
  subnetId: 'subnet_id',
  registryName: 'registry_name',
  registryLoginServer: 'registry_login_server',
  keyVaultName: 'key_vault_name',
  keyVaultUri: 'key_vault_uri',
  storageAccountName: 'storage_account_name',
  clusterIdentityId: 'cluster_identity_id',
  clusterIdentityPrincipalId: 'cluster_identity_principal_id',
  inferenceIdentityClientId: 'inference_identity_client_id',
  inferenceAppName: 'inference_app_name',
  inferenceAppHost: 'inference_app_host',
  probeName: 'probe_name',
};

/** The names as Terraform writes them, in order. */
export const outputNames: readonly string[] = Object.values(keys);

/** Decodes the JSON of `terraform output -json`; throws a Problem where an output is missing. */
export function decodeOutputs(json: string): Outputs {
  const raw = JSON.parse(json) as Record<string, { value?: unknown } | undefined>;
  const missing = outputNames.filter((name) => typeof raw[name]?.value !== 'string');
  if (missing.length > 0) {
    throw new Problem(
      `The stored state does not have what this stage needs: ${missing.join(', ')}.`,
      'run deploy with the stage network first; it fills the state.',
      { anchor: 'state' },
    );
  }
  const entries = Object.entries(keys).map(([key, name]) => [key, raw[name]?.value]);
  return Object.fromEntries(entries) as Outputs;
}
