import { createArm } from '../azure/create-arm.ts';
import { Cancelled, Problem, messageOf } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import { namesOf } from '../names.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { fine, wrong } from './check.ts';
import type { Check, Finding, Look } from './check.ts';
import { globalNamesCheck } from './global-names.ts';
import { rolesCheck } from './permissions.ts';
import { providersCheck } from './providers.ts';
import { quotaCheck } from './quota.ts';
import { sizesCheck } from './sizes.ts';
import type { Machine } from './sizes.ts';
import { vaultCheck, workspacesCheck } from './soft-deleted.ts';

/** A check and what it found. */
export interface Checked {
  readonly name: string;
  readonly finding: Finding;
}

/** The machines of an environment by the defaults of `terraform/variables.tf` and `arm/computes.json`. */
export function usualMachines({
  instanceUser,
}: Pick<Settings, 'instanceUser'>): readonly Machine[] {
  const cluster = {
    what: 'compute cluster',
    size: 'Standard_D4s_v3',
    quota: 'machine learning',
  } as const;
  const probe = { what: 'probe', size: 'Standard_B2als_v2', quota: 'virtual machines' } as const;
  return instanceUser === ''
    ? [cluster, probe]
    : [cluster, { ...cluster, what: 'compute instance' }, probe];
}

/** All checks; the login itself, which has been checked by then, is the first row. */
export function checksFor(machines: readonly Machine[]): readonly Check[] {
  return [
    loginCheck,
    providersCheck,
    rolesCheck,
    sizesCheck(machines),
    quotaCheck(machines),
    globalNamesCheck,
    vaultCheck,
    workspacesCheck,
  ];
}

const loginCheck: Check = {
  name: 'login',
  run: ({ session }) =>
    Promise.resolve(
      fine(`subscription ${session.subscriptionId} of tenant ${session.tenantId}, as meant`),
    ),
};

/**
 * Runs all checks at once, and gives what each found. Nothing is created. A check that has not
 * answered by the deadline counts as failed.
 */
export async function runChecks(
  checks: readonly Check[],
  session: Session,
  settings: Settings,
  tools: Toolbox,
  deadlineSeconds = 60,
): Promise<readonly Checked[]> {
  const limited = within(deadlineSeconds, tools);
  const look: Look = {
    session,
    settings,
    arm: createArm(session.credential, limited),
    names: namesOf(settings.environment, session.subscriptionId),
    tools: limited,
  };
  return Promise.all(
    checks.map(async (check) => ({
      name: check.name,
      finding: await judged(check, look, deadlineSeconds, tools),
    })),
  );
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
    const [cause = ''] = messageOf(error).split('\nNext: ');
    return wrong(cause, error instanceof Problem ? error.next : 'run again with debug logging.');
  }
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
