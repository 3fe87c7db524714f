import type { GitHubApi } from './api.ts';
import type { Upserted } from './comments.ts';
import type { Post } from './ours.ts';
import { expectStatus, findOurs, readPost, sameText } from './ours.ts';

/** The label by which issues of ours are listed; GitHub makes it with the first one. */
export const driftLabel = 'innereye-drift';

/** Which issue is meant: one per repository and marker. */
export interface IssueKey {
  /** owner/name */
  readonly repository: string;
  readonly marker: string;
}

/** What an issue says; the first line of `body` must be the key's marker. */
export interface IssueText {
  readonly title: string;
  readonly body: string;
}

/**
 * Keeps one issue open and up to date: opened, updated, opened again, or left alone where it says the
 * same already. Throws a Problem where GitHub refuses.
 */
export async function openIssue(
  api: GitHubApi,
  key: IssueKey,
  text: IssueText,
): Promise<Upserted<'opened' | 'reopened' | 'updated' | 'unchanged'>> {
  const found = await findIssues(api, key);
  const ours = found.find(({ isOpen }) => isOpen) ?? found[0];
  if (!ours) {
    const body = { ...text, labels: [driftLabel] };
    const request = api.request('POST', `/repos/${key.repository}/issues`, body);
    const { json } = await expectStatus(request, [201], 'open the issue');
    return { what: 'opened', url: readPost(json).url };
  }
  if (ours.isOpen && ours.title === text.title && sameText(ours.body, text.body)) {
    return { what: 'unchanged', url: ours.url };
  }
  await patch(api, key, ours, ours.isOpen ? { ...text } : { ...text, state: 'open' });
  return { what: ours.isOpen ? 'updated' : 'reopened', url: ours.url };
}

/**
 * Closes the issue where it is open; its text stays as the record of what was found. Two checks at
 * once may have opened two: both are closed.
 */
export async function closeIssue(
  api: GitHubApi,
  key: IssueKey,
): Promise<Upserted<'closed' | 'unchanged'>> {
  const found = await findIssues(api, key);
  const open = found.filter(({ isOpen }) => isOpen);
  for (const ours of open) {
    await patch(api, key, ours, { state: 'closed', state_reason: 'completed' });
  }
  const [last] = open.length > 0 ? open : found;
  return { what: open.length > 0 ? 'closed' : 'unchanged', url: last?.url ?? '' };
}

/** The issues of this key, newest first, up to the page that has an open one. */
async function findIssues(api: GitHubApi, key: IssueKey): Promise<readonly Post[]> {
  const path = `/repos/${key.repository}/issues?state=all&labels=${driftLabel}&sort=created&direction=desc`;
  const isIssue = (post: Post): boolean => !post.isPullRequest;
  const enough = (ours: readonly Post[]): boolean =>
    ours.some((post) => post.isOpen && isIssue(post));
  return (await findOurs(api, path, key.marker, enough)).filter(isIssue);
}

async function patch(
  api: GitHubApi,
  { repository }: IssueKey,
  { number }: Post,
  change: Readonly<Record<string, unknown>>,
): Promise<void> {
  const request = api.request('PATCH', `/repos/${repository}/issues/${number}`, change);
  await expectStatus(request, [200], 'update the issue');
}
