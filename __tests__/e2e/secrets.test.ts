import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openIssue } from '../../local-azure/operations/github/tracker.ts';
import { careless, latest, ofPullRequest, refuse } from '../support/careless.ts';
import type { Site } from '../support/site.ts';
import { openSite, until } from '../support/site.ts';

/**
 * Every step of every end-to-end test is searched for secrets where it runs (`runStep`). Here are the
 * runs in which they come closest to the log: debugging is on, and what refuses a request repeats
 * the secrets that it was sent.
 */
const debugging = { RUNNER_DEBUG: '1', ACTIONS_STEP_DEBUG: 'true' };

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterEach(() => site.azure.faults.clear());
afterAll(() => site.close());

const step: Site['step'] = (command, inputs, options) =>
  site.step(command, inputs, {
    ...options,
    environment: { ...debugging, ...options?.environment },
  });

describe('a step that debugs, before somebody who repeats what was sent', () => {
  it('prints neither an id-token, in whatever base64, nor the bearer by which it got it', async () => {
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    refuse(
      site,
      { path: /oauth2\/v2.0\/token/ },
      () => {
        const token = latest(site, 'id-token');
        const said = careless(site, 'id-token', 'id-token request token');
        return [said, base64(token), base64(`x${token}`), base64(`xy${token}`)].join();
      },
      400,
    );
    const { code, log } = await step('preflight');
    expect(code).toBe(1);
    expect(log).toContain('You sent "Bearer ***"');
  });

  it('puts no access token into log and summary, also where it goes on', async () => {
    const path = /\/providers\/Microsoft.Compute\/skus|usages|quotas/i;
    refuse(site, { method: 'GET', path }, () => careless(site, 'access token'));
    // The SDK's own log shows the header of a socket that is in use, token and all.
    const environment = { AZURE_LOG_LEVEL: 'verbose' };
    const { log, summary } = await step('preflight', {}, { environment });
    expect(log).toContain('Authorization: Bearer ***');
    expect(summary).toContain('***');
  });

  it('lets Terraform print none of its own tokens, not the bearer of the broker, and no key that nobody here held', async () => {
    const { PATH, bearers } = spyOnTerraform();
    const key = `${'k'.repeat(40)}+/${'Q'.repeat(44)}==`;
    const login = 'a-token-of-a-mirror';
    site.watch.tell([
      [key, 'key of an account'],
      [login, 'login of an index'],
    ]);
    refuse(site, { method: 'PUT', path: /\/resourcegroups\/innereye-demo\?/i }, () => {
      site.watch.tell(bearers().map((one) => [one, 'bearer of the broker']));
      return [
        careless(site, 'access token', 'id-token'),
        ...bearers(),
        `AccountKey=${key};EndpointSuffix=core.windows.net`,
        JSON.stringify(JSON.stringify({ primaryKey: key, value: key })),
        `https://a.blob.core.windows.net/c/b?sv=1&sig=${encodeURIComponent(key)}&se=2`,
        `https://user:${login}@mirror.example.org/simple`,
      ].join(' ');
    });
    const { code, log } = await step('deploy', { stages: 'network' }, { environment: { PATH } });
    expect(code).toBe(1);
    expect(bearers().length).toBe(1);
    expect(log).toContain('AccountKey=***');
    expect(log).toContain('https://***@mirror.example.org/simple');
  }, 60_000);

  it('shows no token of GitHub where GitHub refuses a comment', async () => {
    openIssue(site.azure.world, { title: 'A change', isPullRequest: true, author: 'a-person' });
    refuse(site, { host: 'api.github.com' }, () => careless(site, 'GitHub token'));
    const { log } = await step(
      'plan',
      { 'github-token': site.azure.environment['GITHUB_TOKEN'] ?? '' },
      { environment: ofPullRequest(site) },
    );
    expect(log).toContain('You sent "Bearer ***"');
  }, 60_000);

  it('prints none when it is cancelled in the middle', async () => {
    const cancel = new AbortController();
    const begun = site.azure.journal.entries.length;
    const running = step('deploy', { stages: 'network' }, { cancelled: cancel.signal });
    await until(() =>
      site.azure.journal.entries
        .slice(begun)
        .some(({ method, path }) => method === 'PUT' && path.includes('/virtualNetworks/')),
    );
    cancel.abort();
    const { code } = await running;
    expect(code).not.toBe(0);
  }, 60_000);
});

/** A program in front of Terraform that writes down the bearer it is given. */
function spyOnTerraform(): { readonly PATH: string; bearers(): string[] } {
  const [programs, seen] = [join(site.folder, 'programs'), join(site.folder, 'seen')];
  const real = execFileSync('bash', ['-c', 'command -v terraform'], { encoding: 'utf8' }).trim();
  mkdirSync(programs);
  const spy = `#!/bin/bash\necho "$ARM_OIDC_REQUEST_TOKEN" >> ${seen}\nexec ${real} "$@"\n`;
  writeFileSync(join(programs, 'terraform'), spy, { mode: 0o755 });
  return {
    PATH: `${programs}:${process.env['PATH'] ?? ''}`,
    bearers: () => [...new Set(readFileSync(seen, 'utf8').split('\n').filter(Boolean))],
  };
}
