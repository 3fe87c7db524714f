import { growingPauses } from '../azure/pauses.ts';
import { Cancelled, Problem } from '../errors.ts';
import type { Session } from '../login/session.ts';
import type { Secret } from '../secret.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { siteApi, siteOf } from './site.ts';

/** A deployment as App Service lists it (Microsoft.Web, WebApps_ListDeployments). */
export interface SiteDeployment {
  readonly id: string;
  readonly name?: string;
  readonly properties?: {
    /** Kudu's DeployStatus: 0 pending, 1 building, 2 deploying, 3 failed, 4 success. */
    readonly status?: number;
    readonly active?: boolean;
    readonly message?: string;
    readonly status_text?: string;
  };
}

const FAILED = 3;
const SUCCESS = 4;
const DEADLINE_SECONDS = 1200;

/** The site's deployments, as ARM knows them. */
export function deploymentsOf(
  outputs: Outputs,
  { arm }: Session,
): Promise<readonly SiteDeployment[]> {
  return arm.list<SiteDeployment>(`${siteOf(outputs)}/deployments`, siteApi);
}

/**
 * Lets the app pull a zip from an address it can reach (one-deploy through ARM, so that no door of
 * the app is opened), and waits for the end. Gives the id of the deployment.
 */
export async function deliver(
  address: Secret,
  outputs: Outputs,
  session: Session,
  tools: Pick<Toolbox, 'clock' | 'log'>,
): Promise<string> {
  const before = new Set((await deploymentsOf(outputs, session)).map(({ id }) => id));
  const properties = { packageUri: address.reveal(), type: 'zip', clean: true, restart: true };
  const path = `${siteOf(outputs)}/extensions/onedeploy`;
  const wait = { what: 'the web app to take its package', deadlineSeconds: DEADLINE_SECONDS };
  try {
    await session.arm.put(path, siteApi, { properties }, wait);
  } catch (error) {
    // Where the request arrived and only its answer was lost, the list of deployments knows.
    if (error instanceof Cancelled || (await newest(before, outputs, session)) === undefined) {
      throw error;
    }
  }
  return untilDeployed(before, outputs, session, tools);
}

async function untilDeployed(
  before: ReadonlySet<string>,
  outputs: Outputs,
  session: Session,
  { clock }: Pick<Toolbox, 'clock'>,
): Promise<string> {
  const pause = growingPauses(10);
  const deadline = clock.now() + DEADLINE_SECONDS * 1000;
  for (;;) {
    const fresh = await newest(before, outputs, session);
    const status = fresh?.properties?.status;
    if (fresh !== undefined && status === SUCCESS) return fresh.id;
    if (fresh !== undefined && status === FAILED) throw failed(fresh, outputs);
    if (clock.now() >= deadline) throw tooLate(status);
    await clock.sleep(pause());
  }
}

/** The deployment that was not there before. */
async function newest(
  before: ReadonlySet<string>,
  outputs: Outputs,
  session: Session,
): Promise<SiteDeployment | undefined> {
  return (await deploymentsOf(outputs, session)).find(({ id }) => !before.has(id));
}

function failed({ properties }: SiteDeployment, { inferenceAppName }: Outputs): Problem {
  const said = properties?.status_text || properties?.message || 'no reason given';
  return new Problem(
    `The web app ${inferenceAppName} could not deploy its package: ${JSON.stringify(said.slice(0, 500))}.`,
    'if it could not fetch the zip, the firewall does not let the app reach the storage account of the state; otherwise look at the package.',
    { anchor: 'package' },
  );
}

function tooLate(status: number | undefined): Problem {
  return new Problem(
    `The web app has not deployed its package after ${DEADLINE_SECONDS} s; its status is ${status ?? 'unknown'}.`,
    "look at the app's deployments in the Azure portal, then run deploy with the stage webapp again.",
    { anchor: 'package' },
  );
}
