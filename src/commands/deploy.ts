import { deployComputes } from '../compute/index.ts';
import { Cancelled, Problem } from '../errors.ts';
import { deployImages } from '../images/index.ts';
import type { Settings } from '../inputs/schema.ts';
import { closeAfterFailure, closeJumpbox, jumpboxNameOf } from '../jumpbox/index.ts';
import { freshPassword } from '../jumpbox/password.ts';
import { login } from '../login/index.ts';
import type { Session } from '../login/session.ts';
import { namesOf } from '../names.ts';
import { countsLine, countsOf } from '../report/summary.ts';
import { stageTable } from '../report/stages.ts';
import { openStages, together } from '../stages.ts';
import type { Stages } from '../stages.ts';
import { ensureState } from '../state/index.ts';
import type { State } from '../state/index.ts';
import { ensureContainers } from '../storage/containers.ts';
import { openTerraform, readyTerraform } from '../terraform/index.ts';
import type { Readiness, Terraform } from '../terraform/index.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { readPlan } from '../terraform/plan-file.ts';
import type { Plan } from '../terraform/plan-file.ts';
import { fingerprintNow } from '../terraform/reviewed.ts';
import { storedOutputs } from '../terraform/stored-outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { deployWebApp, withPackage } from '../webapp/index.ts';
import type { Command } from './command.ts';

/** Brings up the environment, or the stages of it that were asked for; each can start from the stored state. */
export const deploy: Command = async (settings, tools) => {
  const stages = openStages(tools);
  const packaged = await havingPackage(settings, stages, tools);
  const ready = await readyTerraform(settings, tools);
  const session = await login(settings, tools);
  try {
    const { outputs, state } = await network(settings, session, ready, stages, tools);
    await together([
      jumpbox(outputs, session, stages, tools),
      computes(outputs, settings, session, stages, tools),
      images(outputs, settings, session, stages, tools),
      webApp(outputs, packaged, session, state, stages, tools),
    ]);
    return {
      outputs: {
        'resource-group': outputs.resourceGroup,
        'workspace-name': outputs.workspaceName,
        'compute-cluster-name': outputs.computeClusterName,
        'inference-app-name': outputs.inferenceAppName,
        'inference-app-host': outputs.inferenceAppHost,
        'key-vault-name': outputs.keyVaultName,
      },
      summary: summaryOf(settings, stages),
    };
  } catch (error) {
    await tools.runner.summary(summaryOf(settings, stages)); // a command that throws leaves no report
    throw error;
  } finally {
    await session.close();
  }
};

/** A package that cannot be made, or not be deployed, is refused before the network is built for it. */
async function havingPackage(
  settings: Settings,
  stages: Stages,
  tools: Toolbox,
): Promise<Settings> {
  if (!settings.stages.includes('webapp')) return settings;
  const work = (): Promise<Settings> => withPackage(settings, tools);
  return settings.inferencePackage === '' ? stages.run('package', work) : work();
}

function summaryOf({ environment }: Settings, { records }: Stages): string {
  return `## Deploy of ${environment}\n\n${stageTable(records)}\n`;
}

async function network(
  settings: Settings,
  session: Session,
  ready: Readiness,
  stages: Stages,
  tools: Toolbox,
): Promise<{ readonly outputs: Outputs; readonly state: State }> {
  if (!settings.stages.includes('network')) return storedOutputs(session, settings, tools);
  return stages.run('network and workspace', async (unchanged) => {
    const state = await ensureState(session, settings, tools);
    const terraform = await openTerraform(ready, settings, session, state, tools, {
      keepsLock: true,
      jumpboxPassword: freshPassword(tools),
    });
    const file = await terraform.plan('Planning', { lock: true, quiet: true });
    const plan = readPlan(file.json);
    if (settings.planFingerprint) await refuseStale(plan, terraform, settings, state, tools);
    tools.log.info(`Plan: ${countsLine(countsOf(plan))}.`);
    if (file.changed) {
      try {
        await terraform.apply('Applying the plan', file);
      } catch (error) {
        // A cancelled run has seconds; the next deploy looks at the machine anyway.
        if (!(error instanceof Cancelled)) await jumpboxAfterFailure(settings, session, tools);
        throw error;
      }
      await terraform.settle();
    }
    const outputs = await terraform.outputs();
    const { changed } = await ensureContainers(outputs, session);
    if (!file.changed && !changed) unchanged();
    return { outputs, state };
  });
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

/** Refuses any plan but the one that was reviewed. */
async function refuseStale(
  plan: Plan,
  terraform: Terraform,
  settings: Settings,
  state: State,
  tools: Toolbox,
): Promise<void> {
  const now = await fingerprintNow(plan, terraform, settings, state, tools);
  if (now.text === settings.planFingerprint) return;
  throw new Problem(
    `plan-fingerprint: this is not the plan that was reviewed; it is now ${countsLine(countsOf(plan))}, with fingerprint ${now.text}.`,
    'plan again, review that, and deploy with its fingerprint, with the same inputs. Nothing of the environment has been changed.',
    { anchor: 'plan-fingerprint' },
  );
}

/** One stage that may find everything as it is to be. */
function part(
  stages: Stages,
  name: string,
  work: () => Promise<{ readonly changed: boolean }>,
): Promise<void> {
  return stages.run(name, async (unchanged) => {
    if (!(await work()).changed) unchanged();
  });
}

/** In every deploy, whatever its stages: one that was cut off may have left the password open. */
async function jumpbox(
  outputs: Outputs,
  session: Session,
  stages: Stages,
  tools: Toolbox,
): Promise<void> {
  if (outputs.jumpboxName === '') return;
  await part(stages, 'jumpbox password', () => closeJumpbox(outputs, session, tools));
}

async function computes(
  outputs: Outputs,
  settings: Settings,
  session: Session,
  stages: Stages,
  tools: Toolbox,
): Promise<void> {
  if (!settings.stages.includes('compute')) return;
  await part(stages, 'compute', () => deployComputes(outputs, settings, session, tools));
}

/** Belongs to the inference service: what it is sent goes through here to its jobs. */
async function images(
  outputs: Outputs,
  settings: Settings,
  session: Session,
  stages: Stages,
  tools: Toolbox,
): Promise<void> {
  if (!settings.stages.includes('webapp')) return;
  await part(stages, 'images', () => deployImages(outputs, settings, session, tools));
}

async function webApp(
  outputs: Outputs,
  settings: Settings,
  session: Session,
  state: State,
  stages: Stages,
  tools: Toolbox,
): Promise<void> {
  if (!settings.stages.includes('webapp')) return;
  await part(stages, 'web app', () => deployWebApp(outputs, settings, session, state, tools));
}
