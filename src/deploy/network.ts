import { Cancelled } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import { closeAfterFailure, jumpboxNameOf } from '../jumpbox/index.ts';
import { freshPassword } from '../jumpbox/password.ts';
import type { Session } from '../login/session.ts';
import { namesOf } from '../names.ts';
import { countsLine, countsOf } from '../report/summary.ts';
import { ensureState } from '../state/index.ts';
import type { State } from '../state/index.ts';
import { heal } from '../terraform/adoption/index.ts';
import type { Healed } from '../terraform/adoption/index.ts';
import { approvalOf } from '../terraform/approval.ts';
import type { Approval } from '../terraform/approval.ts';
import { openTerraform } from '../terraform/index.ts';
import type { PlanFile, Readiness, Terraform } from '../terraform/index.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { unfinishedRecord } from '../terraform/unfinished.ts';
import type { Toolbox } from '../toolbox/index.ts';

/** A plan for network and workspace that may be applied; nothing of the environment has changed yet. */
export interface PlannedNetwork {
  readonly state: State;
  readonly terraform: Terraform;
  readonly approval: Approval;
  readonly healed: Healed;
}

/**
 * Makes the state's account where it is missing, plans, takes over what a run left that was cut off,
 * and refuses any plan but the one that was reviewed.
 */
export async function planNetwork(
  ready: Readiness,
  settings: Settings,
  session: Session,
  tools: Toolbox,
): Promise<PlannedNetwork> {
  const state = await ensureState(session, settings, tools);
  const terraform = await openTerraform(ready, settings, session, state, tools, {
    keepsLock: true,
    jumpboxPassword: freshPassword(tools),
  });
  const replan = (): Promise<PlanFile> => terraform.plan('Planning', { lock: true, quiet: true });
  const { subscriptionId, arm } = session;
  const { environment } = settings;
  const { resourceGroup } = namesOf(environment, subscriptionId);
  const patient = { environment, subscriptionId, resourceGroup };
  const healed = await heal(await replan(), terraform, replan, patient, arm, tools);
  const approval = await approvalOf(healed.plan, terraform, settings, state, tools);
  tools.log.info(`Plan: ${countsLine(countsOf(healed.plan))}.`);
  return { state, terraform, approval, healed };
}

/** Applies the very plan that was made, and gives what came of it. */
export async function applyNetwork(
  { state, terraform, approval, healed: { file, plan } }: PlannedNetwork,
  settings: Settings,
  session: Session,
  tools: Toolbox,
): Promise<{ readonly outputs: Outputs; readonly changed: boolean }> {
  const unfinished = unfinishedRecord(settings.environment, state, tools);
  if (file.changed) {
    try {
      await approval.begin();
      await unfinished.begin(plan);
      await terraform.apply('Applying the plan', file);
    } catch (error) {
      // A cancelled run has seconds; the next deploy looks at the machine anyway.
      if (!(error instanceof Cancelled)) await jumpboxAfterFailure(settings, session, tools);
      throw error;
    }
  }
  if (file.changed || settings.planFingerprint !== '') await approval.end();
  // An apply has stored what is there; where there is none to do, a refresh does so.
  const isLeft = !file.changed && (await unfinished.read()) !== undefined;
  if (isLeft) await terraform.settle();
  if (file.changed || isLeft) await unfinished.end();
  return { outputs: await terraform.outputs(), changed: file.changed };
}

/** The machine may be there already, and its first password is in the state by then. */
function jumpboxAfterFailure(
  { environment, location }: Settings,
  session: Session,
  tools: Toolbox,
): Promise<void> {
  const { subscriptionId } = session;
  const { resourceGroup } = namesOf(environment, subscriptionId);
  const jumpboxName = jumpboxNameOf(environment);
  return closeAfterFailure(
    { subscriptionId, resourceGroup, jumpboxName, location },
    session,
    tools,
  );
}
