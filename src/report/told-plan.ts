import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { scrubbed } from '../scrub.ts';
import type { RunContext, Toolbox } from '../toolbox/index.ts';
import { code } from './markdown.ts';
import type { PlanStory } from './plan-comment.ts';
import { planComment, planSummary, wholePlan } from './plan-comment.ts';

/** A plan as it is told: on a pull request, in the step summary, and in a file where that is too short. */
export interface ToldPlan {
  readonly comment: string;
  readonly summary: string;
  /** Path of the file; undefined where the summary has room for everything. */
  readonly file: string | undefined;
}

type Tools = Pick<Toolbox, 'files' | 'env' | 'clock' | 'runner' | 'log'>;

/**
 * Tells a plan. What the comment has no room for is in the step summary; what that has no room for is
 * in a file, in the runner's folder for temporary files, where a later step of the job can fetch it.
 * Each of them says where the rest is.
 */
export async function tellPlan(story: PlanStory, tools: Tools): Promise<ToldPlan> {
  const page = runPage(tools.runner.context);
  const summary = planSummary(story);
  if (summary.complete) {
    const rest = `This is not all of it: the step summary of [this run](${page}) has the rest.`;
    return {
      ...{ comment: planComment({ ...story, rest }).body, summary: summary.body },
      file: undefined,
    };
  }
  const name = `innereye-plan-${story.environment}.md`;
  const file = await keepWhole(name, story, tools);
  const place = `the whole plan is the file \`${name}\`, which the workflow \`plan\` keeps as an artifact of [this run](${page}).`;
  const lost = 'the whole plan could not be written down; the log says why.';
  const whole = { ...story, rest: `This is not all of it: ${file === undefined ? lost : place}` };
  return { comment: planComment(whole).body, summary: planSummary(whole).body, file };
}

/** Writes the file; one that cannot be written does not fail the plan, but is told. */
async function keepWhole(
  name: string,
  story: PlanStory,
  tools: Tools,
): Promise<string | undefined> {
  const { files, env, clock, runner, log } = tools;
  const { repository, runId, runAttempt, sha } = runner.context;
  const at = new Date(clock.now()).toISOString();
  const origin = `Made at ${at} by run ${runId}, attempt ${runAttempt}, of ${code(repository)} at commit ${code(sha)}.`;
  const text = wholePlan({ ...story, notes: [origin, ...(story.notes ?? [])] });
  const file = join(env['RUNNER_TEMP'] ?? '.', name);
  try {
    await files.write(file, scrubbed(text));
  } catch (error) {
    log.warn(`The whole plan could not be written to ${file}: ${messageOf(error)}`);
    return undefined;
  }
  log.info(`The whole plan is in ${file}.`);
  return file;
}

function runPage({ serverUrl, repository, runId, runAttempt }: RunContext): string {
  return `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`;
}
