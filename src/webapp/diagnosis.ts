import { apis } from '../azure/api-versions.ts';
import { Cancelled, messageOf } from '../errors.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { siteOf } from '../terraform/resource-ids.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { rolesMissingOnKey, rolesMissingOnWorkspace } from './app-roles.ts';
import { activeOf, deploymentsOf } from './deployments.ts';
import { missingSettings } from './needed-settings.ts';
import { keyVaultReferences } from './references.ts';
import type { KeyVaultReference } from './references.ts';
import { harmless, judgeLog, readStartLog } from './start-log.ts';
import type { LogVerdict } from './start-log.ts';

/** Why an app is not healthy, as far as ARM knows. */
export interface Finding {
  /** A clause, such as "its process ends while it starts". */
  readonly what: string;
  readonly next: string;
  /** Whether waiting cannot mend it. */
  readonly certain: boolean;
  /** Whether App Service is to look up its Key Vault references anew. */
  readonly stale?: boolean;
}

/** What a diagnosis asks and where. */
export interface Patient {
  readonly outputs: Outputs;
  readonly session: Session;
  readonly tools: Pick<Toolbox, 'clock' | 'log'>;
  /** When what is waited for began, in milliseconds: older lines of the log do not count. */
  readonly since: number;
}

/** Starts that fail one after the other before waiting is given up; the first may meet something half-made. */
const ENOUGH_FAILED_STARTS = 3;

const deployNetwork = 'run deploy with all stages: Terraform puts it back.';

/**
 * Asks ARM for the reason, the surest first: what nobody can start without, then what the platform says of
 * its references, then who may do what, and the start-up log last. A question that fails says nothing.
 */
export async function diagnose(patient: Patient): Promise<Finding | undefined> {
  const questions = [isStopped, lacksSettings, lacksSecret, lacksRole, logTells, platformTells];
  let best: Finding | undefined;
  for (const question of questions) {
    const finding = await unlessRefused(question, patient);
    if (finding?.certain === true) return finding;
    best ??= finding;
  }
  return best;
}

type Question = (patient: Patient) => Promise<Finding | undefined>;

async function unlessRefused(question: Question, patient: Patient): Promise<Finding | undefined> {
  try {
    return await question(patient);
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    patient.tools.log.debug(`A question about the web app was not answered: ${messageOf(error)}`);
    return undefined;
  }
}

async function isStopped({ outputs, session }: Patient): Promise<Finding | undefined> {
  const site = await session.arm.get(siteOf(outputs), apis.web);
  const { state, enabled } = site?.properties ?? {};
  if (state !== 'Stopped' && enabled !== false) return undefined;
  return {
    what: 'it is stopped',
    next: 'somebody stopped it. Start it (az webapp start, or the Azure portal), then run deploy again.',
    certain: true,
  };
}

/** The app reads all of its settings before anything else. */
export async function lacksSettings({
  outputs,
  session,
}: Pick<Patient, 'outputs' | 'session'>): Promise<Finding | undefined> {
  const missing = await missingSettings(outputs, session);
  if (missing.length === 0) return undefined;
  return {
    what: `it cannot start without ${missing.length === 1 ? 'the setting' : 'the settings'} ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} missing`,
    next: deployNetwork,
    certain: true,
  };
}

/** Why the app has no key, or an old one: what App Service made of its Key Vault references. */
export function asksForSecret(patient: Patient): Promise<Finding | undefined> {
  return unlessRefused(lacksSecret, patient);
}

async function lacksSecret({ outputs, session }: Patient): Promise<Finding | undefined> {
  const references = await keyVaultReferences(outputs, session);
  const open = references.find(({ status }) => status !== 'Resolved' && status !== '');
  if (open === undefined) return undefined;
  const what = `App Service does not resolve the Key Vault reference of ${open.setting} (${open.status})`;
  if (open.status !== 'AccessToKeyVaultDenied') return unresolved(what, open);
  const roles = await rolesMissingOnKey(outputs, session);
  const vault = outputs.keyVaultName;
  return roles.length === 0
    ? {
        what: `${what}: its identity has its role on the secret, which may take effect late`,
        next: `if it stays like this, look whether ${vault} refuses the app for another reason, such as its network, and run deploy again.`,
        ...{ certain: false, stale: true },
      }
    : {
        what: `${what}: its identity has not the role ${roles.join(', ')} on that secret in ${vault}`,
        next: deployNetwork,
        certain: true,
      };
}

function unresolved(what: string, { status, details }: KeyVaultReference): Finding {
  const said = details === '' ? '' : ` App Service says: ${JSON.stringify(details.slice(0, 300))}.`;
  return {
    what,
    next: `look at the setting and at the secret it names.${said}`,
    certain: status === 'InvalidSyntax',
    stale: status !== 'InvalidSyntax',
  };
}

async function lacksRole({ outputs, session }: Patient): Promise<Finding | undefined> {
  const roles = await rolesMissingOnWorkspace(outputs, session);
  if (roles.length === 0) return undefined;
  const which = roles.length === 1 ? 'the role' : 'the roles';
  return {
    what: `its identity has not ${which} ${roles.join(' and ')} on the workspace ${outputs.workspaceName}`,
    next: `${deployNetwork} Without ${roles.length === 1 ? 'it' : 'them'} the app can neither sign in nor submit a job.`,
    certain: true,
  };
}

async function logTells(patient: Patient): Promise<Finding | undefined> {
  const lines = await readStartLog(patient.outputs, patient.session, patient.tools);
  const verdict = lines && judgeLog(lines, patient.since);
  if (verdict === undefined || verdict.failedStarts === 0) return undefined;
  const certain = verdict.failedStarts >= ENOUGH_FAILED_STARTS && !verdict.refused;
  if (verdict.refused) return { ...refusedBy(verdict, patient), certain };
  return { ...(verdict.silent ? silent(verdict) : crashing(verdict, patient)), certain };
}

function times({ failedStarts }: LogVerdict): string {
  return failedStarts === 1 ? 'once' : `${failedStarts} times`;
}

function quoted({ lastWords }: LogVerdict, { outputs }: Patient): string {
  return lastWords === '' ? '' : `: ${JSON.stringify(harmless(lastWords, idsOf(outputs)))}`;
}

function refusedBy(verdict: LogVerdict, patient: Patient): Omit<Finding, 'certain'> {
  return {
    what: `Azure refuses the app something while it starts (tried ${times(verdict)})${quoted(verdict, patient)}`,
    next: 'its roles are there as far as ARM knows; one may take effect late, or something else refuses it. The start-up log in the log of this run names what was asked for.',
  };
}

function crashing(verdict: LogVerdict, patient: Patient): Omit<Finding, 'certain'> {
  return {
    what: `its process ends while it starts (tried ${times(verdict)})${quoted(verdict, patient)}`,
    next: 'the package does not run here: the start-up log in the log of this run says where it stopped. Was it built for another Python, or does it lack a file? Deploy without inference-package to have it made anew.',
  };
}

function silent(verdict: LogVerdict): Omit<Finding, 'certain'> {
  return {
    what: `its process runs but never answers at its port (tried ${times(verdict)})`,
    next: 'the app must listen on port 8000 and answer there within the time that App Service gives it, 230 s. Look at its start-up command and at the start-up log in the log of this run.',
  };
}

interface DeploymentStatus {
  readonly properties?: {
    readonly status?: string;
    readonly errors?: readonly { readonly message?: string | null }[] | null;
  };
}

/** What App Service made of the deployment's process (Microsoft.Web, CsmDeploymentStatus), where the log says nothing. */
async function platformTells({ outputs, session }: Patient): Promise<Finding | undefined> {
  const active = activeOf(await deploymentsOf(outputs, session));
  if (active === undefined) return undefined;
  const path = `${siteOf(outputs)}/deploymentStatus/${active.id.split('/').at(-1) ?? ''}`;
  const found = await session.arm.get<DeploymentStatus>(path, apis.web);
  if (found?.properties?.status !== 'RuntimeFailed') return undefined;
  const said = found.properties.errors?.find(({ message }) => message)?.message ?? '';
  const words = said === '' ? '' : `: ${JSON.stringify(harmless(said, idsOf(outputs)))}`;
  return {
    what: `App Service could not start it (RuntimeFailed)${words}`,
    next: 'the app does not start: its log stream in the Azure portal says where it stopped.',
    certain: false,
  };
}

/** Ids that a log may show. */
export function idsOf(outputs: Outputs): readonly string[] {
  return [outputs.subscriptionId, outputs.tenantId, outputs.inferenceIdentityClientId];
}
