import { Cancelled, messageOf } from '../errors.ts';
import { upsertComment } from '../github/comments.ts';
import type { Settings } from '../inputs/schema.ts';
import type { RunContext, Toolbox } from '../toolbox/index.ts';
import { marker } from './markdown.ts';
import { planFailureComment } from './plan-failure.ts';

/** Whose comment it is, and with what it is written. */
type Writing = Pick<Settings, 'environment' | 'githubToken'>;
type Tools = Pick<Toolbox, 'runner' | 'log' | 'clock' | 'cancelled' | 'github'>;

/** Where a pull request comes from that GitHub gives neither an id-token nor a token that writes. */
export function strangerOf({ pullRequest }: RunContext): string | undefined {
  if (pullRequest?.fromFork) return 'a fork';
  return pullRequest?.byDependabot ? 'Dependabot' : undefined;
}

/**
 * Puts the failure in the place of an older plan's comment. A run that was cancelled says nothing: the
 * one that took its place will. A stranger's may not write.
 */
export async function failureOnPull(error: unknown, writing: Writing, tools: Tools): Promise<void> {
  const { context } = tools.runner;
  const { pullRequest, repository, runId, runAttempt, serverUrl, sha } = context;
  if (pullRequest === undefined || strangerOf(context) !== undefined) return;
  if (error instanceof Cancelled || tools.cancelled.aborted) return;
  const body = planFailureComment({
    environment: writing.environment,
    error: messageOf(error),
    at: tools.clock.now(),
    sha,
    run: `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`,
  });
  await commentOnPull(body, writing, tools);
}

/** A comment that cannot be written never changes how a plan ends, but says so. */
export async function commentOnPull(
  body: string,
  { environment, githubToken }: Writing,
  tools: Pick<Toolbox, 'runner' | 'log' | 'github'>,
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
    });
    tools.log.info(`Comment ${written.what}: ${written.url}`);
  } catch (error) {
    tools.log.warn(`The plan is not on the pull request: ${messageOf(error)}`);
  }
}
