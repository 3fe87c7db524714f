import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { drift, keepIssue } from '../../src/commands/drift.ts';
import { Problem } from '../../src/errors.ts';
import { driftLabel } from '../../src/github/issues.ts';
import { driftIssue } from '../../src/report/drift-issue.ts';
import { Secret } from '../../src/secret.ts';
import type { DriftAnswer } from '../../src/terraform/drift.ts';
import { judgeDrift } from '../../src/terraform/drift.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import type { RunContext, Toolbox } from '../../src/toolbox/index.ts';
import type { PretendGitHub } from '../github/pretend-github.ts';
import { pretendGitHub } from '../github/pretend-github.ts';
import { azureTools } from '../support/azure-tools.ts';
import { settings } from '../support/settings.ts';
import { stepTools } from '../support/step-tools.ts';
import { entryOf, planOf } from '../terraform/plans.ts';

const still = readPlan(planOf([]));
const opened = { before: { open: false }, after: { open: true } };
const changed = readPlan(planOf([], { resource_drift: [entryOf(opened)] }));
const waiting = readPlan(planOf([{ address: 'a.other', before: { x: 1 }, after: { x: 2 } }]));
const broken = readPlan(planOf([], { errored: true }));

const answers = {
  clean: judgeDrift({ refreshOnly: still, plan: still }),
  drifted: judgeDrift({ refreshOnly: changed, plan: still }),
  pending: judgeDrift({ refreshOnly: still, plan: waiting }),
  both: judgeDrift({ refreshOnly: changed, plan: waiting }),
  failed: judgeDrift({ refreshOnly: broken, plan: still }),
} as const satisfies Readonly<Record<string, DriftAnswer>>;

/** A GitHub on which an earlier check has left an issue in this state, or none. */
function githubWith(state: 'none' | 'open' | 'closed'): PretendGitHub {
  const github = pretendGitHub();
  const { title, body } = driftIssue('lab', answers.drifted);
  if (state !== 'none') github.add('issues', { title, body, state, labels: [driftLabel] });
  return github;
}

describe('the drift issue', () => {
  // What the check found, what issue there was, what is done with it, and what is there then.
  it.each([
    ['clean', 'none', 'unchanged', []],
    ['clean', 'open', 'closed', ['closed']],
    ['clean', 'closed', 'unchanged', ['closed']],
    ['drifted', 'none', 'opened', ['open']],
    ['drifted', 'open', 'unchanged', ['open']],
    ['drifted', 'closed', 'reopened', ['open']],
    ['pending', 'none', 'unchanged', []],
    ['pending', 'open', 'closed', ['closed']],
    ['pending', 'closed', 'unchanged', ['closed']],
    ['both', 'none', 'opened', ['open']],
    ['both', 'open', 'updated', ['open']],
    ['both', 'closed', 'reopened', ['open']],
    ['failed', 'none', 'left alone', []],
    ['failed', 'open', 'left alone', ['open']],
    ['failed', 'closed', 'left alone', ['closed']],
  ] as const)('of %s, with %s before, is %s', async (found, before, what, after) => {
    const { api, issues, requests } = githubWith(before);
    expect((await keepIssue(api, 'o/r', 'lab', answers[found])).what).toBe(what);
    expect(issues.map(({ state }) => state)).toEqual(after);
    const writes = requests.filter((request) => !request.startsWith('GET'));
    const isWritten = !['unchanged', 'left alone'].includes(what);
    expect(writes).toHaveLength(isWritten ? 1 : 0);
  });
});

const outages: readonly (readonly [string, (tools: Toolbox) => Toolbox])[] = [
  [
    'the login is refused',
    (tools) => ({
      ...tools,
      runner: {
        ...tools.runner,
        idToken: () => Promise.reject(new Problem('No id-token.', 'wait.')),
      },
    }),
  ],
  [
    'Terraform cannot be had',
    (tools) => ({
      ...tools,
      shell: { ...tools.shell, which: () => Promise.resolve(undefined) },
      toolCache: { ...tools.toolCache, versions: () => [] },
      http: {
        ...tools.http,
        send: () => Promise.reject(new Error('connect ECONNREFUSED')),
        download: () => Promise.reject(new Error('connect ECONNREFUSED')),
      },
    }),
  ],
];

describe('a drift check that cannot be made', () => {
  it.each(outages)('fails where %s, and asks nothing of GitHub', async (_what, broken) => {
    const github = githubWith('open');
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const folder = mkdtempSync(join(tmpdir(), 'drift-command-'));
    const tools = await stepTools(folder, root, azureTools());
    const context = { repository: 'o/r' } as RunContext;
    const whole: Toolbox = {
      ...tools,
      runner: { ...tools.runner, context },
      github: () => Promise.resolve(github.api),
    };
    const githubToken = new Secret('ghs_a-token-of-a-test', () => undefined);
    const work = drift(settings({ command: 'drift', githubToken }), broken(whole));
    await expect(work).rejects.toThrow();
    expect(github.requests).toEqual([]);
  });
});
