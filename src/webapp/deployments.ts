import { apis } from '../azure/api-versions.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { siteOf } from '../terraform/resource-ids.ts';

/** A deployment as App Service lists it (Microsoft.Web, WebApps_ListDeployments). */
export interface SiteDeployment {
  readonly id: string;
  readonly name?: string;
  readonly properties?: {
    /** Kudu's DeployStatus: 0 pending, 1 building, 2 deploying, 3 failed, 4 success. */
    readonly status?: number;
    readonly active?: boolean;
    readonly complete?: boolean;
    readonly message?: string;
    readonly status_text?: string;
    readonly author?: string;
    readonly deployer?: string;
    readonly start_time?: string;
  };
}

/** Values of a deployment's status. */
export const deployStatus = { failed: 3, success: 4 } as const;

/** The site's deployments, as ARM knows them. */
export function deploymentsOf(
  outputs: Outputs,
  { arm }: Pick<Session, 'arm'>,
): Promise<readonly SiteDeployment[]> {
  return arm.list<SiteDeployment>(`${siteOf(outputs)}/deployments`, apis.web);
}

/** The deployment that runs. */
export function activeOf(deployments: readonly SiteDeployment[]): SiteDeployment | undefined {
  return deployments.find(({ properties }) => properties?.active === true);
}

/** The deployment that has not ended yet. */
export function unfinishedOf(deployments: readonly SiteDeployment[]): SiteDeployment | undefined {
  return deployments.find(({ properties }) => {
    const { status, complete } = properties ?? {};
    return complete !== true && status !== deployStatus.failed && status !== deployStatus.success;
  });
}
