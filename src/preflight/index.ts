import { createArm } from '../azure/create-arm.ts';
import { Cancelled, Problem, messageOf } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import { namesOf } from '../names.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { planCheck } from './app-service.ts';
import { fine, wrong } from './check.ts';
import type { Check, Finding, Look } from './check.ts';
import type { Choices } from './choices.ts';
import { conditionsCheck } from './conditions.ts';
import { readFacts } from './facts.ts';
import { globalNamesCheck } from './global-names.ts';
import { locationCheck, servicesCheck } from './location.ts';
import { locksCheck } from './locks.ts';
import { rolesCheck } from './permissions.ts';
import { encryptionCheck, providersCheck } from './providers.ts';
import { quotaCheck } from './quota.ts';
import { redundancyCheck } from './redundancy.ts';
import { sizesCheck } from './sizes.ts';
import { logsCheck, vaultCheck, workspaceCheck } from './soft-deleted.ts';

/** A check and what it found. */
export interface Checked {
  readonly name: string;
  readonly finding: Finding;
}

/** Every check that asks Azure, in the order of the table. */
export const checks: readonly Check[] = [
  locationCheck,
  servicesCheck,
  providersCheck,
  encryptionCheck,
  rolesCheck,
  conditionsCheck,
  sizesCheck,
  quotaCheck,
  planCheck,
  redundancyCheck,
  globalNamesCheck,
  vaultCheck,
  workspaceCheck,
  logsCheck,
  locksCheck,
];

/** The row of the login, which has been checked by the time there is a session. */
export function loginRow({ subscriptionId, tenantId }: Session): Checked {
  const note = `subscription ${subscriptionId} of tenant ${tenantId}, as meant and enabled`;
  return { name: 'login', finding: fine(note) };
}

/** The row of a login that failed; nothing else can be looked at then. */
export function failedLoginRow(problem: Problem): Checked {
  return { name: 'login', finding: findingOf(problem) };
}

/** What is to be run, and for how long. */
interface Extent {
  readonly checks?: readonly Check[];
  readonly deadlineSeconds?: number;
}

/**
 * Runs all checks at once, and gives what each found. Nothing is created. A check that has not
 * answered by the deadline counts as failed. Where the region is the mistake, what it would offer is
 * not reported.
 */
export async function runChecks(
  session: Session,
  settings: Settings,
  choices: Choices,
  tools: Toolbox,
  { checks: wanted = checks, deadlineSeconds = 60 }: Extent = {},
): Promise<readonly Checked[]> {
  const look = lookOf(session, settings, choices, within(deadlineSeconds, tools));
  const found = await Promise.all(
    wanted.map(async (check) => ({
      check,
      finding: await judged(check, look, deadlineSeconds, tools),
    })),
  );
  const lost = found.some(({ check, finding }) => check === locationCheck && !finding.ok);
  return found
    .filter(({ check }) => !(lost && check.regional))
    .map(({ check: { name }, finding }) => ({ name, finding }));
}

function lookOf(
  session: Session,
  settings: Settings,
  choices: Choices,
  tools: Look['tools'],
): Look {
  const names = namesOf(settings.environment, session.subscriptionId);
  const arm = createArm(session.credential, tools);
  const facts = readFacts(session, arm, names, tools);
  return { session, settings, choices, arm, names, facts, tools };
}

async function judged(
  check: Check,
  look: Look,
  deadlineSeconds: number,
  { cancelled }: Toolbox,
): Promise<Finding> {
  try {
    return await check.run(look);
  } catch (error) {
    if (cancelled.aborted) throw error;
    if (error instanceof Cancelled) {
      return wrong(
        `Azure did not answer within ${deadlineSeconds} s.`,
        'run again; if it stays so, look at the path from this runner to management.azure.com (proxy, firewall).',
      );
    }
    return findingOf(error);
  }
}

function findingOf(error: unknown): Finding {
  const [cause = ''] = messageOf(error).split('\nNext: ');
  return wrong(cause, error instanceof Problem ? error.next : 'run again with debug logging.');
}

/** The same tools, whose requests and waits end at the deadline as if the run were cancelled. */
function within(seconds: number, tools: Toolbox): Look['tools'] {
  const ends = tools.clock.now() + seconds * 1000;
  return {
    log: tools.log,
    cancelled: AbortSignal.any([tools.cancelled, AbortSignal.timeout(seconds * 1000)]),
    clock: {
      now: tools.clock.now,
      sleep: async (pause) => {
        if (tools.clock.now() + pause * 1000 > ends) throw new Cancelled('The deadline has come.');
        await tools.clock.sleep(pause);
      },
    },
  };
}
