import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { start, type LocalAzure } from '../../local-azure/index.ts';
import { limitRequests } from '../../local-azure/operations/github/limits.ts';
import { commentsOf, openIssue } from '../../local-azure/operations/github/tracker.ts';
import { limitSeconds } from '../../src/github/limits.ts';
import { marker } from '../../src/report/markdown.ts';
import { run } from '../support/clients.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const reset = String(now / 1000 + 40);

describe('the time that GitHub asks to wait', () => {
  it.each([
    ['retry-after', 403, { 'retry-after': '7' }, 'secondary rate limit', 7],
    [
      'retry-after before the reset',
      429,
      { 'retry-after': '7', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
      '',
      7,
    ],
    [
      'the reset where nothing remains',
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset },
      '',
      41,
    ],
    [
      'the reset by the clock of the server',
      403,
      {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': reset,
        date: new Date(now + 30_000).toUTCString(),
      },
      '',
      11,
    ],
    [
      'a reset that is past',
      429,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' },
      '',
      1,
    ],
    ['a minute where it names none', 403, {}, 'You have exceeded a secondary rate limit.', 60],
    [
      'a minute at any other 429',
      429,
      { 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': reset },
      '',
      60,
    ],
    [
      'none where it only refuses',
      403,
      { 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': reset },
      'Resource not accessible by integration',
      undefined,
    ],
    ['none at another status', 503, { 'retry-after': '7' }, '', undefined],
  ])('is %s', (_what, status, headers, message, seconds) => {
    expect(limitSeconds({ status, headers, message }, now)).toBe(seconds);
  });
});

let azure: LocalAzure;
beforeAll(async () => {
  azure = await start({ provider: 'none' });
});
afterAll(() => azure.stop());

const source = (path: string): string =>
  JSON.stringify(join(import.meta.dirname, '../../src', path));

/** Writes an environment's comment as a job would: in a process that knows the variables alone. */
async function commented(number: number, environment = 'demo', text = 'x'): Promise<string> {
  const mark = marker('plan', environment);
  const script = `
    const { openGitHub } = await import(${source('toolbox/github.ts')});
    const { openClock } = await import(${source('toolbox/clock.ts')});
    const { Secret } = await import(${source('secret.ts')});
    const { upsertComment } = await import(${source('github/comments.ts')});
    const log = { info: (line) => console.log(line) };
    const clock = openClock(new AbortController().signal);
    const api = await openGitHub(new Secret(process.env.GITHUB_TOKEN, () => {}), log, clock);
    const done = await upsertComment(api, {
      repository: 'octo-org/innereye', number: ${number},
      marker: ${JSON.stringify(mark)}, body: ${JSON.stringify(`${mark}\n${text}`)},
    });
    console.log(done.what);`;
  const ended = await run(azure, process.execPath, ['--input-type=module', '--eval', script]);
  return ended.output;
}

describe('the comments of two environments on one pull request', () => {
  it('are two, each kept by its own runs with one list and one write', async () => {
    const { world, journal } = azure;
    const { number } = openIssue(world, { title: 'A change', isPullRequest: true });
    const asked: string[][] = [];
    for (const [environment, text] of [
      ['demo', 'one'],
      ['prod', 'two'],
      ['demo', 'three'],
      ['prod', 'two'],
    ] as const) {
      const from = journal.entries.length;
      await commented(number, environment, text);
      const own = journal.entries.slice(from).filter(({ host }) => host === 'api.github.com');
      asked.push(own.map(({ method }) => method));
    }
    expect(asked).toEqual([['GET', 'POST'], ['GET', 'POST'], ['GET', 'PATCH'], ['GET']]);
    expect(commentsOf(world, number).map(({ body }) => body)).toEqual([
      `${marker('plan', 'demo')}\nthree`,
      `${marker('plan', 'prod')}\ntwo`,
    ]);
  });
});

describe('a comment that meets a rate limit', () => {
  it.each([
    ['primary', 429],
    ['secondary', 429],
  ] as const)('waits out a %s one (%i), and asks nothing before its time', async (kind, status) => {
    const { world, journal } = azure;
    const { number } = openIssue(world, { title: 'A change', isPullRequest: true });
    const from = journal.entries.length;
    const record = limitRequests(world, { kind, status, seconds: 1 });
    const output = await commented(number);
    expect(output).toMatch(/GitHub asks to wait \d s\./);
    expect(output).toContain('created');
    expect(record).toEqual({ until: expect.any(Number), early: 0 });
    expect(commentsOf(world, number)).toHaveLength(1);
    const asked = journal.entries.slice(from).filter(({ host }) => host === 'api.github.com');
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
  });

  it('gives up where a limit is always over at once and never is', async () => {
    const { world, journal, faults } = azure;
    const { number } = openIssue(world, { title: 'A change', isPullRequest: true });
    const body = { message: 'You have exceeded a secondary rate limit.' };
    const answer = { status: 429, headers: { 'retry-after': '0' }, body };
    world.data.delete('github-rate-limit');
    faults.add({ match: { host: 'api.github.com' }, fault: { kind: 'answer', answer } });
    const from = journal.entries.length;
    const output = await commented(number);
    faults.clear();
    expect(output.match(/GitHub asks to wait 0 s\./g)).toHaveLength(3);
    expect(output).toContain('run again later');
    const asked = journal.entries.slice(from).filter(({ host }) => host === 'api.github.com');
    expect(asked).toHaveLength(4);
  });

  it('does not wait for a limit of an hour, and asks no second time', async () => {
    const { number } = openIssue(azure.world, { title: 'A change', isPullRequest: true });
    const record = limitRequests(azure.world, { kind: 'primary', status: 429, seconds: 3_600 });
    const output = await commented(number);
    expect(output).toContain('API rate limit exceeded');
    expect(record.early).toBe(0);
  });
});
