import { applyNetwork, planNetwork } from '../deploy/network.ts';
import type { PlannedNetwork } from '../deploy/network.ts';
import type { Standing } from '../deploy/parts.ts';
import { partsOf } from '../deploy/parts.ts';
import { withReviewedPlan } from '../deploy/reviewed-plan.ts';
import type { Settings } from '../inputs/schema.ts';
import { login } from '../login/index.ts';
import type { Session } from '../login/session.ts';
import { stageTable } from '../report/stages.ts';
import { openStages, together } from '../stages.ts';
import type { Stages } from '../stages.ts';
import { readyTerraform } from '../terraform/index.ts';
import { storedOutputs } from '../terraform/stored-outputs.ts';
import { withPackage } from '../webapp/index.ts';
import type { Command, Report } from './command.ts';

/** Brings up the environment, or the stages of it that were asked for; each can start from the stored state. */
export const deploy: Command = async (settings, toolbox) => {
  const stages = openStages(toolbox);
  const sessions: Session[] = [];
  try {
    const reviewed = await withReviewedPlan(settings, toolbox);
    return await inStages(reviewed, stages, sessions);
  } catch (error) {
    // A command that throws leaves no report.
    if (stages.records.length > 0) await toolbox.runner.summary(summaryOf(settings, stages));
    throw error;
  } finally {
    for (const session of sessions) await session.close();
  }
};

/** `sessions` takes the login, which has to be closed however this ends. */
async function inStages(settings: Settings, stages: Stages, sessions: Session[]): Promise<Report> {
  if (isGiven(settings)) await withPackage(settings, stages.tools);
  // Nothing of the environment is changed before a package is there that can be deployed.
  const [complete, begun] = await together([
    havingPackage(settings, stages),
    begin(settings, stages, sessions),
  ]);
  const standing = await stand(begun, settings, stages);
  await together(partsOf(standing, complete, begun.session, stages));
  const { outputs } = standing;
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
}

function isGiven({ stages, inferencePackage }: Settings): boolean {
  return stages.includes('webapp') && inferencePackage !== '';
}

/** The settings with a package in them; one is made where the web app is asked for and none was given. */
async function havingPackage(settings: Settings, stages: Stages): Promise<Settings> {
  if (!settings.stages.includes('webapp') || isGiven(settings)) return settings;
  return stages.run('package', () => withPackage(settings, stages.tools));
}

/** A login, with the plan for the network, or with what an earlier deploy left where none is asked for. */
type Begun = { readonly session: Session } & (
  { readonly planned: PlannedNetwork } | { readonly standing: Standing }
);

async function begin(settings: Settings, stages: Stages, sessions: Session[]): Promise<Begun> {
  const { tools } = stages;
  const ready = await readyTerraform(settings, tools);
  const session = await login(settings, tools);
  sessions.push(session);
  if (!settings.stages.includes('network')) {
    return { session, standing: await storedOutputs(session, settings, tools) };
  }
  const planned = await stages.run('plan', () => planNetwork(ready, settings, session, tools));
  return { session, planned };
}

async function stand(begun: Begun, settings: Settings, stages: Stages): Promise<Standing> {
  if ('standing' in begun) return begun.standing;
  const { planned, session } = begun;
  const { state, terraform } = planned;
  return stages.run('network and workspace', async (unchanged) => {
    const { outputs, changed } = await applyNetwork(planned, settings, session, stages.tools);
    if (!changed) unchanged();
    return { outputs, state, ...(changed && { settle: () => terraform.settle() }) };
  });
}

function summaryOf({ environment }: Settings, { records }: Stages): string {
  return `## Deploy of ${environment}\n\n${stageTable(records)}\n`;
}
