import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { customRole, grant } from '../../local-azure/arm/seed.ts';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import type { Fault, FaultMatch } from '../../local-azure/faults.ts';
import { limitContents } from '../../local-azure/operations/github/limits.ts';
import { addComment, commentsOf, openIssue } from '../../local-azure/operations/github/tracker.ts';
import { marker } from '../../src/report/markdown.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';

const READER = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
const STORAGE_BLOB_DATA_READER = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1';

let site: Site;
let pull: number;

beforeAll(async () => {
  site = await openSite();
}, 60_000);
afterAll(() => site.close());
afterEach(() => site.azure.faults.clear());

/** A pull request on which an earlier plan stands. */
beforeEach(() => {
  const { world } = site.azure;
  pull = openIssue(world, { title: 'A change', isPullRequest: true, author: 'a-person' }).number;
  addComment(world, pull, `${marker('plan', 'demo')}\nan old plan`);
});

interface Planned {
  readonly result: StepResult;
  /** Method and path of what was asked of a host, refused or not. */
  readonly asked: (host: string | RegExp) => readonly string[];
  /** The same of what was let through and is no reading. */
  readonly done: (host: string | RegExp) => readonly string[];
  readonly comment: string;
}

async function planned(
  more: Readonly<Record<string, string>> = {},
  { from = 'octo-org/innereye', actor = 'a-person', inputs = {} } = {},
): Promise<Planned> {
  const base = { repo: { full_name: 'octo-org/innereye' } };
  const event = { pull_request: { number: pull, head: { repo: { full_name: from } }, base } };
  const file = join(site.folder, 'event.json');
  writeFileSync(file, JSON.stringify(event));
  const environment = {
    ...{ GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: file, GITHUB_ACTOR: actor },
    ...more,
  };
  const begin = site.azure.journal.entries.length;
  const token = { 'github-token': site.azure.environment['GITHUB_TOKEN'] ?? '' };
  const result = await site.step('plan', { ...token, ...inputs }, { environment });
  const own = site.azure.journal.entries.slice(begin);
  const of = (host: string | RegExp, isMeant: (one: (typeof own)[number]) => boolean): string[] =>
    own
      .filter((one) => (host instanceof RegExp ? host.test(one.host) : one.host === host))
      .filter(isMeant)
      .map(({ method, path }) => `${method} ${path}`);
  return {
    result,
    asked: (host) => of(host, () => true),
    done: (host) => of(host, ({ method, status }) => !/^(GET|HEAD)$/.test(method) && status < 400),
    comment: commentsOf(site.azure.world, pull)[0]?.body ?? '',
  };
}

function strike(match: FaultMatch, fault: Fault): void {
  site.azure.faults.add({ match, fault });
}

function answer(status: number): Fault {
  const error = { code: 'AuthorizationFailed', message: 'not you' };
  return { kind: 'answer', answer: { status, body: { error, message: 'not you' } } };
}

/** A Terraform that fails where this stands among its arguments. */
function failingTerraform(name: string, argument: string): string {
  const folder = join(site.folder, name);
  const real = execFileSync('bash', ['-c', 'command -v terraform'], { encoding: 'utf8' }).trim();
  mkdirSync(folder);
  const program = `#!/bin/bash
if [[ " $* " == *" ${argument} "* ]]; then echo "it broke at ${argument}" >&2; exit 1; fi
exec ${real} "$@"
`;
  writeFileSync(join(folder, 'terraform'), program, { mode: 0o755 });
  return `${folder}:${process.env['PATH'] ?? ''}`;
}

describe('a plan that fails', () => {
  it.each<[string, () => Readonly<Record<string, string>>, string]>([
    [
      'in the login',
      () => (strike({ host: 'login.microsoftonline.com', path: /\/token/ }, answer(401)), {}),
      'Entra',
    ],
    ['without an id-token', () => ({ ACTIONS_ID_TOKEN_REQUEST_URL: '' }), 'id-token'],
    [
      'in reading where the state is',
      () => (strike({ host: 'management.azure.com' }, answer(403)), {}),
      'has no role in it',
    ],
    [
      'in terraform init',
      () => ({ PATH: failingTerraform('no-init', '-input=false') }),
      'it broke at -input=false',
    ],
    [
      'in the plan',
      () => ({ PATH: failingTerraform('no-plan', '-out=planning.tfplan') }),
      'it broke at -out=planning.tfplan',
    ],
    [
      'in reading the plan',
      () => ({ PATH: failingTerraform('no-show', 'show') }),
      'it broke at show',
    ],
  ])(
    '%s takes the place of the old one',
    async (_where, breaking, said) => {
      const { result, comment, asked } = await planned(breaking());
      expect([result.code, result.outputs]).toEqual([1, {}]);
      expect(comment).toContain('Planning failed: there is no plan, and an earlier one no longer');
      expect(comment).toContain(said);
      expect(comment).not.toContain('an old plan');
      expect(asked('api.github.com').map((one) => one.split(' ')[0])).toEqual(['GET', 'PATCH']);
    },
    60_000,
  );
});

describe('a comment that cannot be written', () => {
  it.each<[string, () => void, RegExp]>([
    ['refused', () => strike({ host: 'api.github.com' }, answer(403)), /status 403, "not you"/],
    ['hidden', () => strike({ host: 'api.github.com' }, answer(404)), /status 404, "not you"/],
    ['broken', () => strike({ host: 'api.github.com' }, answer(500)), /status 500/],
    [
      'cut off',
      () => strike({ host: 'api.github.com' }, { kind: 'reset', when: 'before' }),
      /not on the pull request: \S+/,
    ],
    [
      'limited for longer than it waits',
      () => void limitContents(site.azure.world, { writes: 80, seconds: 600, used: 80 }),
      /secondary rate limit[^]*run again later/,
    ],
  ])(
    'because GitHub is %s fails no plan, and is said',
    async (_why, breaking, said) => {
      breaking();
      const { result, comment } = await planned();
      limitContents(site.azure.world);
      expect({ code: result.code, log: result.code === 0 ? '' : result.log }).toEqual({
        ...{ code: 0, log: '' },
      });
      expect(result.outputs['plan-fingerprint']).toMatch(/^[0-9a-f-]{64,}$/);
      const [warning = ''] =
        /Warning: The plan is not on the pull request[^]*/.exec(result.log) ?? [];
      expect(warning).toMatch(said);
      expect(comment).toContain('an old plan');
    },
    120_000,
  );
});

describe('a pull request that may not log in', () => {
  it.each<[string, { from?: string; actor?: string }]>([
    ['a fork', { from: 'somebody/innereye' }],
    ['Dependabot', { actor: 'dependabot[bot]' }],
  ])(
    'of %s is checked, asks for no token, and ends well',
    async (who, how) => {
      const { result, asked } = await planned({}, how);
      expect([result.code, result.outputs]).toEqual([0, {}]);
      expect(result.log).toContain(`Notice: This pull request comes from ${who}`);
      expect(asked(/token|login|management|api\.github/)).toEqual([]);
    },
    60_000,
  );
});

describe('the rights of an identity that plans', () => {
  let deployer: string;
  beforeAll(async () => {
    const { code, log } = await site.step('deploy', { stages: 'network' });
    if (code !== 0) throw new Error(log);
    deployer = String(site.azure.world.data.get('deployerObjectId'));
  }, 120_000);

  /** Takes the rights of the identity away, and gives it these roles. */
  function only(...roles: readonly string[]): void {
    const { world } = site.azure;
    const assignments = world.resources.ofType('Microsoft.Authorization/roleAssignments');
    for (const { id, properties } of assignments) {
      if (properties['principalId'] === deployer) world.resources.delete(id);
    }
    for (const role of roles) grant(world, deployer, role);
  }

  it('are the role InnerEye plan and reading the state: nothing is changed, no lock is taken', async () => {
    only(customRole(site.azure.world, 'plan'), STORAGE_BLOB_DATA_READER);
    const { result, done } = await planned();
    expect({ code: result.code, log: result.code === 0 ? '' : result.log }).toEqual({
      ...{ code: 0, log: '' },
    });
    expect(result.outputs['changes']).toBe('false');
    expect(done(/blob\.core\.windows\.net$/)).toEqual([]);
    const acts = done('management.azure.com').map((one) => one.replace(/\?.*/, ''));
    expect(acts.length).toBeGreaterThan(0);
    expect(acts.filter((one) => !/^POST .*\/(whatIf|list)$/.test(one))).toEqual([]);
  }, 120_000);

  it.each<[string, () => readonly string[], RegExp]>([
    ['no role at all', () => [], /has no role in it[^]*docs\/setup\.md/],
    [
      'nothing that reads the state',
      () => [customRole(site.azure.world, 'plan')],
      /only plans and checks drift, Storage Blob Data Reader/,
    ],
    [
      'Reader in the place of InnerEye plan',
      () => [READER, STORAGE_BLOB_DATA_READER],
      /sites\/config\/list\/action[^]*InnerEye plan/,
    ],
    ['the state to read alone', () => [STORAGE_BLOB_DATA_READER], /its roles in that subscription/],
  ])(
    'with %s, are refused with the role that is missing',
    async (_what, roles, said) => {
      only(...roles());
      const { result, comment } = await planned();
      expect(result.code).toBe(1);
      expect(result.log).toMatch(said);
      expect(comment).toMatch(said);
    },
    120_000,
  );
});
