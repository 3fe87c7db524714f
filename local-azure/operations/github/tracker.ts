import type { World } from '../../world.ts';
import { API_HOST } from './respond.ts';
import { workflowRunOf } from './workflow-run.ts';
import { keptIn } from '../../world.ts';

/** Who acts with a job's token, as GitHub shows it. */
export const BOT = {
  login: 'github-actions[bot]',
  id: 41_898_282,
  node_id: 'MDM6Qm90NDE4OTgyODI=',
  avatar_url: 'https://avatars.githubusercontent.com/in/15368?v=4',
  html_url: 'https://github.com/apps/github-actions',
  type: 'Bot',
  site_admin: false,
} as const;

/** An issue or a pull request: they share their numbers. */
export interface Issue {
  readonly number: number;
  readonly isPullRequest: boolean;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  stateReason: string | null;
  labels: readonly string[];
  readonly author: string;
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  /** Of a pull request that was merged: its merge commit. */
  mergedAs?: { readonly sha: string; readonly at: string };
}

/** A comment on an issue or pull request. */
export interface Comment {
  readonly id: number;
  readonly issue: number;
  body: string;
  readonly author: string;
  readonly createdAt: string;
  updatedAt: string;
}

/** Issues, pull requests and comments of the repository. */
export interface Tracker {
  readonly issues: Map<number, Issue>;
  readonly comments: Map<number, Comment>;
  /** The last number and the last comment id that were given out. */
  lastNumber: number;
  lastComment: number;
}

/** The tracker of this world's repository. */
export function trackerOf(world: World): Tracker {
  return keptIn(world, 'github-tracker', () => ({
    issues: new Map(),
    comments: new Map(),
    lastNumber: 0,
    lastComment: 2_900_000_000,
  }));
}

/** What an issue or pull request begins with. */
export interface NewIssue {
  readonly title: string;
  readonly body?: string | null;
  readonly labels?: readonly string[];
  readonly author?: string;
  readonly isPullRequest?: boolean;
}

/** Opens an issue; with `isPullRequest`, a pull request, as a person would have done before the run. */
export function openIssue(world: World, given: NewIssue): Issue {
  const tracker = trackerOf(world);
  const now = momentOf(world);
  const issue: Issue = {
    number: (tracker.lastNumber += 1),
    isPullRequest: given.isPullRequest ?? false,
    title: given.title,
    body: given.body ?? null,
    state: 'open',
    stateReason: null,
    labels: given.labels ?? [],
    author: given.author ?? BOT.login,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
  };
  tracker.issues.set(issue.number, issue);
  return issue;
}

/** Adds a comment; `author` is a person's login where it is not the job's. */
export function addComment(world: World, issue: number, body: string, author?: string): Comment {
  const tracker = trackerOf(world);
  const now = momentOf(world);
  const comment: Comment = {
    id: (tracker.lastComment += 1),
    issue,
    body,
    author: author ?? BOT.login,
    createdAt: now,
    updatedAt: now,
  };
  tracker.comments.set(comment.id, comment);
  return comment;
}

/** Merges a pull request into the default branch by this commit, as a person would have done. */
export function mergePullRequest(world: World, number: number, sha: string): void {
  const pull = trackerOf(world).issues.get(number);
  if (!pull?.isPullRequest) throw new Error(`there is no pull request ${number}`);
  const at = momentOf(world);
  Object.assign(pull, { state: 'closed', closedAt: at, updatedAt: at, mergedAs: { sha, at } });
}

/** Now, as GitHub writes it: to the second. */
export function momentOf(world: World): string {
  return new Date(world.clock.now()).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** An issue as the REST API shows it. */
export function issueView(world: World, issue: Issue): Record<string, unknown> {
  const { repository } = workflowRunOf(world);
  const api = `https://${API_HOST}/repos/${repository}`;
  const kind = issue.isPullRequest ? 'pull' : 'issues';
  const html = `https://github.com/${repository}/${kind}/${issue.number}`;
  return {
    url: `${api}/issues/${issue.number}`,
    repository_url: api,
    comments_url: `${api}/issues/${issue.number}/comments`,
    html_url: html,
    id: 3_000_000_000 + issue.number,
    node_id: `I_${issue.number}`,
    number: issue.number,
    title: issue.title,
    user: personView(issue.author),
    labels: issue.labels.map(labelView),
    state: issue.state,
    state_reason: issue.stateReason,
    locked: false,
    assignees: [],
    comments: commentsOf(world, issue.number).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: 'CONTRIBUTOR',
    body: issue.body,
    ...(issue.isPullRequest
      ? { pull_request: { url: `${api}/pulls/${issue.number}`, html_url: html } }
      : {}),
  };
}

/** A comment as the REST API shows it. */
export function commentView(world: World, comment: Comment): Record<string, unknown> {
  const { repository } = workflowRunOf(world);
  const api = `https://${API_HOST}/repos/${repository}/issues`;
  return {
    url: `${api}/comments/${comment.id}`,
    html_url: `https://github.com/${repository}/issues/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${api}/${comment.issue}`,
    id: comment.id,
    node_id: `IC_${comment.id}`,
    user: personView(comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: 'CONTRIBUTOR',
    body: comment.body,
    performed_via_github_app: null,
  };
}

/** The comments of one issue, oldest first. */
export function commentsOf(world: World, issue: number): Comment[] {
  return [...trackerOf(world).comments.values()].filter((comment) => comment.issue === issue);
}

function personView(login: string): Record<string, unknown> {
  return login === BOT.login ? BOT : { login, id: 60_000_001, type: 'User', site_admin: false };
}

function labelView(name: string): Record<string, unknown> {
  return { id: 0, name, color: 'ededed', default: false, description: null };
}
