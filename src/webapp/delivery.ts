import { apis } from '../azure/api-versions.ts';
import { AzureProblem } from '../azure/explain.ts';
import { growingPauses } from '../azure/pauses.ts';
import { Cancelled, Problem } from '../errors.ts';
import type { Session } from '../login/session.ts';
import type { Secret } from '../secret.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { siteOf } from '../terraform/resource-ids.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { SiteDeployment } from './deployments.ts';
import { deployStatus, deploymentsOf, unfinishedOf } from './deployments.ts';

/** How long App Service may take to pull and unpack the package. */
const DEADLINE_SECONDS = 1200;
/** How long somebody else's deployment is waited for. */
const CONFLICT_SECONDS = 900;

/** What delivers, and where to. */
export interface Delivery {
  readonly outputs: Outputs;
  readonly session: Session;
  readonly tools: Pick<Toolbox, 'clock' | 'log'>;
  /** Makes an address the app can pull the package from, for so many minutes. */
  readonly share: () => Promise<Secret>;
  readonly sharedMinutes: number;
}

/**
 * Lets the app pull the package (one-deploy through ARM, so that no door of the app is opened), and waits
 * for the end. Waits for its turn where another deployment goes on, and shares the package anew, once, where
 * its address could no longer be read. Gives the id of the deployment.
 */
export async function deliver(delivery: Delivery): Promise<string> {
  const first = await attempt(delivery);
  if (first.expired === undefined) return first.id;
  delivery.tools.log.info(`The app could not read its package: ${first.expired} Sharing it anew.`);
  const second = await attempt(delivery);
  if (second.expired === undefined) return second.id;
  throw new Problem(
    `The web app ${delivery.outputs.inferenceAppName} could not read its package, twice: ${second.expired}`,
    `the address lasts ${delivery.sharedMinutes} minutes; look what keeps the app from pulling in that time: its start, the firewall, or a clock of this runner that is wrong. Then run deploy with the stage webapp again.`,
    { anchor: 'package' },
  );
}

type Attempt = { readonly id: string; readonly expired?: undefined } | { readonly expired: string };

/** One attempt with a fresh address. */
async function attempt(delivery: Delivery): Promise<Attempt> {
  const { outputs, tools } = delivery;
  const before = await start(delivery);
  const ended = await untilEnded(before.known, delivery);
  if (ended.properties?.status === deployStatus.success) return { id: ended.id };
  const said = ended.properties?.status_text || ended.properties?.message || 'no reason given';
  const late = tools.clock.now() >= before.sharedAt + delivery.sharedMinutes * 60_000;
  if (late || refusedAddress.test(said)) return { expired: `${quoted(said)}.` };
  throw failed(said, outputs);
}

/** A blob behind an address that has ended or is not valid: Azure Storage's words, and Kudu's about them. */
const refusedAddress =
  /\b403\b|AuthenticationFailed|Server failed to authenticate|Signature not valid in the specified time frame/i;

function quoted(said: string): string {
  return JSON.stringify(withoutAddress(said).slice(0, 500));
}

/** What App Service says may repeat the address; its signature is masked anyway. */
function withoutAddress(said: string): string {
  return said.replace(/\?\S*\bsig=\S*/gi, '?...');
}

interface Started {
  /** Ids of the deployments that were there before. */
  readonly known: ReadonlySet<string>;
  /** When the address was made, in milliseconds. */
  readonly sharedAt: number;
}

/** Asks App Service to pull; while it says that another deployment goes on, that one is waited for. */
async function start(delivery: Delivery): Promise<Started> {
  const { outputs, session, tools } = delivery;
  const { clock, log } = tools;
  const deadline = clock.now() + CONFLICT_SECONDS * 1000;
  const pause = growingPauses(20);
  for (;;) {
    const known = new Set((await deploymentsOf(outputs, session)).map(({ id }) => id));
    const sharedAt = clock.now();
    const address = await delivery.share();
    const conflict = await ask(address, known, delivery);
    if (conflict === undefined) return { known, sharedAt };
    const other = unfinishedOf(await deploymentsOf(outputs, session));
    if (clock.now() >= deadline) throw blocked(conflict, other, outputs);
    log.info(`The web app takes no package now: ${nameOf(other)}. Waiting for it to end.`);
    await clock.sleep(pause());
  }
}

/** Sends the request; gives App Service's refusal where another deployment is in its way. */
async function ask(
  address: Secret,
  known: ReadonlySet<string>,
  { outputs, session }: Delivery,
): Promise<AzureProblem | undefined> {
  const properties = { packageUri: address.reveal(), type: 'zip', clean: true, restart: true };
  const path = `${siteOf(outputs)}/extensions/onedeploy`;
  const wait = { what: 'Handing the web app its package', deadlineSeconds: DEADLINE_SECONDS };
  try {
    await session.arm.put(path, apis.web, { properties }, wait);
    return undefined;
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    if (isConflict(error)) return error;
    // Where the request arrived and only its answer was lost, the list of deployments knows.
    if ((await newest(known, outputs, session)) === undefined) throw error;
    return undefined;
  }
}

function isConflict(error: unknown): error is AzureProblem {
  return error instanceof AzureProblem && (error.status === 409 || error.code === 'Conflict');
}

async function untilEnded(
  known: ReadonlySet<string>,
  { outputs, session, tools }: Delivery,
): Promise<SiteDeployment> {
  const { clock } = tools;
  const pause = growingPauses(10);
  const deadline = clock.now() + DEADLINE_SECONDS * 1000;
  for (;;) {
    const fresh = await newest(known, outputs, session);
    const status = fresh?.properties?.status;
    if (fresh !== undefined && hasEnded(status)) return fresh;
    if (clock.now() >= deadline) throw tooLate(status, outputs);
    await clock.sleep(pause());
  }
}

function hasEnded(status: number | undefined): boolean {
  return status === deployStatus.success || status === deployStatus.failed;
}

/** The deployment that was not there before. */
async function newest(
  known: ReadonlySet<string>,
  outputs: Outputs,
  session: Session,
): Promise<SiteDeployment | undefined> {
  return (await deploymentsOf(outputs, session)).find(({ id }) => !known.has(id));
}

function nameOf(other: SiteDeployment | undefined): string {
  if (other === undefined)
    return 'App Service says that a deployment is in progress, and names none';
  const { deployer, author, start_time: begun } = other.properties ?? {};
  const who = [deployer, author].filter((one) => one && one !== 'N/A').join(', ');
  const by = who === '' ? '' : ` by ${JSON.stringify(who.slice(0, 100))}`;
  const since = begun === undefined ? '' : ` since ${JSON.stringify(begun.slice(0, 40))}`;
  const id = (other.id.split('/').at(-1) ?? other.id).slice(0, 80);
  return `deployment ${id}${by} is in progress${since}`;
}

function blocked(
  conflict: AzureProblem,
  other: SiteDeployment | undefined,
  { inferenceAppName }: Outputs,
): Problem {
  return new Problem(
    `The web app ${inferenceAppName} took no package for ${CONFLICT_SECONDS} s, because of another deployment: ${nameOf(other)}.`,
    'if nobody deploys to it, that deployment hangs: restart the app (az webapp restart, or the Azure portal), which ends it, then run deploy with the stage webapp again.',
    { cause: conflict, anchor: 'package' },
  );
}

function failed(said: string, { inferenceAppName }: Outputs): Problem {
  return new Problem(
    `The web app ${inferenceAppName} could not deploy its package: ${quoted(said)}.`,
    'if it could not fetch the zip, the firewall does not let the app reach the storage account of the state; otherwise look at the package.',
    { anchor: 'package' },
  );
}

function tooLate(status: number | undefined, { inferenceAppName }: Outputs): Problem {
  return new Problem(
    `The web app ${inferenceAppName} has not deployed its package after ${DEADLINE_SECONDS} s; its status is ${status ?? 'unknown'}.`,
    "look at the app's deployments in the Azure portal, then run deploy with the stage webapp again.",
    { anchor: 'package' },
  );
}
