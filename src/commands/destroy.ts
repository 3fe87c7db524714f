import { removeComputes } from '../compute/index.ts';
import { removeImages } from '../images/index.ts';
import type { Settings } from '../inputs/schema.ts';
import { login } from '../login/index.ts';
import type { Session } from '../login/session.ts';
import { namesOf } from '../names.ts';
import { stageTable } from '../report/stages.ts';
import { openStages, together } from '../stages.ts';
import type { Stages } from '../stages.ts';
import { removeState, stateOf } from '../state/index.ts';
import type { State } from '../state/index.ts';
import { openTerraform, readyTerraform } from '../terraform/index.ts';
import type { Readiness } from '../terraform/index.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { outputsInState } from '../terraform/stored-outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Command } from './command.ts';

/** Takes the environment down: what Terraform does not own first, then its resources, then, where asked for, the state. */
export const destroy: Command = async (settings, tools) => {
  const stages = openStages(tools);
  const ready = await readyTerraform(settings, tools);
  const session = await login(settings, tools);
  try {
    const state = await stateOf(session, settings, tools);
    let { location } = settings;
    if (state === undefined) {
      tools.log.info(`There is no state of "${settings.environment}": nothing to destroy.`);
    } else {
      const stood = await takeDown(settings, session, state, ready, stages, tools);
      // This run may have been told another region: a removal does not mind.
      if (stood !== undefined) location = stood.location;
    }
    const stateKept = state !== undefined && !settings.removeState;
    const left = await leftovers({ ...settings, location }, session, stateKept);
    for (const line of left) tools.log.info(line);
    return { outputs: {}, summary: summaryOf(settings, stages, left) };
  } finally {
    await session.close();
  }
};

/** Gives what stood there; undefined where no deploy had ended. */
async function takeDown(
  settings: Settings,
  session: Session,
  state: State,
  ready: Readiness,
  stages: Stages,
  tools: Toolbox,
): Promise<Outputs | undefined> {
  const terraform = await openTerraform(ready, settings, session, state, tools);
  const plan = await terraform.plan('Planning the removal', { destroy: true, lock: true });
  const outputs = await outputsInState(state);
  if (outputs !== undefined) {
    await together([
      stages.run('computes removed', async () => removeComputes(outputs, session, tools)),
      stages.run('images removed', async () => removeImages(outputs, settings, session, tools)),
    ]);
  }
  await stages.run('network and workspace removed', async (unchanged) => {
    if (plan.changed) await terraform.apply('Destroying', plan);
    else unchanged();
  });
  if (settings.removeState) {
    await stages.run('state removed', async () => removeState(session, settings, tools));
  }
  return outputs;
}

interface Deleted {
  readonly properties?: { readonly scheduledPurgeDate?: string };
}

/** What outlives the environment, and until when its name stays taken. */
async function leftovers(
  settings: Settings,
  session: Session,
  stateKept: boolean,
): Promise<readonly string[]> {
  const names = namesOf(settings.environment, session.subscriptionId);
  const lines: string[] = [];
  const path = `/subscriptions/${session.subscriptionId}/providers/Microsoft.KeyVault/locations/${settings.location}/deletedVaults/${names.keyVault}`;
  const vault = await session.arm.get<Deleted>(path, '2023-07-01');
  if (vault) {
    const date = vault.properties?.scheduledPurgeDate?.slice(0, 10) ?? 'a date Azure does not tell';
    lines.push(
      `The key vault ${names.keyVault} is soft-deleted until ${date}; the next deploy under this name recovers it.`,
    );
  }
  if (stateKept) {
    lines.push(
      `The state stays in storage account ${names.stateAccount}, resource group ${names.stateGroup}; remove-state: true deletes it too.`,
    );
  }
  return lines;
}

function summaryOf(settings: Settings, stages: Stages, left: readonly string[]): string {
  const list = left.length === 0 ? 'Nothing is left.' : left.map((line) => `- ${line}`).join('\n');
  const done =
    stages.records.length === 0 ? 'There was nothing to destroy.' : stageTable(stages.records);
  return `## Destroy of ${settings.environment}\n\n${done}\n\n### What is left\n\n${list}\n`;
}
