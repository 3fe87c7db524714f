import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { plan } from '../../src/commands/plan.ts';
import { Secret } from '../../src/secret.ts';
import type { RunContext, Toolbox } from '../../src/toolbox/index.ts';
import { marker } from '../../src/report/markdown.ts';
import type { PretendGitHub } from '../github/pretend-github.ts';
import { pretendGitHub } from '../github/pretend-github.ts';
import { azureTools } from '../support/azure-tools.ts';
import { settings } from '../support/settings.ts';
import { stepTools } from '../support/step-tools.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const token = new Secret('ghs_a-token-of-a-test', () => undefined);
const old = `${marker('plan', 'lab')}\n**1 to add**.\nFingerprint of this plan: \`c0ffee\``;

interface Run {
  readonly github: PretendGitHub;
  readonly failure: string;
  readonly log: readonly string[];
  readonly audiences: readonly string[];
}

/** A plan on pull request 7 whose variables file is not there, unless another one is named. */
async function planOn(
  pull: Partial<NonNullable<RunContext['pullRequest']>> = {},
  { refuse = false, cancelled = false, githubToken = token, variablesFile = 'none.tfvars' } = {},
): Promise<Run> {
  const github = pretendGitHub();
  github.add('comments', { body: old });
  if (refuse) github.refuse(403, 'Resource not accessible by integration');
  const folder = mkdtempSync(join(tmpdir(), 'plan-command-'));
  const stop = new AbortController();
  if (cancelled) stop.abort();
  const others = azureTools({ cancelled: stop.signal });
  const context = {
    ...{ repository: 'o/r', runId: '5', runAttempt: '1', serverUrl: 'https://github.com' },
    ...{ sha: '', event: 'pull_request', apiUrl: '' },
    pullRequest: { number: 7, fromFork: false, byDependabot: false, ...pull },
  };
  const tools: Toolbox = {
    ...(await stepTools(folder, root, others)),
    runner: { ...others.runner, context },
    github: () => Promise.resolve(github.api),
  };
  const given = settings({ command: 'plan', variablesFile, githubToken });
  const failure = await plan(given, tools).then(
    () => '',
    (error: unknown) => String(error),
  );
  return { github, failure, log: others.log.lines, audiences: others.audiences };
}

describe('a plan of a pull request that may not log in', () => {
  it.each([
    ['a fork', { fromFork: true }],
    ['Dependabot', { byDependabot: true }],
  ])('checks the variables of %s, says so, and asks for no token', async (who, pull) => {
    const { github, failure, log, audiences } = await planOn(pull, { variablesFile: '' });
    expect(failure).toBe('');
    expect(log.join('\n')).toContain(`This pull request comes from ${who}, which may not log in`);
    expect([github.requests, audiences]).toEqual([[], []]);
  });
});

const why = 'there is no file "none.tfvars"';

describe('a plan whose variables are refused before the login', () => {
  it('takes the place of the older plan in the comment', async () => {
    const { github, failure } = await planOn();
    expect(failure).toContain(why);
    expect(github.comments).toHaveLength(1);
    const body = github.comments[0]?.body;
    expect(body).toContain('Planning failed');
    expect(body).toContain(why);
    expect(body).toContain('(https://github.com/o/r/actions/runs/5/attempts/1)');
    expect(body).not.toContain('Fingerprint');
    expect(github.requests).toEqual([
      'GET /repos/o/r/issues/7/comments',
      'PATCH /repos/o/r/issues/comments/1',
    ]);
  });

  it('fails for the same reason where the comment cannot be written', async () => {
    const { failure, log } = await planOn({}, { refuse: true });
    expect(failure).toContain(why);
    expect(log.join('\n')).toContain('The plan is not on the pull request');
    const none = await planOn({}, { githubToken: new Secret('', () => undefined) });
    expect(none.failure).toContain(why);
    expect(none.log.join('\n')).toContain('the input github-token is empty');
    expect(none.github.requests).toEqual([]);
  });

  it.each([
    ['comes from a fork, whose token may not write', { fromFork: true }, {}],
    ['is one of Dependabot', { byDependabot: true }, {}],
    ['was cancelled, so that a newer one will write', {}, { cancelled: true }],
  ])('leaves the comment alone where the run %s', async (_why, pull, how) => {
    const { github, failure } = await planOn(pull, how);
    expect(failure).not.toBe('');
    expect(github.requests).toEqual([]);
  });
});
