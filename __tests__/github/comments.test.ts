import { describe, expect, it } from '@jest/globals';
import { upsertComment } from '../../src/github/comments.ts';
import { marker } from '../../src/report/markdown.ts';
import { pretendGitHub } from './pretend-github.ts';

const mark = marker('plan', 'demo');
const list = 'GET /repos/o/r/issues/7/comments';
const comment = (text: string) => {
  return { repository: 'o/r', number: 7, marker: mark, body: `${mark}\n${text}` };
};

describe('the comment on a pull request', () => {
  it('is written once, then updated, then left alone', async () => {
    const { api, comments, requests } = pretendGitHub();
    expect((await upsertComment(api, comment('one'))).what).toBe('created');
    expect((await upsertComment(api, comment('two'))).what).toBe('updated');
    const last = await upsertComment(api, comment('two'));
    expect(last).toEqual({ what: 'unchanged', url: 'https://x/1' });
    expect(comments.map(({ body }) => body)).toEqual([`${mark}\ntwo`]);
    expect(requests).toEqual([
      list,
      'POST /repos/o/r/issues/7/comments',
      list,
      'PATCH /repos/o/r/issues/comments/1',
      list,
    ]);
  });

  it('is found behind hundreds of others, and reading stops there', async () => {
    const { api, add, requests } = pretendGitHub();
    for (let at = 0; at < 150; at++) add('comments', { body: `chat ${at}` });
    add('comments', { body: `${mark}\nold` });
    for (let at = 0; at < 300; at++) add('comments', { body: `chat ${at}` });
    expect((await upsertComment(api, comment('new'))).what).toBe('updated');
    expect(requests).toEqual([list, list, 'PATCH /repos/o/r/issues/comments/151']);
  });

  it.each([
    ['of another environment', { body: `${marker('plan', 'demo2')}\nx` }],
    ['of another kind', { body: `${marker('drift', 'demo')}\nx` }],
    ['with the marker further down', { body: `Look:\n${mark}\nx` }],
    ['with more on the marker line', { body: `${mark} x` }],
    ['by a person', { body: `${mark}\nx`, user: { login: 'mallory', type: 'User' } }],
  ])('is not taken for one %s', async (_what, other) => {
    const { api, add, comments } = pretendGitHub();
    add('comments', other);
    expect((await upsertComment(api, comment('mine'))).what).toBe('created');
    expect(comments[0]?.body).toBe(other.body);
  });

  it("is found again by a person's token, and only that person's", async () => {
    const { api, add, comments, requests } = pretendGitHub('alice');
    add('comments', { body: `${mark}\nx`, user: { login: 'mallory', type: 'User' } });
    expect((await upsertComment(api, comment('one'))).what).toBe('created');
    expect((await upsertComment(api, comment('two'))).what).toBe('updated');
    expect(comments.map(({ body }) => body)).toEqual([`${mark}\nx`, `${mark}\ntwo`]);
    expect(requests.filter((request) => request === 'GET /user')).toHaveLength(2);
  });

  it('counts as unchanged where GitHub changed the ends of lines', async () => {
    const { api, add } = pretendGitHub();
    add('comments', { body: `${mark}\r\none\r\n` });
    expect((await upsertComment(api, comment('one'))).what).toBe('unchanged');
  });

  it("is a Problem with GitHub's words where it may not be written", async () => {
    const github = pretendGitHub();
    github.refuse(403, 'Resource not accessible by integration');
    const work = upsertComment(github.api, comment('x'));
    await expect(work).rejects.toThrow('status 403, "Resource not accessible by integration"');
    await expect(work).rejects.toThrow('pull-requests: write');
    github.refuse(422, 'Body is too long');
    await expect(upsertComment(github.api, comment('x'))).rejects.toThrow('Body is too long');
  });

  it('says in the place of an older text that GitHub does not take the new one', async () => {
    const github = pretendGitHub();
    await upsertComment(github.api, comment('old'));
    github.refuse(422, 'Body is too long', 'endless');
    const instead = (said: string): string => `${mark}\nnot taken: ${said}`;
    const last = await upsertComment(github.api, { ...comment('endless'), instead });
    expect(last.what).toBe('shortened');
    expect(github.comments.map(({ body }) => body)).toEqual([
      `${mark}\nnot taken: Body is too long`,
    ]);
  });

  it('tries nothing else where a right is missing', async () => {
    const github = pretendGitHub();
    github.refuse(403, 'Resource not accessible by integration');
    const work = upsertComment(github.api, { ...comment('x'), instead: () => 'other' });
    await expect(work).rejects.toThrow('status 403');
    expect(github.requests.filter((request) => request.startsWith('POST'))).toHaveLength(1);
  });

  it.each([
    [403, 'You have exceeded a secondary rate limit. Please wait a few minutes.'],
    [403, 'API rate limit exceeded for installation.'],
    [429, 'Too many requests'],
  ])('asks for patience, not for rights, at a limit: %i, %s', async (status, message) => {
    const github = pretendGitHub();
    github.refuse(status, message);
    const work = upsertComment(github.api, comment('x'));
    await expect(work).rejects.toThrow(message);
    await expect(work).rejects.toThrow('run again later');
    await expect(work).rejects.not.toThrow('pull-requests: write');
  });
});
