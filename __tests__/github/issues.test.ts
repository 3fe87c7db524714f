import { describe, expect, it } from '@jest/globals';
import { closeIssue, driftLabel, openIssue } from '../../src/github/issues.ts';
import { marker } from '../../src/report/markdown.ts';
import { pretendGitHub } from './pretend-github.ts';

const key = { repository: 'o/r', marker: marker('drift', 'demo') };
const text = (found: string) => ({ title: 'Drift', body: `${key.marker}\n${found}` });
const writes = (requests: readonly string[]): string[] =>
  requests.filter((request) => !request.startsWith('GET'));

describe('the drift issue of an environment', () => {
  it('is opened, kept, updated, closed and opened again', async () => {
    const { api, issues, requests } = pretendGitHub();
    const story = [
      (await openIssue(api, key, text('a'))).what,
      (await openIssue(api, key, text('a'))).what,
      (await openIssue(api, key, text('a'))).what,
      (await openIssue(api, key, text('b'))).what,
      (await closeIssue(api, key)).what,
      (await closeIssue(api, key)).what,
      (await openIssue(api, key, text('b'))).what,
    ];
    expect(story).toEqual([
      'opened',
      'unchanged',
      'unchanged',
      'updated',
      'closed',
      'unchanged',
      'reopened',
    ]);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ state: 'open', labels: [driftLabel], body: text('b').body });
    expect(writes(requests)).toEqual([
      'POST /repos/o/r/issues',
      'PATCH /repos/o/r/issues/1',
      'PATCH /repos/o/r/issues/1',
      'PATCH /repos/o/r/issues/1',
    ]);
    expect(requests).toHaveLength(7 + 4);
  });

  it('is one per environment', async () => {
    const { api, issues } = pretendGitHub();
    const other = { ...key, marker: marker('drift', 'prod') };
    await openIssue(api, key, text('a'));
    await openIssue(api, other, { title: 'Drift', body: `${other.marker}\na` });
    expect((await closeIssue(api, other)).what).toBe('closed');
    expect(issues.map(({ state }) => state)).toEqual(['open', 'closed']);
  });

  it('is the open one where older ones are closed', async () => {
    const { api, add, issues } = pretendGitHub();
    for (const state of ['closed', 'open', 'closed'] as const) {
      add('issues', { body: text('a').body, title: 'Drift', state, labels: [driftLabel] });
    }
    expect((await openIssue(api, key, text('b'))).url).toBe('https://x/2');
    expect(issues.map(({ body }) => body)).toEqual(
      [text('a'), text('b'), text('a')].map(({ body }) => body),
    );
  });

  it('is not taken for a pull request or for an issue of a person', async () => {
    const { api, add } = pretendGitHub();
    const same = { body: text('a').body, title: 'Drift', labels: [driftLabel] };
    add('issues', { ...same, pull_request: {} });
    add('issues', { ...same, user: { login: 'mallory', type: 'User' } });
    expect((await openIssue(api, key, text('a'))).what).toBe('opened');
  });

  it('is closed with every other one that two checks at once have opened', async () => {
    const { api, add, issues } = pretendGitHub();
    for (const state of ['open', 'closed', 'open'] as const) {
      add('issues', { body: text('a').body, title: 'Drift', state, labels: [driftLabel] });
    }
    expect(await closeIssue(api, key)).toEqual({ what: 'closed', url: 'https://x/3' });
    expect(issues.map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
  });

  it('is closed quietly where there is none', async () => {
    const { api, requests } = pretendGitHub();
    expect(await closeIssue(api, key)).toEqual({ what: 'unchanged', url: '' });
    expect(requests).toEqual(['GET /repos/o/r/issues']);
  });

  it('is a Problem where it may not be written', async () => {
    const github = pretendGitHub();
    github.refuse(410, 'Issues are disabled for this repo');
    await expect(openIssue(github.api, key, text('a'))).rejects.toThrow('Issues are disabled');
  });
});
