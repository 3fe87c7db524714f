import { describe, expect, it } from '@jest/globals';
import { planOnPull } from '../../src/report/plan-on-pull.ts';
import { marker } from '../../src/report/markdown.ts';
import { Secret } from '../../src/secret.ts';
import { pretendGitHub } from '../github/pretend-github.ts';
import { azureTools } from '../support/azure-tools.ts';

const mark = marker('plan', 'lab');

describe('a plan whose text GitHub does not take', () => {
  it('takes the place of the older plan with a word about it, and warns', async () => {
    const github = pretendGitHub();
    github.add('comments', { body: `${mark}\nFingerprint of this plan: \`c0ffee\`` });
    github.refuse(422, 'Validation Failed', 'azurerm_');
    const tools = azureTools();
    const context = {
      ...{ repository: 'o/r', runId: '5', runAttempt: '1', serverUrl: 'https://github.com' },
      ...{ sha: '', event: 'pull_request', apiUrl: '' },
      pullRequest: { number: 7, fromFork: false, byDependabot: false },
    };
    await planOnPull(
      `${mark}\nazurerm_subnet.a`,
      { environment: 'lab', githubToken: new Secret('ghs_x', () => undefined) },
      { ...tools, runner: { ...tools.runner, context }, github: () => Promise.resolve(github.api) },
    );
    expect(github.comments).toHaveLength(1);
    const body = github.comments[0]?.body ?? '';
    expect(body).toContain('An earlier plan no longer holds');
    expect(body).toContain('Validation Failed');
    expect(body).toContain('(https://github.com/o/r/actions/runs/5/attempts/1)');
    expect(body).not.toContain('Fingerprint');
    expect(tools.log.lines.join('\n')).toContain('the plan is in the summary of this run');
  });
});
