import type { Settings } from '../inputs/schema.ts';
import type { Outputs } from '../terraform/outputs.ts';

/** The parameters of `arm/computes.json` that we give; a contract test compares the two lists. */
export interface ComputeParameters {
  readonly location: string;
  readonly workspaceName: string;
  readonly subnetId: string;
  readonly clusterName: string;
  readonly clusterIdentityId: string;
  readonly instanceName: string;
  /** Object id of the person the instance is for; empty makes no instance. */
  readonly instanceUserObjectId: string;
  readonly instanceUserTenantId: string;
}

/** What Terraform left and the user asked for, as the template takes it. */
export function computeParameters(
  outputs: Outputs,
  settings: Pick<Settings, 'instanceUser'>,
): ComputeParameters {
  return {
    location: outputs.location,
    workspaceName: outputs.workspaceName,
    subnetId: outputs.subnetId,
    clusterName: outputs.computeClusterName,
    clusterIdentityId: outputs.clusterIdentityId,
    instanceName: outputs.computeInstanceName,
    instanceUserObjectId: settings.instanceUser,
    instanceUserTenantId: outputs.tenantId,
  };
}
