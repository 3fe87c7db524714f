import { Cancelled, messageOf } from '../errors.ts';
import { upsertComment } from '../github/comments.ts';
import type { Settings } from '../inputs/schema.ts';
import type { RunContext, Toolbox } from '../toolbox/index.ts';
import { marker } from './markdown.ts';
import { planFailureComment, planUnshownComment } from './plan-failure.ts';
import type { PlanFailure } from './plan-failure.ts';

/** Whose comment it is, and with what it is written. */
type Writing = Pick<Settings, 'environment' | 'githubToken'>;
type Tools = Pick<Toolbox, 'runner' | 'log' | 'clock' | 'cancelled' | 'github'>;

/** Where a pull request comes from that GitHub gives neither an id-token nor a token that writes. */
export function strangerOf({ pullRequest }: RunContext): string | undefined {
  if (pullRequest?.fromFork) return 'a fork';
  return pullRequest?.byDependabot ? 'Dependabot' : undefined;
}

/** Shows a plan. Where GitHub does not take its text, the comment says that, in the place of an older plan. */
export async function planOnPull(body: string, writing: Writing, tools: Tools): Promise<void> {
  await commentOnPull(body, writing, tools, (said) =>
    planUnshownComment(storyOf(said, writing, tools)),
  );
}

/**
 * Puts the failure in the place of an older plan's comment. A run that was cancelled says nothing: the
 * one that took its place will. A stranger's may not write.
 */
export async function failureOnPull(error: unknown, writing: Writing, tools: Tools): Promise<void> {
  const { context } = tools.runner;
  if (context.pullRequest === undefined || strangerOf(context) !== undefined) return;
  if (error instanceof Cancelled || tools.cancelled.aborted) return;
  const body = planFailureComment(storyOf(messageOf(error), writing, tools));
  await commentOnPull(body, writing, tools);
}

function storyOf(error: string, { environment }: Writing, { runner, clock }: Tools): PlanFailure {
  const { repository, runId, runAttempt, serverUrl, sha } = runner.context;
  const run = `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`;
  return { environment, error, at: clock.now(), sha, run };
}

/** A comment that cannot be written never changes how a plan ends, but says so. */
async function commentOnPull(
  body: string,
  { environment, githubToken }: Writing,
  tools: Pick<Toolbox, 'runner' | 'log' | 'github'>,
  instead?: (said: string) => string,
): Promise<void> {
  const { pullRequest, repository } = tools.runner.context;
  if (pullRequest === undefined) return;
  if (githubToken.reveal() === '') {
    tools.log.warn('The plan is not on the pull request: the input github-token is empty.');
    return;
  }
  try {
    const api = await tools.github(githubToken);
    const written = await upsertComment(api, {
      repository,
      number: pullRequest.number,
      marker: marker('plan', environment),
      body,
      ...(instead && { instead }),
    });
    if (written.what === 'shortened') {
      tools.log.warn(
        `GitHub did not take the text of the plan; the comment says so, and the plan is in the summary of this run: ${written.url}`,
      );
    } else {
      tools.log.info(`Comment ${written.what}: ${written.url}`);
    }
  } catch (error) {
    tools.log.warn(`The plan is not on the pull request: ${messageOf(error)}`);
  }
}
