import { messageOf } from '../errors.ts';
import { upsertComment } from '../github/comments.ts';
import type { Settings } from '../inputs/schema.ts';
import { login } from '../login/index.ts';
import { previewTemplates } from '../preview.ts';
import { marker } from '../report/markdown.ts';
import { planComment, planSummary } from '../report/plan-comment.ts';
import type { PlanStory } from '../report/plan-comment.ts';
import { countsLine, countsOf } from '../report/summary.ts';
import { together } from '../stages.ts';
import { stateOf } from '../state/index.ts';
import { openTerraform, readyTerraform } from '../terraform/index.ts';
import { readPlan } from '../terraform/plan-file.ts';
import { fingerprintNow } from '../terraform/reviewed.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Command, Report } from './command.ts';

const firstPlan = 'Nothing is deployed yet: the plan starts from an empty state.';
const noPreview =
  'What the templates in `arm/` would make is asked of Azure once there is a first deploy that they can start from.';

/** Plans, and shows the plan: in the step summary, and on a pull request as one comment. */
export const plan: Command = async (settings, tools) => {
  const ready = await readyTerraform(settings, tools);
  if (tools.runner.context.pullRequest?.fromFork) return forkOnly(settings, tools);
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
    await comment(story, settings, tools);
    return {
      outputs: {
        changes: String(file.changed),
        adds: String(counts.adds),
        updates: String(counts.updates),
        replaces: String(counts.replaces),
        deletes: String(counts.deletes),
        'plan-fingerprint': fingerprint.text,
      },
      summary: planSummary(story).body,
    };
  } finally {
    await session.close();
  }
};

/** A pull request from a fork gets no id-token: its variables have been checked, and that is all. */
function forkOnly({ environment }: Settings, tools: Toolbox): Report {
  const text =
    'This pull request comes from a fork, which may not log in to Azure: the variables were checked, nothing was planned.';
  tools.log.notice(text);
  return { outputs: {}, summary: `## Plan of ${environment}\n\n${text}\n` };
}

/** A comment that cannot be written never fails a plan, but says so. */
async function comment(story: PlanStory, settings: Settings, tools: Toolbox): Promise<void> {
  const { pullRequest, repository } = tools.runner.context;
  if (pullRequest === undefined) return;
  if (settings.githubToken.reveal() === '') {
    tools.log.warn('The plan is not on the pull request: the input github-token is empty.');
    return;
  }
  const { body, complete } = planComment(story);
  if (!complete)
    tools.log.info('The plan is longer than a comment may be; the summary has the rest.');
  try {
    const api = await tools.github(settings.githubToken);
    const written = await upsertComment(api, {
      repository,
      number: pullRequest.number,
      marker: marker('plan', settings.environment),
      body,
    });
    tools.log.info(`Comment ${written.what}: ${written.url}`);
  } catch (error) {
    tools.log.warn(`The plan is not on the pull request: ${messageOf(error)}`);
  }
}
