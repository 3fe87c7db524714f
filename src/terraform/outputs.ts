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
  /** Windows machine for a person's look; empty where there is none. */
  readonly jumpboxName: string;
  /** What the firewall lets out, row by row. */
  readonly egress: readonly EgressRow[];
}

/** One row of the allow-list as it was deployed (`terraform/egress.json` and what the variables added). */
export interface EgressRow {
  /** Also the name of the firewall's rule. */
  readonly name: string;
  /** `tag`: a network rule for Azure's service tags; `host`: an application rule for exact host names. */
  readonly kind: 'tag' | 'host';
  readonly destinations: readonly string[];
  /** TCP and UDP for tags, HTTPS for hosts. */
  readonly protocols: readonly string[];
  readonly ports: readonly string[];
  /** Names of the subnets it is opened to. */
  readonly from: readonly string[];
  readonly reason: string;
  /** What breaks without it. */
  readonly breaks: string;
  /** Whom else it reaches, and what narrows that. */
  readonly reach: string;
}

type Name = Exclude<keyof Outputs, 'egress'>;

const keys: Readonly<Record<Name, string>> = {
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
  jumpboxName: 'jumpbox_name',
};

/** The names as Terraform writes them, in order. */
export const outputNames: readonly string[] = [...Object.values(keys), 'egress'];

/** Decodes the JSON of `terraform output -json`; throws a Problem where an output is missing. */
export function decodeOutputs(json: string): Outputs {
  const raw = JSON.parse(json) as Record<string, { value?: unknown } | undefined>;
  const names = Object.values(keys).filter((name) => typeof raw[name]?.value !== 'string');
  const egress = raw['egress']?.value;
  const missing = isEgress(egress) ? names : [...names, 'egress'];
  if (missing.length > 0) {
    throw new Problem(
      `The stored state does not have what this stage needs: ${missing.join(', ')}.`,
      'run deploy with the stage network first; it fills the state.',
      { anchor: 'state' },
    );
  }
  const entries = Object.entries(keys).map(([key, name]) => [key, raw[name]?.value]);
  return { ...(Object.fromEntries(entries) as Pick<Outputs, Name>), egress: egress as EgressRow[] };
}

const texts = ['name', 'kind', 'reason', 'breaks', 'reach'];
const lists = ['destinations', 'protocols', 'ports', 'from'];

function isEgress(value: unknown): value is EgressRow[] {
  return Array.isArray(value) && value.every(isRow);
}

function isRow(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const row = value as Record<string, unknown>;
  return (
    texts.every((name) => typeof row[name] === 'string') &&
    lists.every((name) => {
      const list = row[name];
      return Array.isArray(list) && list.every((one) => typeof one === 'string');
    })
  );
}
