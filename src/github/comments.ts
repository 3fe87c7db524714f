import type { GitHubApi } from './api.ts';
import { expectStatus, findOurs, readPost, sameText, wordsOf } from './ours.ts';

/** What was done with a comment or an issue, and where it stands. */
export interface Upserted<What extends string> {
  readonly what: What;
  readonly url: string;
}

/** One comment on a pull request or issue. */
export interface Comment {
  /** owner/name */
  readonly repository: string;
  /** Number of the pull request or issue. */
  readonly number: number;
  /** Its first line must be `marker`. */
  readonly body: string;
  readonly marker: string;
  /** What to write where GitHub does not take `body` (422), from what GitHub says of it. */
  readonly instead?: (said: string) => string;
}

/**
 * Keeps one comment up to date: found by its marker and author, written only where it changed.
 * Throws a Problem where GitHub refuses.
 */
export async function upsertComment(
  api: GitHubApi,
  { repository, number, body, marker, instead }: Comment,
): Promise<Upserted<'created' | 'updated' | 'unchanged' | 'shortened'>> {
  const path = `/repos/${repository}/issues/${number}/comments`;
  const [ours] = await findOurs(api, path, marker, (found) => found.length > 0);
  if (ours && sameText(ours.body, body)) return { what: 'unchanged', url: ours.url };
  const write = (text: string): ReturnType<GitHubApi['request']> =>
    ours
      ? api.request('PATCH', `/repos/${repository}/issues/comments/${ours.number}`, { body: text })
      : api.request('POST', path, { body: text });
  const first = await write(body);
  const isUntaken = first.status === 422 && instead !== undefined;
  const answer = isUntaken ? write(instead(wordsOf(first.json))) : Promise.resolve(first);
  const { json } = await expectStatus(answer, [200, 201], 'write the comment');
  const what = isUntaken ? 'shortened' : ours ? 'updated' : 'created';
  return { what, url: readPost(json).url };
}
