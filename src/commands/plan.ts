import type { Settings } from '../inputs/schema.ts';
import { login } from '../login/index.ts';
import { previewTemplates } from '../preview.ts';
import type { PlanStory } from '../report/plan-comment.ts';
import { tellPlan } from '../report/told-plan.ts';
import { failureOnPull, planOnPull, strangerOf } from '../report/plan-on-pull.ts';
import { countsLine, countsOf } from '../report/summary.ts';
import { together } from '../stages.ts';
import { stateOf } from '../state/index.ts';
import { openTerraform, readyTerraform } from '../terraform/index.ts';
import type { Readiness } from '../terraform/index.ts';
import { readPlan } from '../terraform/plan-file.ts';
import { fingerprintNow } from '../terraform/reviewed.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Command, Report } from './command.ts';

const firstPlan = 'Nothing is deployed yet: the plan starts from an empty state.';
const noPreview =
  'What the templates in `arm/` would make is asked of Azure once there is a first deploy that they can start from.';

/**
 * Plans, and shows the plan: in the step summary, and on a pull request as one comment. Where no plan
 * can be made, the comment says that, in the place of an older plan.
 */
export const plan: Command = async (settings, tools) => {
  try {
    const ready = await readyTerraform(settings, tools);
    const stranger = strangerOf(tools.runner.context);
    if (stranger !== undefined) return validationOnly(stranger, settings, tools);
    return await planned(ready, settings, tools);
  } catch (error) {
    await failureOnPull(error, settings, tools);
    throw error;
  }
};

async function planned(ready: Readiness, settings: Settings, tools: Toolbox): Promise<Report> {
  const session = await login(settings, tools);
  try {
    const state = await stateOf(session, settings, tools);
    if (state === undefined) tools.log.info(firstPlan);
    const terraform = await openTerraform(ready, settings, session, state, tools);
    const [file, templates] = await together([
      terraform.plan('Planning'),
      previewTemplates(state, settings, session, tools),
    ]);
    const read = readPlan(file.json);
    const fingerprint = await fingerprintNow(read, terraform, settings, state, tools);
    const counts = countsOf(read);
    tools.log.info(`Plan of ${settings.environment}: ${countsLine(counts)}`);
    const story: PlanStory = {
      environment: settings.environment,
      plan: read,
      fingerprint: fingerprint.text,
      ...(templates && { templates }),
      notes: [...(state === undefined ? [firstPlan] : []), ...(templates ? [] : [noPreview])],
    };
    const told = await tellPlan(story, tools);
    await planOnPull(told.comment, settings, tools);
    return {
      outputs: {
        changes: String(file.changed),
        adds: String(counts.adds),
        updates: String(counts.updates),
        replaces: String(counts.replaces),
        deletes: String(counts.deletes),
        'plan-fingerprint': fingerprint.text,
        ...(told.file !== undefined && { 'plan-file': told.file }),
      },
      summary: told.summary,
    };
  } finally {
    await session.close();
  }
}

/** A pull request that may not log in: its variables have been checked, and that is all. */
function validationOnly(stranger: string, { environment }: Settings, tools: Toolbox): Report {
  const text = `This pull request comes from ${stranger}, which may not log in to Azure: the variables were checked, nothing was planned.`;
  tools.log.notice(text);
  return { outputs: {}, summary: `## Plan of ${environment}\n\n${text}\n` };
}
