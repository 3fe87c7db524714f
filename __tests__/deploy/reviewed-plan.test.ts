import { describe, expect, it } from '@jest/globals';
import { withReviewedPlan } from '../../src/deploy/reviewed-plan.ts';
import type { GitHubApi } from '../../src/github/api.ts';
import type { Settings } from '../../src/inputs/schema.ts';
import { marker } from '../../src/report/markdown.ts';
import { fingerprintIn, planComment } from '../../src/report/plan-comment.ts';
import { planFailureComment } from '../../src/report/plan-failure.ts';
import { Secret } from '../../src/secret.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { planOf } from '../terraform/plans.ts';

const fingerprint = `${'ab'.repeat(32)}-${'cd'.repeat(32)}`;
const other = 'ef'.repeat(32);
const sha = '1'.repeat(40);

function planned(text = fingerprint, environment = 'demo'): string {
  return planComment({ environment, plan: readPlan(planOf([])), fingerprint: text }).body;
}

const failed = planFailureComment({
  environment: 'demo',
  error: `Fingerprint of this plan, for the input \`plan-fingerprint\` of deploy:\n\n${other}`,
  at: 0,
  sha,
  run: '',
});

const bot = { login: 'github-actions[bot]', type: 'Bot' };
const comment = (more: object = {}): object => ({
  ...{ id: 5, user: bot, body: planned(), html_url: 'https://x/7#5' },
  ...{ updated_at: '2026-11-20T10:00:00Z', ...more },
});
const chat = { id: 6, user: { login: 'alice', type: 'User' }, body: 'Good.' };
const pull = (more: object = {}): object => ({
  ...{ number: 7, html_url: 'https://x/7', merge_commit_sha: sha },
  merged_at: '2026-11-20T11:00:00Z',
  base: { ref: 'main', repo: { default_branch: 'main' } },
  ...more,
});

interface There {
  readonly pulls?: readonly object[];
  readonly comments?: readonly object[];
  readonly status?: number;
  readonly user?: string;
  readonly token?: string;
  /** How often GitHub does not know of the merge yet. */
  readonly late?: number;
}

/** What comes of the input merged where GitHub has these; and what was asked of it. */
async function reading(there: There): Promise<{ fingerprint: string; asked: string[] }> {
  const { pulls = [pull()], comments = [comment()], status = 200, user, token = 't' } = there;
  const asked: string[] = [];
  let late = there.late ?? 0;
  const api: GitHubApi = {
    request: async (method, path) => {
      asked.push(`${method} ${path.split('?')[0] ?? ''}`);
      if (path === '/user')
        return user === undefined
          ? { status: 403, json: {} }
          : { status: 200, json: { login: user } };
      if (path.includes('/comments')) {
        const page = Number(/[?&]page=(\d+)/.exec(path)?.[1]);
        return { status: 200, json: comments.slice((page - 1) * 100, page * 100) };
      }
      return { status, json: late-- > 0 ? [] : pulls };
    },
  };
  const settings = {
    environment: 'demo',
    planFingerprint: 'merged',
    githubToken: new Secret(token, () => undefined),
  } as Partial<Settings> as Settings;
  const context = { repository: 'o/r', sha };
  const tools = {
    github: async () => api,
    runner: { context },
    clock: { now: () => 0, sleep: async (seconds: number) => void asked.push(`wait ${seconds}`) },
    log: { info: () => undefined },
  } as unknown as Parameters<typeof withReviewedPlan>[1];
  const { planFingerprint } = await withReviewedPlan(settings, tools);
  return { fingerprint: planFingerprint, asked };
}

describe('the fingerprint of the merged pull request', () => {
  it('is the one in our comment, found by the commit of this run', async () => {
    expect(await reading({})).toEqual({
      fingerprint,
      asked: [`GET /repos/o/r/commits/${sha}/pulls`, 'GET /repos/o/r/issues/7/comments'],
    });
  });

  it('is waited for where GitHub does not know of the merge yet', async () => {
    const { fingerprint: found, asked } = await reading({ late: 2 });
    expect(found).toBe(fingerprint);
    expect(asked.filter((one) => one.startsWith('wait'))).toEqual(['wait 5', 'wait 10']);
  });

  it('is read past what others say, and past our comments of other environments', async () => {
    const comments = [
      comment({ user: { login: 'mallory', type: 'User' }, body: planned(other) }),
      comment({ user: { login: 'helpful[bot]', type: 'Bot' }, body: planned(other) }),
      comment({ body: planned(other, 'demo2') }),
      comment({ body: `Look:\n${planned(other)}` }),
      comment(),
    ];
    expect((await reading({ comments })).fingerprint).toBe(fingerprint);
  });

  it('may have been written in the very second of the merge: GitHub tells no shorter times', async () => {
    const comments = [comment({ updated_at: '2026-11-20T11:00:00Z' })];
    expect((await reading({ comments })).fingerprint).toBe(fingerprint);
  });

  it("is taken from a person's own comment only with that person's token", async () => {
    const comments = [comment({ user: { login: 'alice', type: 'User' } })];
    expect((await reading({ comments, user: 'alice' })).fingerprint).toBe(fingerprint);
    await expect(reading({ comments, user: 'bob' })).rejects.toThrow('there is no plan comment');
  });

  it.each<[string, There, string]>([
    ['the commit came with no pull request', { pulls: [] }, 'with no pull request'],
    ['the pull request is open', { pulls: [pull({ merged_at: null })] }, 'with no pull request'],
    [
      'the commit is only a part of the pull request',
      { pulls: [pull({ merge_commit_sha: '2'.repeat(40) })] },
      'with no pull request',
    ],
    [
      'it was merged into another branch',
      { pulls: [pull({ base: { ref: 'side', repo: { default_branch: 'main' } } })] },
      'with no pull request',
    ],
    ['it came with two', { pulls: [pull(), pull({ number: 8 })] }, 'more than one pull request'],
    ['GitHub may not be asked', { status: 403 }, 'the permission pull-requests: read'],
    ['there is no token', { token: '' }, 'the input github-token is empty'],
    ['nothing was planned', { comments: [] }, 'there is no plan comment of this environment'],
    [
      'only others speak',
      { comments: [comment({ user: { login: 'helpful[bot]', type: 'Bot' } })] },
      'there is no plan comment of this environment',
    ],
    ['there are two of ours', { comments: [comment(), comment()] }, 'more than one plan comment'],
    [
      'the second of ours stands behind hundreds of others',
      { comments: [comment(), ...Array.from({ length: 250 }, () => chat), comment()] },
      'more than one plan comment',
    ],
    [
      'the comment was written to after the merge',
      { comments: [comment({ updated_at: '2026-11-20T11:00:01Z' })] },
      'nobody can have reviewed it as it is now',
    ],
    [
      'GitHub does not say when the comment was written',
      { comments: [comment({ updated_at: undefined })] },
      'at an unknown time',
    ],
    ['planning had failed', { comments: [comment({ body: failed })] }, 'holds no fingerprint'],
  ])('is refused where %s', async (_where, there, said) => {
    const refused = reading(there);
    await expect(refused).rejects.toThrow(said);
    await expect(refused).rejects.toMatchObject({ anchor: 'merged-plan' });
  });
});

describe('the fingerprint in a comment', () => {
  it('is read back from what was written, also where GitHub changed the ends of lines', () => {
    expect(fingerprintIn(planned())).toBe(fingerprint);
    expect(fingerprintIn(planned().replaceAll('\n', '\r\n'))).toBe(fingerprint);
    expect(fingerprintIn(planned(other))).toBe(other);
  });

  it('counts at the very end alone, where no name or value of others stands', () => {
    expect(fingerprintIn(`${planned()}\nmore`)).toBeUndefined();
    expect(fingerprintIn(failed)).toBeUndefined();
    expect(
      fingerprintIn(`${marker('plan', 'demo')}\n\`\`\`text\n${other}\n\`\`\``),
    ).toBeUndefined();
  });
});
