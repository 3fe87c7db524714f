import { Problem } from '../errors.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { GitHubApi } from './api.ts';
import type { Post } from './ours.ts';
import { findOurs } from './ours.ts';

/** A pull request that was merged into the default branch. */
export interface MergedPullRequest {
  readonly number: number;
  readonly url: string;
  /** As GitHub writes moments: 2026-11-23T01:02:03Z, whose order is that of the texts. */
  readonly mergedAt: string;
}

/** A commit of a repository. */
export interface Commit {
  /** owner/name */
  readonly repository: string;
  readonly sha: string;
}

/** Who writes with the token that GitHub gives a job. */
const jobsBot = 'github-actions[bot]';
/** GitHub may know of a merge a moment later than it starts the runs for it (from memory). */
const waits = [5, 10];
const byHand =
  'plan again and hand the fingerprint that you reviewed to deploy yourself, as plan-fingerprint.';

/**
 * The one pull request whose merge made this commit ("List pull requests associated with a commit",
 * which gives merge_commit_sha for a merge, a squash and a rebase alike). Throws a Problem where there
 * is none, or where GitHub does not say.
 */
export async function mergedPullRequest(
  api: GitHubApi,
  commit: Commit,
  clock: Toolbox['clock'],
): Promise<MergedPullRequest> {
  for (const seconds of [...waits, undefined]) {
    const [found, another] = (await pullRequestsOf(api, commit)).filter((pull) =>
      isMergeOf(pull, commit.sha),
    );
    if (found !== undefined && another === undefined) return viewOf(found);
    if (another !== undefined || seconds === undefined) {
      const many = another === undefined ? 'no pull request' : 'more than one pull request';
      throw refusal(`commit ${commit.sha} came with ${many} into the default branch.`);
    }
    await clock.sleep(seconds);
  }
  throw new Error('the last turn returns or throws');
}

/** What is read of a pull request; the rest of it is long. */
interface Pull {
  readonly number?: unknown;
  readonly html_url?: unknown;
  readonly merged_at?: unknown;
  readonly merge_commit_sha?: unknown;
  readonly base?: {
    readonly ref?: unknown;
    readonly repo?: { readonly default_branch?: unknown } | null;
  };
}

async function pullRequestsOf(
  api: GitHubApi,
  { repository, sha }: Commit,
): Promise<readonly Pull[]> {
  const path = `/repos/${repository}/commits/${sha}/pulls?per_page=100`;
  const { status, json } = await api.request('GET', path);
  if (status === 200) return Array.isArray(json) ? (json as Pull[]) : [];
  throw new Problem(
    `plan-fingerprint: GitHub does not say with which pull request commit ${sha} came: status ${status}.`,
    'give the job the permission pull-requests: read, and hand its token to the input github-token; where it calls a workflow of ours, the caller must grant it too.',
    { anchor: 'merged-plan' },
  );
}

function isMergeOf({ merged_at, merge_commit_sha, base }: Pull, sha: string): boolean {
  const branch = base?.repo?.default_branch;
  const isDefault = typeof branch === 'string' && branch !== '' && base?.ref === branch;
  return typeof merged_at === 'string' && merge_commit_sha === sha && isDefault;
}

function viewOf({ number, html_url, merged_at }: Pull): MergedPullRequest {
  return { number: Number(number), url: String(html_url), mergedAt: String(merged_at) };
}

/**
 * The one comment with this marker that stood on a pull request when it was merged. It must be by the
 * job's own token, or by the user of this token: what anybody else writes counts for nothing. Throws a
 * Problem where there is none, more than one, or one that was written to after the merge.
 */
export async function commentAtMerge(
  api: GitHubApi,
  repository: string,
  { number, mergedAt, url }: MergedPullRequest,
  marker: string,
): Promise<Post> {
  const path = `/repos/${repository}/issues/${number}/comments`;
  const marked = await findOurs(api, path, marker, () => false);
  const [ours, another] = marked.filter((post) => !post.isByBot || post.author === jobsBot);
  if (ours === undefined) {
    throw refusal(`there is no plan comment of this environment on pull request ${url}.`);
  }
  if (another !== undefined) {
    throw refusal(
      `there is more than one plan comment of this environment on pull request ${url}.`,
    );
  }
  if (ours.updatedAt === '' || ours.updatedAt > mergedAt) {
    throw refusal(
      `the plan comment ${ours.url} was last written at ${ours.updatedAt || 'an unknown time'}, but the merge was at ${mergedAt}: nobody can have reviewed it as it is now.`,
    );
  }
  return ours;
}

/** One sentence about the reviewed plan that is not to be had, with what to do. */
export function refusal(what: string): Problem {
  return new Problem(`plan-fingerprint: ${what}`, byHand, { anchor: 'merged-plan' });
}
