import type { GitHubApi } from '../github/api.ts';
import { scrubbedDeep } from '../scrub.ts';
import type { Secret } from '../secret.ts';
import type { Log } from './index.ts';

/** Seconds for which a rate limit is waited out; longer ones are an answer like any other. */
const patience = 120;

/**
 * GitHub's REST API by the toolkit's client, with GitHub's own rules for limits and retries. What is
 * sent, such as a comment, is sent without secrets: nothing masks it later.
 */
export async function openGitHub(token: Secret, log: Log): Promise<GitHubApi> {
  const [{ getOctokit }, { retry }, { throttling }] = await Promise.all([
    import('@actions/github'),
    import('@octokit/plugin-retry'),
    import('@octokit/plugin-throttling'),
  ]);
  const onLimit = (seconds: number): boolean => {
    log.info(`GitHub asks to wait ${seconds} s.`);
    return seconds <= patience;
  };
  const octokit = getOctokit(
    token.reveal(),
    { throttle: { onRateLimit: onLimit, onSecondaryRateLimit: onLimit } },
    retry,
    throttling,
  );
  return {
    request: async (method, path, body = {}) => {
      try {
        const answer = await octokit.request(
          `${method} ${path}`,
          scrubbedDeep(body) as typeof body,
        );
        return { status: answer.status, json: answer.data as unknown };
      } catch (error) {
        const answer = error as { status?: number; response?: { data?: unknown } };
        if (typeof answer.status !== 'number' || answer.response === undefined) throw error;
        return { status: answer.status, json: answer.response.data };
      }
    },
  };
}
