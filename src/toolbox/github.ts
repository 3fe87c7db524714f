import type { GitHubApi } from '../github/api.ts';
import { limitSeconds } from '../github/limits.ts';
import { scrubbedDeep } from '../scrub.ts';
import type { Secret } from '../secret.ts';
import type { Clock, Log } from './index.ts';

/** Seconds for which a rate limit is waited out; longer ones are an answer like any other. */
const patience = 120;
/** How often one request waits for a limit. */
const mostWaits = 3;
/** Answers that another attempt does not change; a rate limit is waited for here, not by the plugin. */
const final = [400, 401, 403, 404, 410, 422, 429, 451];

/** An answer to one attempt, with its headers. */
interface Attempt {
  readonly status: number;
  readonly json: unknown;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
}

/**
 * GitHub's REST API by the toolkit's client, with GitHub's own rules for limits and retries. What is
 * sent, such as a comment, is sent without secrets: nothing masks it later.
 */
export async function openGitHub(token: Secret, log: Log, clock: Clock): Promise<GitHubApi> {
  const [{ getOctokit }, { retry }, { throttling }] = await Promise.all([
    import('@actions/github'),
    import('@octokit/plugin-retry'),
    import('@octokit/plugin-throttling'),
  ]);
  // The plugin spaces requests; it knows only some of the forms in which GitHub tells a limit.
  const onLimit = (): boolean => false;
  const octokit = getOctokit(
    token.reveal(),
    {
      throttle: { onRateLimit: onLimit, onSecondaryRateLimit: onLimit },
      retry: { doNotRetry: final },
    },
    retry,
    throttling,
  );
  const attempt = async (
    route: string,
    body: Readonly<Record<string, unknown>>,
  ): Promise<Attempt> => {
    try {
      const answer = await octokit.request(route, body);
      return { status: answer.status, json: answer.data as unknown, headers: answer.headers };
    } catch (error) {
      const { status, response } = error as Refusal;
      if (typeof status !== 'number' || response === undefined) throw error;
      return { status, json: response.data, headers: response.headers ?? {} };
    }
  };
  return {
    request: async (method, path, body = {}) => {
      const sent = scrubbedDeep(body) as typeof body;
      for (let waits = 0; ; waits++) {
        const { status, json, headers } = await attempt(`${method} ${path}`, sent);
        const told = (json as { message?: unknown } | null)?.message;
        const message = typeof told === 'string' ? told : '';
        const seconds = limitSeconds({ status, headers, message }, clock.now());
        if (seconds === undefined || seconds > patience || waits === mostWaits) {
          return { status, json };
        }
        log.info(`GitHub asks to wait ${seconds} s.`);
        await clock.sleep(seconds);
      }
    },
  };
}

/** What the toolkit's client throws for a status that is no success. */
interface Refusal {
  readonly status?: number;
  readonly response?: { readonly data?: unknown; readonly headers?: Attempt['headers'] };
}
