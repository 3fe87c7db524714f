import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import { limitContents, limitRequests } from '../../local-azure/operations/github/limits.ts';
import { addComment, commentsOf, openIssue } from '../../local-azure/operations/github/tracker.ts';
import { marker } from '../../src/report/markdown.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';

let site: Site;
let pull: number;

beforeAll(async () => {
  site = await openSite({ provider: 'none' });
});
afterAll(() => site.close());

/** A pull request on which earlier plans of two environments stand. */
beforeEach(() => {
  const { world } = site.azure;
  pull = openIssue(world, { title: 'A change', isPullRequest: true, author: 'a-person' }).number;
  for (const name of ['demo', 'prod'])
    addComment(world, pull, `${marker('plan', name)}\nan old plan`);
});

const comments = (): readonly string[] =>
  commentsOf(site.azure.world, pull).map(({ body }) => body);

/** What was asked of GitHub since a moment of the journal. */
const askedSince = (from: number): readonly string[] =>
  site.azure.journal.entries
    .slice(from)
    .filter(({ host }) => host === 'api.github.com')
    .map(({ method }) => method);

/** A plan started by this pull request; its inputs are refused where nothing else is said. */
async function planned(
  inputs: Record<string, string> = { 'tenant-id': 'none' },
  { from = 'octo-org/innereye', actor = 'a-person', cliConfig = '' } = {},
): Promise<StepResult & { readonly asked: readonly string[] }> {
  const base = { repo: { full_name: 'octo-org/innereye' } };
  const event = { pull_request: { number: pull, head: { repo: { full_name: from } }, base } };
  const file = join(site.folder, 'event.json');
  writeFileSync(file, JSON.stringify(event));
  const environment = {
    ...{ GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: file, GITHUB_ACTOR: actor },
    ...(cliConfig && { TF_CLI_CONFIG_FILE: cliConfig }),
  };
  const begin = site.azure.journal.entries.length;
  const token = { 'github-token': site.azure.environment['GITHUB_TOKEN'] ?? '' };
  const result = await site.step('plan', { ...token, ...inputs }, { environment });
  return { ...result, asked: askedSince(begin) };
}

describe('a plan whose inputs are refused', () => {
  it('takes the place of the older plan in the comment of its environment, and of no other', async () => {
    const { code, log, asked } = await planned();
    expect(code).toBe(1);
    expect(log).toContain('Error: One input is not right:');
    expect(asked).toEqual(['GET', 'PATCH']);
    const [demo, prod] = comments();
    expect(demo).toContain(
      'Planning failed: there is no plan, and an earlier one no longer holds.',
    );
    expect(demo).toContain('tenant-id: must be a GUID');
    expect(prod).toBe(`${marker('plan', 'prod')}\nan old plan`);
  });

  it.each<[string, Record<string, string>, { from?: string; actor?: string }]>([
    ['it comes from a fork', {}, { from: 'somebody/innereye' }],
    ['it comes from Dependabot', {}, { actor: 'dependabot[bot]' }],
    ['its environment cannot be read', { environment: 'A' }, {}],
  ])('asks nothing of GitHub where %s', async (_why, inputs, who) => {
    const { code, log, asked } = await planned({ 'tenant-id': 'none', ...inputs }, who);
    expect([code, asked]).toEqual([1, []]);
    expect(log.match(/^Error: /gm)).toHaveLength(1);
    expect(log).toMatch(/Error: (One input is|\d inputs are) not right:/);
  });

  it('fails for the same reason where GitHub refuses', async () => {
    const answer = { status: 403, body: { message: 'not you' } };
    const match = { host: 'api.github.com' };
    site.azure.faults.add({ match, fault: { kind: 'answer', answer } });
    const { code, log } = await planned();
    site.azure.faults.clear();
    expect(code).toBe(1);
    expect(log.match(/^Error: /gm)).toHaveLength(1);
    expect(log).toContain('Error: One input is not right:');
    expect(log).toContain('The plan is not on the pull request');
  });
});

describe('a plan without the registry of providers', () => {
  it('says in the comment that it could not be had', async () => {
    const file = join(site.folder, 'terraformrc');
    writeFileSync(file, 'disable_checkpoint = true\n');
    const { code, log } = await planned({}, { cliConfig: file });
    expect(code).toBe(1);
    expect(log).toContain('terraform init failed');
    expect(log).toContain('troubleshooting.md#provider-download');
    const [demo] = comments();
    expect(demo).toContain('Planning failed');
    expect(demo).toContain('Failed to query available provider packages');
    expect(demo).not.toContain('an old plan');
  }, 60_000);
});

describe('the limits of GitHub', () => {
  it('are waited out where the quota of the hour is used up', async () => {
    const record = limitRequests(site.azure.world, { kind: 'primary', status: 403, seconds: 1 });
    const { log, asked } = await planned();
    expect(log).toMatch(/GitHub asks to wait \d s\./);
    expect([record.early, asked]).toEqual([0, ['GET', 'GET', 'PATCH']]);
    expect(comments()[0]).toContain('Planning failed');
  });

  it('are waited out where too much is written at once', async () => {
    const record = limitContents(site.azure.world, { writes: 80, seconds: 2, used: 80 });
    const { asked } = await planned();
    expect([record.refused, record.early, asked]).toEqual([1, 0, ['GET', 'PATCH', 'PATCH']]);
    expect(comments()[0]).toContain('Planning failed');
  });
});
