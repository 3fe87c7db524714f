import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openRunner } from '../../src/toolbox/job.ts';
import type { PullRequest } from '../../src/toolbox/index.ts';
import type { Step } from '../../src/toolbox/step.ts';

/** The pull request that a job sees; `from` is the repository of its branch. */
async function seen(from: string | undefined, actor: string): Promise<PullRequest | undefined> {
  const file = join(mkdtempSync(join(tmpdir(), 'event-')), 'event.json');
  const head = { repo: from === undefined ? null : { full_name: from } };
  const base = { repo: { full_name: 'o/r' } };
  writeFileSync(file, JSON.stringify({ pull_request: { number: 7, head, base } }));
  const env = { GITHUB_EVENT_PATH: file, GITHUB_ACTOR: actor };
  return (await openRunner({ env } as unknown as Step)).context.pullRequest;
}

describe('the pull request of a job', () => {
  it.each([
    ['a branch of the repository', 'o/r', 'alice', false, false],
    ['a fork', 'stranger/r', 'stranger', true, false],
    ['a fork that is gone', undefined, 'stranger', true, false],
    ['Dependabot', 'o/r', 'dependabot[bot]', false, true],
    ['a person with a similar name', 'o/r', 'dependabot', false, false],
  ])('is known to be of %s', async (_what, from, actor, fromFork, byDependabot) => {
    expect(await seen(from, actor)).toEqual({ number: 7, fromFork, byDependabot });
  });
});
