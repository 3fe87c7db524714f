import { Problem, messageOf } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import { openVantage } from '../network/open-vantage.ts';
import type { State } from '../state/index.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { passKeySecret, siteOf } from '../terraform/resource-ids.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { deliver } from './delivery.ts';
import { activeOf, deploymentsOf } from './deployments.ts';
import { lacksSettings } from './diagnosis.ts';
import type { Patient } from './diagnosis.ts';
import { untilHealthy } from './health.ts';
import { keyLooks, untilKeyTaken } from './key-check.ts';
import type { KeyCheck } from './key-check.ts';
import type { AppPackage } from './package.ts';
import { readPackage } from './package.ts';
import { ensurePassKey } from './pass-key.ts';
import type { PassKey } from './pass-key.ts';
import type { DeployedPackage } from './record.ts';
import { readRecord, writeRecord } from './record.ts';

export { checkWebApp } from './drift.ts';
export { withPackage } from './package.ts';
/** How long the address of the package can be read. */
const SHARED_MINUTES = 15;

/** The web app as this run left it. */
export interface WebApp {
  readonly host: string;
  /** SHA-256 of the package that runs. */
  readonly digest: string;
  /** Whether this run changed anything: the package, or the key that the app takes. */
  readonly changed: boolean;
  /** Seconds until the app said that it is healthy. */
  readonly healthySeconds: number;
  /** Whether this run put a new pass key in the place of the one that was there. */
  readonly rotated: boolean;
  /** What a person must know of it, as lines of Markdown; they are in the summary already. */
  readonly notes: readonly string[];
}

type Store = Pick<State, 'blobs' | 'packages'>;

/**
 * Makes the pass key where there is none (or a new one, where that was asked for), deploys the package unless
 * it is what runs already, and waits until the app, asked from inside, says that it is healthy and takes the
 * key that lies in Key Vault.
 */
export async function deployWebApp(
  outputs: Outputs,
  settings: Settings,
  session: Session,
  state: Store,
  tools: Toolbox,
): Promise<WebApp> {
  const appPackage = await readPackage(settings, tools.files);
  await refuseWithoutSettings(outputs, session);
  const patient: Patient = { outputs, session, tools, since: tools.clock.now() };
  const key = await ensurePassKey(outputs, session, settings.rotateKey, tools);
  const deployed = await ensureDeployed(appPackage, outputs, session, state, tools);
  const vantage = openVantage(outputs, settings, session, tools);
  try {
    const healthy = await untilHealthy(patient, vantage, keyLooks(outputs, key));
    const check = await untilKeyTaken(healthy.others, key, patient, vantage);
    const notes = notesOf(key, check, outputs);
    for (const note of notes) await tools.runner.summary(`${note}\n`);
    return {
      host: outputs.inferenceAppHost,
      digest: appPackage.digest,
      changed: deployed || key.made || check.healed,
      healthySeconds: healthy.seconds,
      rotated: key.rotated,
      notes,
    };
  } finally {
    await vantage.close();
  }
}

/** An app that lacks a setting is not given a package that could not start there. */
async function refuseWithoutSettings(outputs: Outputs, session: Session): Promise<void> {
  const finding = await lacksSettings({ outputs, session });
  if (finding === undefined) return;
  throw new Problem(
    `The web app ${outputs.inferenceAppName} was given no package: ${finding.what}.`,
    finding.next,
    { anchor: 'unhealthy-app' },
  );
}

function notesOf(
  key: PassKey,
  { healed, refusesReplaced }: KeyCheck,
  { keyVaultName }: Outputs,
): readonly string[] {
  const where = `the secret \`${passKeySecret}\` of the Key Vault \`${keyVaultName}\``;
  if (key.rotated) {
    const old =
      refusesReplaced === true
        ? 'The key before it is refused, as was seen from inside.'
        : 'Whether the key before it is refused could not be seen.';
    return [
      `**New pass key**: callers need it from now on. It lies in ${where}, and was not shown anywhere. The app was seen to take it. ${old}`,
    ];
  }
  if (!healed) return [];
  return [
    `**Pass key**: the app still went by an older key than ${where}; it was told, and takes it now. Callers need that key.`,
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
    const deployment = await deliver({
      ...{ outputs, session, tools, sharedMinutes: SHARED_MINUTES },
      share: () => state.packages.shareForReading(blob, SHARED_MINUTES),
    });
    const record: DeployedPackage = { app: siteOf(outputs), digest: appPackage.digest, deployment };
    await writeRecord(record, state);
  } finally {
    // Whether it goes or not must not hide how the delivery ended.
    await state.packages.delete(blob).catch((error: unknown) => {
      const why = tools.cancelled.aborted
        ? 'App Service may still be reading it'
        : messageOf(error);
      tools.log.warn(
        `The package ${blob} stays in the container packages: ${why}. The next deploy of it deletes it.`,
      );
    });
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
