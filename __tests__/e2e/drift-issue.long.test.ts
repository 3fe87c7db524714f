import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildContractPackage } from '../../local-azure/contract-app/index.ts';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import type { FaultMatch } from '../../local-azure/faults.ts';
import type { Issue } from '../../local-azure/operations/github/tracker.ts';
import { openIssue, trackerOf } from '../../local-azure/operations/github/tracker.ts';
import { driftLabel } from '../../src/github/issues.ts';
import { marker } from '../../src/report/markdown.ts';
import type { ReplayingTerraform } from '../support/replaying-terraform.ts';
import { replayingTerraform } from '../support/replaying-terraform.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';

const mark = marker('drift', 'demo');
const title = 'Drift in environment demo';
const old = `${mark}\nwhat an older check found`;

let site: Site;
let terraform: ReplayingTerraform;
/** What a check of this world writes; empty until one has. */
let now = '';

beforeAll(async () => {
  site = await openSite();
  terraform = replayingTerraform(site.folder);
  const { code, log } = await site.step('deploy', {
    'inference-package': await buildContractPackage(site.folder),
  });
  if (code !== 0) throw new Error(log);
}, 300_000);
afterAll(() => site.close());

/** Lets the public into the vault, or out again. */
function openVault(isOpen: boolean): void {
  const [vault] = site.azure.world.resources.ofType('Microsoft.KeyVault/vaults');
  if (vault === undefined) throw new Error('no vault');
  vault.properties['publicNetworkAccess'] = isOpen ? 'Enabled' : 'Disabled';
}

function refuse(match: FaultMatch, nth?: number): void {
  const error = { code: 'AuthorizationFailed', message: 'not you' };
  const answer = { status: 403, body: { error, message: 'not you' } };
  site.azure.faults.add({ match, ...(nth && { nth }), fault: { kind: 'answer', answer } });
}

/** A deploy of other settings that is refused its third write into the environment. */
async function failToDeploy(): Promise<void> {
  const file = join(site.folder, 'switched.tfvars');
  writeFileSync(file, 'storage_guard = false\ntags = { "cost-centre" = "4711" }\n');
  const place = /^(?!.*\/(runCommands|blobServices|containers)\/).*\/innereye-demo\/providers\//;
  refuse({ method: 'PUT', host: 'management.azure.com', path: place }, 3);
  const { code } = await site.step('deploy', { stages: 'network', 'variables-file': file });
  site.azure.faults.clear();
  if (code === 0) throw new Error('the deploy did not fail');
}

/** What the world is made to be, in this order; each stays for what follows. */
const worlds: Readonly<Record<string, () => Promise<void> | void>> = {
  clean: () => undefined,
  drifted: () => openVault(true),
  pending: async () => {
    openVault(false);
    await failToDeploy();
  },
  both: () => openVault(true),
  failed: () => refuse({ method: 'GET', path: /\/Microsoft\.KeyVault\/vaults\// }),
};

/** How an issue was left; what is not said is an open one of ours. */
type Left = Partial<Pick<Issue, 'author' | 'state' | 'stateReason'>> & { readonly body?: string };

/** What happens: the methods of what is written, and each issue then, with the text it has. */
type Done = readonly [writes: readonly string[], after: readonly string[]];

interface Row {
  readonly left: () => readonly Left[];
  readonly onDrift: Done;
  readonly onNone: Done;
}

const closedRow = (stateReason: string): Row => ({
  left: () => [{ body: old, state: 'closed', stateReason }],
  onDrift: [['PATCH'], ['open now']],
  onNone: [[], ['closed old']],
});

const rows: Readonly<Record<string, Row>> = {
  'no issue': { left: () => [], onDrift: [['POST'], ['open now']], onNone: [[], []] },
  'an open one that says the same': {
    left: () => [{ body: now }],
    onDrift: [[], ['open now']],
    onNone: [['PATCH'], ['closed now']],
  },
  'an open one of another drift': {
    left: () => [{ body: old }],
    onDrift: [['PATCH'], ['open now']],
    onNone: [['PATCH'], ['closed old']],
  },
  'one that a check closed': closedRow('completed'),
  'one that a person closed': closedRow('not_planned'),
  'one that a person wrote into': {
    left: () => [{ body: `${now}\nI look into it.` }],
    onDrift: [['PATCH'], ['open now']],
    onNone: [['PATCH'], ['closed edited']],
  },
  'one whose marker a person took away': {
    left: () => [{ body: 'Never mind.' }],
    onDrift: [['POST'], ['open edited', 'open now']],
    onNone: [[], ['open edited']],
  },
  'two open ones': {
    left: () => [{ body: old }, { body: old }],
    onDrift: [['PATCH'], ['open old', 'open now']],
    onNone: [
      ['PATCH', 'PATCH'],
      ['closed old', 'closed old'],
    ],
  },
  'one by somebody else with our marker': {
    left: () => [{ body: old, author: 'mallory' }],
    onDrift: [['POST'], ['open old', 'open now']],
    onNone: [[], ['open old']],
  },
};

function leave(issues: readonly Left[]): void {
  trackerOf(site.azure.world).issues.clear();
  for (const { body = '', author, ...more } of issues) {
    const given = { title, body, labels: [driftLabel], ...(author && { author }) };
    Object.assign(openIssue(site.azure.world, given), more);
  }
}

interface Checked {
  readonly result: StepResult;
  /** Methods of what was asked of GitHub. */
  readonly asked: readonly string[];
  readonly issues: readonly Issue[];
}

async function check(
  issues: readonly Left[],
  more: Readonly<Record<string, string>> = {},
): Promise<Checked> {
  leave(issues);
  const from = site.azure.journal.entries.length;
  const token = { 'github-token': site.azure.environment['GITHUB_TOKEN'] ?? '' };
  const environment = { PATH: terraform.PATH, ...more };
  const result = await site.step('drift', token, { environment });
  const asked = site.azure.journal.entries
    .slice(from)
    .filter(({ host }) => host === 'api.github.com')
    .map(({ method }) => method);
  return { result, asked, issues: [...trackerOf(site.azure.world).issues.values()] };
}

function word({ state, body }: Issue): string {
  const texts: Readonly<Record<string, string>> = { [now]: 'now', [old]: 'old' };
  return `${state} ${texts[body ?? ''] ?? 'edited'}`;
}

/** The first check of this world, whose answers of Terraform are kept for the others. */
async function lookAt(world: string): Promise<void> {
  terraform.forget();
  await worlds[world]?.();
  const { issues } = await check([]);
  now = issues[0]?.body ?? `${mark}\nwhat this check did not say`;
}

const isDrift = (world: string): boolean => ['drifted', 'both'].includes(world);

describe.each(Object.keys(worlds))('a drift check that finds: %s', (world) => {
  beforeAll(() => lookAt(world), 300_000);
  afterAll(() => site.azure.faults.clear());

  it.each(Object.entries(rows))(
    'does its part with %s',
    async (_what, { left, onDrift, onNone }) => {
      const before = left();
      const { result, asked, issues } = await check(before);
      const state = world === 'both' ? 'drifted' : world;
      const [writes, after] = isDrift(world) ? onDrift : onNone;
      const isFailed = world === 'failed';
      expect({
        code: result.code,
        outputs: result.outputs,
        writes: asked.filter((method) => method !== 'GET'),
        after: issues.map(word),
      }).toEqual({
        code: isFailed ? 1 : 0,
        outputs: isFailed ? {} : { 'drift-state': state },
        writes: isFailed ? [] : writes,
        after: isFailed ? leftAlone(before) : after,
      });
      if (isFailed) expect([asked, result.log]).toEqual([[], expect.stringContaining('not you')]);
    },
    60_000,
  );
});

const leftAlone = (issues: readonly Left[]): string[] => {
  leave(issues);
  return [...trackerOf(site.azure.world).issues.values()].map(word);
};

describe('a drift check in an outage', () => {
  beforeAll(() => lookAt('both'), 300_000);

  it.each<[string, FaultMatch | undefined, string]>([
    ['of the registry of providers', undefined, 'provider-download'],
    ['of the login', { host: 'login.microsoftonline.com', path: /\/token/ }, 'login'],
    ['of the state', { host: /blob\.core\.windows\.net$/ }, 'roles'],
    ['of what Terraform does not own', { path: /\/workspaces\/demo-ml\/computes/ }, 'roles'],
  ])(
    '%s fails, and asks nothing of GitHub',
    async (_what, match, anchor) => {
      const file = join(site.folder, 'terraformrc');
      writeFileSync(file, 'disable_checkpoint = true\n');
      if (match) refuse(match);
      else terraform.forget();
      const { result, asked, issues } = await check(
        [{ body: old }],
        match ? {} : { TF_CLI_CONFIG_FILE: file },
      );
      site.azure.faults.clear();
      expect([result.code, result.outputs, asked]).toEqual([1, {}, []]);
      expect(result.log).toContain(`troubleshooting.md#${anchor}`);
      expect(issues.map(word)).toEqual(['open old']);
      if (!match) await lookAt('both');
    },
    120_000,
  );

  it('of GitHub says so, and its answer stays', async () => {
    refuse({ host: 'api.github.com' });
    const { result, asked } = await check([{ body: old }]);
    site.azure.faults.clear();
    expect([result.code, result.outputs, asked]).toEqual([
      0,
      { 'drift-state': 'drifted' },
      ['GET'],
    ]);
    expect(result.log).toContain('The drift issue could not be kept up to date');
  }, 60_000);

  it('in which Terraform broke off fails, and leaves the issue alone', async () => {
    terraform.rewrite('"errored":false', '"errored":true');
    const { result, asked, issues } = await check([{ body: old }]);
    expect([result.code, result.outputs, asked]).toEqual([1, {}, []]);
    expect(result.log).toContain('this says nothing about drift');
    expect(result.summary).toContain('so this says nothing about drift');
    expect(issues.map(word)).toEqual(['open old']);
  }, 60_000);
});
