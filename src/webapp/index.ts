import type { Difference } from '../azure/difference.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import { openVantage } from '../network/open-vantage.ts';
import type { State } from '../state/index.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { SiteDeployment } from './delivery.ts';
import { deliver, deploymentsOf } from './delivery.ts';
import { untilHealthy } from './health.ts';
import type { AppPackage } from './package.ts';
import { readPackage } from './package.ts';
import { ensurePassKey } from './pass-key.ts';
import type { DeployedPackage } from './record.ts';
import { readRecord, writeRecord } from './record.ts';
import { siteOf } from './site.ts';

export { withPackage } from './package.ts';
export { passKeySecret } from './pass-key.ts';

/** How long the address of the package can be read. */
const SHARED_MINUTES = 15;

/** The web app as this run left it. */
export interface WebApp {
  readonly host: string;
  /** SHA-256 of the package that runs. */
  readonly digest: string;
  /** Whether this run deployed it. */
  readonly changed: boolean;
  /** Seconds until the app said that it is healthy. */
  readonly healthySeconds: number;
}

type Store = Pick<State, 'blobs' | 'packages'>;

/**
 * Makes the pass key where there is none, deploys the package unless it is what runs already, and
 * waits until the app, asked from inside, says that it is healthy.
 */
export async function deployWebApp(
  outputs: Outputs,
  settings: Settings,
  session: Session,
  state: Store,
  tools: Toolbox,
): Promise<WebApp> {
  const appPackage = await readPackage(settings, tools.files);
  await ensurePassKey(outputs, session, tools);
  const changed = await ensureDeployed(appPackage, outputs, session, state, tools);
  const vantage = openVantage(outputs, settings, session, tools);
  try {
    const healthySeconds = await untilHealthy(outputs, vantage, tools);
    return { host: outputs.inferenceAppHost, digest: appPackage.digest, changed, healthySeconds };
  } finally {
    await vantage.close();
  }
}

/** Whether something else runs than what this product deployed last; empty where it does not. */
export async function checkWebApp(
  outputs: Outputs,
  session: Session,
  state: Store,
): Promise<readonly Difference[]> {
  const record = await readRecord(state);
  if (record?.app !== siteOf(outputs)) return [];
  const active = activeOf(await deploymentsOf(outputs, session));
  if (active?.id === record.deployment) return [];
  return [
    {
      resource: outputs.inferenceAppName,
      attribute: 'package',
      wanted: `deployment ${lastPart(record.deployment)}`,
      found: active === undefined ? 'none' : `deployment ${lastPart(active.id)}`,
    },
  ];
}

async function ensureDeployed(
  appPackage: AppPackage,
  outputs: Outputs,
  session: Session,
  state: Store,
  tools: Toolbox,
): Promise<boolean> {
  if (await runsAlready(appPackage, outputs, session, state)) {
    tools.log.info('Web app: this package runs already, nothing to deploy.');
    return false;
  }
  const blob = `${appPackage.digest}.zip`;
  tools.log.info(`Web app: deploying ${appPackage.path} (${appPackage.bytes.length} bytes).`);
  await state.packages.write(blob, appPackage.bytes);
  try {
    const address = await state.packages.shareForReading(blob, SHARED_MINUTES);
    const deployment = await deliver(address, outputs, session, tools);
    const record: DeployedPackage = { app: siteOf(outputs), digest: appPackage.digest, deployment };
    await writeRecord(record, state);
  } finally {
    await state.packages.delete(blob);
  }
  return true;
}

async function runsAlready(
  { digest }: AppPackage,
  outputs: Outputs,
  session: Session,
  state: Store,
): Promise<boolean> {
  const record = await readRecord(state);
  if (record?.digest !== digest || record.app !== siteOf(outputs)) return false;
  return activeOf(await deploymentsOf(outputs, session))?.id === record.deployment;
}

function activeOf(deployments: readonly SiteDeployment[]): SiteDeployment | undefined {
  return deployments.find(({ properties }) => properties?.active === true);
}

function lastPart(id: string): string {
  return id.split('/').at(-1) ?? id;
}
