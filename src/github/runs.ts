import { messageOf } from '../errors.ts';
import type { GitHubApi } from './api.ts';

/** Whether a workflow run has ended, as far as GitHub says; `at` in milliseconds since the epoch. */
export type RunEnd =
  | { readonly kind: 'over'; readonly at: number }
  | { readonly kind: 'alive' | 'unknown'; readonly why: string };

/** One attempt of a workflow run. */
export interface RunAttempt {
  /** owner/name */
  readonly repository: string;
  readonly runId: string;
  readonly runAttempt: string;
}

/** Asks GitHub for one attempt of a run ("Get a workflow run attempt"). Never throws: no answer is `unknown`. */
export async function endOfRun(
  api: GitHubApi,
  { repository, runId, runAttempt }: RunAttempt,
): Promise<RunEnd> {
  const path = `/repos/${repository}/actions/runs/${runId}/attempts/${runAttempt}`;
  try {
    const { status, json } = await api.request('GET', path);
    if (status !== 200) {
      return { kind: 'unknown', why: `GitHub does not say whether it is over (status ${status})` };
    }
    const run = (json ?? {}) as { readonly status?: unknown; readonly updated_at?: unknown };
    const at = Date.parse(String(run.updated_at));
    if (run.status !== 'completed')
      return { kind: 'alive', why: 'GitHub says that it is still going on' };
    if (Number.isNaN(at)) return { kind: 'unknown', why: 'GitHub does not say when it ended' };
    return { kind: 'over', at };
  } catch (error) {
    return { kind: 'unknown', why: `GitHub cannot be asked: ${messageOf(error)}` };
  }
}
