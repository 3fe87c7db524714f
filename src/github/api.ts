/** GitHub's REST API for one token. Never throws on a status; retries and rate limits are dealt with below. */
export interface GitHubApi {
  /** `path` begins with a slash, such as /repos/o/r/issues; gives the status and the decoded body. */
  request(
    method: string,
    path: string,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly status: number; readonly json: unknown }>;
}
