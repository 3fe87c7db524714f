import type { GitHubApi } from './api.ts';
import { expectStatus, findOurs, readPost, sameText } from './ours.ts';

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
}

/**
 * Keeps one comment up to date: found by its marker and author, written only where it changed.
 * Throws a Problem where GitHub refuses.
 */
export async function upsertComment(
  api: GitHubApi,
  { repository, number, body, marker }: Comment,
): Promise<Upserted<'created' | 'updated' | 'unchanged'>> {
  const path = `/repos/${repository}/issues/${number}/comments`;
  const [ours] = await findOurs(api, path, marker, (found) => found.length > 0);
  if (ours && sameText(ours.body, body)) return { what: 'unchanged', url: ours.url };
  const { json } = await expectStatus(
    ours
      ? api.request('PATCH', `/repos/${repository}/issues/comments/${ours.number}`, { body })
      : api.request('POST', path, { body }),
    [200, 201],
    'write the comment',
  );
  return { what: ours ? 'updated' : 'created', url: readPost(json).url };
}
