import { Problem } from '../errors.ts';
import { commentAtMerge, mergedPullRequest, refusal } from '../github/merged.ts';
import type { Settings } from '../inputs/schema.ts';
import { marker } from '../report/markdown.ts';
import { fingerprintIn } from '../report/plan-comment.ts';
import type { Toolbox } from '../toolbox/index.ts';

/** The word that stands for the fingerprint of the merged pull request. */
const merged = 'merged';

/**
 * The settings with the fingerprint that was reviewed, where they ask for the one of the pull request
 * that this run's commit was merged with. Throws a Problem where it is not to be had; nothing has been
 * asked of Azure by then.
 */
export async function withReviewedPlan(
  settings: Settings,
  { github, runner, clock, log }: Pick<Toolbox, 'github' | 'runner' | 'clock' | 'log'>,
): Promise<Settings> {
  if (settings.planFingerprint !== merged) return settings;
  if (settings.githubToken.reveal() === '') {
    throw new Problem(
      'plan-fingerprint: merged is read from GitHub, but the input github-token is empty.',
      'hand it the token of the job: github-token: ${{ github.token }}, with the permission pull-requests: read.',
      { anchor: 'merged-plan' },
    );
  }
  const { repository, sha } = runner.context;
  const api = await github(settings.githubToken);
  const pull = await mergedPullRequest(api, { repository, sha }, clock);
  const comment = await commentAtMerge(api, repository, pull, marker('plan', settings.environment));
  const planFingerprint = fingerprintIn(comment.body);
  if (planFingerprint === undefined) {
    throw refusal(
      `the plan comment ${comment.url} holds no fingerprint: planning had failed when the pull request was merged.`,
    );
  }
  log.info(`Only the plan that was reviewed in ${comment.url} may be applied: ${planFingerprint}`);
  return { ...settings, planFingerprint };
}
