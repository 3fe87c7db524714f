import { Problem } from '../errors.ts';
import type { GitHubApi } from './api.ts';

/** A comment or an issue, as far as we read it. */
export interface Post {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly isOpen: boolean;
  readonly isPullRequest: boolean;
  readonly author: string;
  readonly isByBot: boolean;
  /** When it was last written, as GitHub says it: 2026-11-23T01:02:03Z. */
  readonly updatedAt: string;
}

/**
 * The posts of a list that are ours: the first line is exactly the marker, and the author is an app
 * (the job's own token writes as one; no person can) or the user of this token. Reads until `enough`.
 */
export async function findOurs(
  api: GitHubApi,
  path: string,
  marker: string,
  enough: (ours: readonly Post[]) => boolean,
): Promise<readonly Post[]> {
  const isMarked = (post: Post): boolean => post.body.split(/\r?\n/, 1)[0] === marker;
  const byApp = (post: Post): boolean => isMarked(post) && post.isByBot;
  const posts = await readPosts(api, path, (read) => enough(read.filter(byApp)));
  const marked = posts.filter(isMarked);
  if (marked.every(byApp)) return marked;
  const me = await whoAmI(api);
  return marked.filter((post) => post.isByBot || post.author === me);
}

/** The user of this token; undefined for the job's own token and for apps, which may not ask. */
async function whoAmI(api: GitHubApi): Promise<string | undefined> {
  const { status, json } = await api.request('GET', '/user');
  const login = (json as { login?: unknown } | null)?.login;
  return status === 200 && typeof login === 'string' && login !== '' ? login : undefined;
}

/** Whether two bodies are the same to a reader; GitHub may change how lines end. */
export function sameText(one: string, other: string): boolean {
  const plain = (text: string): string => text.replaceAll('\r\n', '\n').trim();
  return plain(one) === plain(other);
}

const pageSize = 100;
const mostPages = 30;

async function readPosts(
  api: GitHubApi,
  path: string,
  enough: (posts: readonly Post[]) => boolean,
): Promise<readonly Post[]> {
  const posts: Post[] = [];
  const joint = path.includes('?') ? '&' : '?';
  for (let page = 1; page <= mostPages; page++) {
    const { json } = await expectStatus(
      api.request('GET', `${path}${joint}per_page=${pageSize}&page=${page}`),
      [200],
      'read the comments and issues',
    );
    const entries = Array.isArray(json) ? (json as unknown[]) : [];
    posts.push(...entries.map(readPost));
    if (entries.length < pageSize || enough(posts)) return posts;
  }
  return posts;
}

/** Reads a comment or an issue; a member that is missing or of another kind counts as empty. */
export function readPost(entry: unknown): Post {
  const post = (entry ?? {}) as Record<string, unknown>;
  const user = (post['user'] ?? {}) as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const number = post['number'] ?? post['id'];
  return {
    number: typeof number === 'number' ? number : 0,
    title: text(post['title']),
    body: text(post['body']),
    url: text(post['html_url']),
    isOpen: post['state'] !== 'closed',
    isPullRequest: post['pull_request'] !== undefined && post['pull_request'] !== null,
    author: text(user['login']),
    isByBot: user['type'] === 'Bot',
    updatedAt: text(post['updated_at']),
  };
}

/** What GitHub says of a request that it refuses, at most 300 characters; empty where it says nothing. */
export function wordsOf(json: unknown): string {
  const message = (json as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message.slice(0, 300) : '';
}

/** Lets an answer with one of these statuses through; any other becomes a Problem with GitHub's own words. */
export async function expectStatus(
  request: ReturnType<GitHubApi['request']>,
  statuses: readonly number[],
  what: string,
): Promise<{ readonly status: number; readonly json: unknown }> {
  const answer = await request;
  if (statuses.includes(answer.status)) return answer;
  const words = wordsOf(answer.json);
  const said = words === '' ? '' : `, "${words}"`;
  throw new Problem(
    `GitHub did not let this run ${what}: status ${answer.status}${said}.`,
    nextAfter(answer.status, said),
    { anchor: 'github-token' },
  );
}

function nextAfter(status: number, said: string): string {
  if (status === 429 || /rate limit/i.test(said)) {
    return 'it is a limit on how much may be asked and written in an hour or a minute: run again later.';
  }
  return status === 401 || status === 403 || status === 404
    ? 'give the job the permissions pull-requests: write and issues: write, and hand its token to the input github-token.'
    : 'run again; if it stays so, look at githubstatus.com.';
}
