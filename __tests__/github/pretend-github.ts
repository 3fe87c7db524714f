import type { GitHubApi } from '../../src/github/api.ts';

interface Stored {
  number: number;
  body: string;
  title: string;
  state: 'open' | 'closed';
  labels: readonly string[];
  user: { login: string; type: string };
  pull_request?: object;
}

/** A GitHub that keeps comments and issues, and every request that was made of it. */
export interface PretendGitHub {
  readonly api: GitHubApi;
  readonly requests: string[];
  readonly comments: Stored[];
  readonly issues: Stored[];
  /** Answers every write, or those whose body holds `text`, with this status from now on. */
  refuse(status: number, message: string, text?: string): void;
  /** Adds a comment or an issue of someone. */
  add(list: 'comments' | 'issues', post: Partial<Stored>): void;
}

const bot = { login: 'github-actions[bot]', type: 'Bot' };

/** Behaves as GitHub does towards the job's own token; with `login`, as towards that person's. */
export function pretendGitHub(login?: string): PretendGitHub {
  const requests: string[] = [];
  const [comments, issues]: [Stored[], Stored[]] = [[], []];
  let next = 1;
  let refusal: { status: number; json: unknown; text: string } | undefined;
  const add: PretendGitHub['add'] = (list, post) => {
    const empty = { number: next++, body: '', title: '', state: 'open' as const, labels: [] };
    (list === 'comments' ? comments : issues).push({ ...empty, user: bot, ...post });
  };
  const user = login === undefined ? bot : { login, type: 'User' };
  const show = (post: Stored | undefined): unknown => ({
    ...post,
    id: post?.number,
    html_url: `https://x/${post?.number}`,
  });
  const answer = (
    method: string,
    path: string,
    body: Partial<Stored>,
  ): { status: number; json: unknown } => {
    const url = new URL(path, 'https://api.github.com');
    if (url.pathname === '/user') {
      return login === undefined
        ? { status: 403, json: { message: 'Resource not accessible by integration' } }
        : { status: 200, json: { login } };
    }
    const list = url.pathname.includes('/comments') ? comments : issues;
    if (method === 'GET') {
      const page = Number(url.searchParams.get('page'));
      const label = url.searchParams.get('labels');
      const size = Number(url.searchParams.get('per_page'));
      const found = list.filter((post) => label === null || post.labels.includes(label));
      const sorted = url.searchParams.get('direction') === 'desc' ? found.toReversed() : found;
      return { status: 200, json: sorted.slice((page - 1) * size, page * size).map(show) };
    }
    if (refusal && body.body?.includes(refusal.text) !== false) return refusal;
    if (method === 'POST') {
      add(list === comments ? 'comments' : 'issues', { ...body, user });
      return { status: 201, json: show(list[list.length - 1]) };
    }
    const post = list.find(({ number }) => url.pathname.endsWith(`/${number}`));
    if (!post) return { status: 404, json: { message: 'Not Found' } };
    Object.assign(post, body);
    return { status: 200, json: show(post) };
  };
  return {
    ...{ requests, comments, issues, add },
    refuse: (status, message, text = '') => void (refusal = { status, json: { message }, text }),
    api: {
      request: async (method, path, body = {}) => {
        requests.push(`${method} ${path.split('?')[0]}`);
        return answer(method, path, body);
      },
    },
  };
}
