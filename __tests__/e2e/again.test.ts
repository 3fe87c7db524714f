import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customRole, grant } from '../../local-azure/arm/seed.ts';
import { buildContractPackage } from '../../local-azure/contract-app/index.ts';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import { mergePullRequest, openIssue } from '../../local-azure/operations/github/tracker.ts';
import { decide } from '../../local-azure/inside/decide.ts';
import type { Source } from '../../local-azure/inside/source.ts';
import type { StoredResource } from '../../local-azure/world.ts';
import { openStranger } from '../../local-azure/demo/stranger.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';

let site: Site;

/** GUID of the built-in role (Azure RBAC documentation). */
const storageBlobDataReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1';
let inputs: Record<string, string>;

beforeAll(async () => {
  site = await openSite();
  openIssue(site.azure.world, { title: 'A change', isPullRequest: true, author: 'a-person' });
  inputs = { 'inference-package': await buildContractPackage(site.folder) };
});
afterAll(() => site.close());

function assignmentsOf(principal: string): StoredResource[] {
  return site.azure.world.resources
    .ofType('Microsoft.Authorization/roleAssignments')
    .filter(({ properties }) => properties['principalId'] === principal);
}

/** Writes to ARM; looking from inside takes a Run Command, which is none. */
const writes = (): number =>
  site.azure.journal.entries.filter(
    ({ method, host, path }) =>
      method === 'PUT' && host === 'management.azure.com' && !path.includes('/runCommands/'),
  ).length;

/** The environment of a job that a pull request started. */
function pullRequest(from: string): Record<string, string> {
  const base = { repo: { full_name: 'octo-org/innereye' } };
  const event = { pull_request: { number: 1, head: { repo: { full_name: from } }, base } };
  const file = join(site.folder, 'event.json');
  writeFileSync(file, JSON.stringify(event));
  return { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: file };
}

function comments(): readonly string[] {
  return site.azure.journal.entries
    .filter(({ method, path }) => method !== 'GET' && path.includes('/comments'))
    .map(({ method }) => method);
}

async function planned(environment: Record<string, string>): Promise<StepResult> {
  const token = { 'github-token': site.azure.environment['GITHUB_TOKEN'] ?? '' };
  return site.step('plan', { ...inputs, ...token }, { environment });
}

describe('an environment that is used again and again', () => {
  let fingerprint = '';

  it('is planned before the first deploy, from an empty state, as one comment', async () => {
    const { code, log, outputs, summary } = await planned(pullRequest('octo-org/innereye'));
    expect(code).toBe(0);
    expect(log).toContain('Nothing is deployed yet: the plan starts from an empty state.');
    expect(Number(outputs['adds'])).toBeGreaterThan(40);
    expect(summary).toContain(outputs['plan-fingerprint']);
    expect(summary).toContain('once there is a first deploy');
    fingerprint = outputs['plan-fingerprint'] ?? '';
    expect(comments()).toEqual(['POST']);
  }, 60_000);

  it('keeps the comment as it is while the plan is the same', async () => {
    const { code, outputs } = await planned(pullRequest('octo-org/innereye'));
    expect(code).toBe(0);
    expect(outputs['plan-fingerprint']).toBe(fingerprint);
    expect(comments()).toEqual(['POST']);
  }, 60_000);

  it.each([
    ['a fork', 'somebody/innereye', 'somebody'],
    ['Dependabot', 'octo-org/innereye', 'dependabot[bot]'],
  ])('asks for no id-token where the pull request comes from %s', async (who, from, actor) => {
    const before = site.azure.journal.entries.length;
    const { code, log } = await planned({ ...pullRequest(from), GITHUB_ACTOR: actor });
    expect(code).toBe(0);
    expect(log).toContain(`This pull request comes from ${who},`);
    expect(site.azure.journal.entries.slice(before)).toEqual([]);
  });

  it('refuses to deploy another plan than the reviewed one', async () => {
    const before = writes();
    const { code, log } = await site.step('deploy', {
      ...inputs,
      'plan-fingerprint': 'a'.repeat(64),
    });
    expect(code).toBe(1);
    expect(log).toContain('this is not the plan that was reviewed');
    // The account of the state is made on first use; nothing of the environment is.
    expect(site.azure.world.resources.ofType('Microsoft.Network/virtualNetworks')).toEqual([]);
    expect(writes()).toBeGreaterThan(before);
  }, 60_000);

  it('is deployed as reviewed in the merged pull request', async () => {
    const sha = '5e'.repeat(20);
    mergePullRequest(site.azure.world, 1, sha);
    const token = { 'github-token': site.azure.environment['GITHUB_TOKEN'] ?? '' };
    const { code, log, outputs } = await site.step(
      'deploy',
      { ...inputs, ...token, 'plan-fingerprint': 'merged' },
      { environment: { GITHUB_EVENT_NAME: 'push', GITHUB_SHA: sha } },
    );
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(log).toContain(`may be applied: ${fingerprint}`);
    expect(outputs).toMatchObject({
      'resource-group': 'innereye-demo',
      'workspace-name': 'demo-ml',
    });
  }, 120_000);

  it('has an account for images that the nodes and the service reach by its endpoint', () => {
    const { world } = site.azure;
    const found = (type: string): readonly StoredResource[] => world.resources.ofType(type);
    const images = found('Microsoft.Storage/storageAccounts').find(({ name }) =>
      /^demoim[0-9a-f]{6}$/.test(name),
    );
    const host = `${images?.name ?? 'none'}.blob.core.windows.net`;
    const from = (kind: Source['kind'], type: string): readonly string[] =>
      found(type).map(({ id }) => {
        const decision = decide(world, { kind, id }, host, 443);
        return decision.allowed ? decision.via : decision.reason;
      });
    const nodes = from('compute', 'Microsoft.MachineLearningServices/workspaces/computes');
    const app = from('app', 'Microsoft.Web/sites');
    expect([...nodes, ...app]).toEqual(['private-endpoint', 'private-endpoint']);
  });

  it('changes nothing when it is deployed again', async () => {
    const before = writes();
    const { code, log, summary } = await site.step('deploy', inputs);
    expect(code).toBe(0);
    expect(summary.match(/\| unchanged \|/g)?.length).toBe(6);
    expect(writes() - before).toBe(0);
    expect(log).not.toContain('Creation complete');
  }, 120_000);

  it('is planned with a look at what the ARM templates would change, and without where Azure will not look', async () => {
    const { outputs, summary } = await site.step('plan', inputs);
    expect(outputs['changes']).toBe('false');
    expect(summary).toContain('### ARM templates (0)\n\nThey would change nothing.');
    const error = { code: 'AuthorizationFailed', message: 'not you' };
    site.azure.faults.add({
      match: { path: /\/deployments\/innereye-images-[^/]+\/whatIf/ },
      fault: { kind: 'answer', answer: { status: 403, body: { error } } },
    });
    const refused = await site.step('plan', inputs);
    site.azure.faults.clear();
    expect({ code: refused.code, outputs: refused.outputs }).toEqual({ code: 0, outputs });
    expect(refused.summary).toContain('- `arm/images.json` could not be previewed: `');
    expect(refused.summary).toContain('AuthorizationFailed: not you');
  }, 60_000);

  it('takes new tags on everything it has, with no more than its own role', async () => {
    const file = join(site.folder, 'tagged.tfvars');
    writeFileSync(file, 'tags = { "cost-centre" = "4711" }\n');
    const tagged = { ...inputs, stages: 'network', 'variables-file': file };
    const { code, log } = await site.step('deploy', tagged);
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect((await site.step('plan', tagged)).outputs['changes']).toBe('false');
    expect((await site.step('deploy', { ...inputs, stages: 'network' })).code).toBe(0);
  }, 120_000);

  it('keeps its data from a deploy that would make it anew and that nobody has reviewed', async () => {
    const file = join(site.folder, 'no-zones.tfvars');
    writeFileSync(file, 'zone_redundancy = false\n');
    const before = writes();
    const careless = { ...inputs, stages: 'network', 'variables-file': file };
    const { code, log } = await site.step('deploy', careless);
    expect(code).toBe(1);
    expect(log).toMatch(/azurerm_storage_account\.this: replaced, because of /);
    expect(writes() - before).toBe(0);
  }, 60_000);

  it('runs single stages from the stored state', async () => {
    const { code, summary } = await site.step('deploy', { ...inputs, stages: 'compute,webapp' });
    expect(code).toBe(0);
    expect(summary).not.toContain('network and workspace');
  }, 60_000);

  it('is proved to be closed, trained in and asked with the role that only uses it', async () => {
    const { world } = site.azure;
    const deployer = String(world.data.get('deployerObjectId'));
    const mine = assignmentsOf(deployer);
    mine.forEach(({ id }) => world.resources.delete(id));
    grant(world, deployer, customRole(world, 'use'));
    grant(world, deployer, storageBlobDataReader);
    const proof = await site.step('verify');
    const image = `ghcr.io/owner/innereye@sha256:${'0123456789abcdef'.repeat(4)}`;
    const training = await site.step('train', { image });
    const asked = await site.step('smoke');
    assignmentsOf(deployer).forEach(({ id }) => world.resources.delete(id));
    mine.forEach((assignment) => world.resources.put(assignment));
    for (const { code, log } of [proof, training, asked]) {
      expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    }
    expect(proof.summary).toContain('closed');
    expect(training.outputs['model-version']).toBe('1');
  }, 120_000);

  it('turns the proof red when a door is opened behind its back', async () => {
    const stranger = await openStranger(site.azure.environment);
    const vault =
      (await stranger.everything()).find((id) => id.includes('/Microsoft.KeyVault/vaults/')) ?? '';
    const open = {
      properties: { publicNetworkAccess: 'Enabled', networkAcls: { defaultAction: 'Allow' } },
    };
    expect((await stranger.arm('PATCH', vault, '2023-07-01', open)).status).toBe(200);
    const { code, log } = await site.step('verify');
    expect(code).toBe(1);
    expect(log).toContain('vault');
  }, 60_000);

  it('opens one issue for a drift, leaves it alone, and closes it once a deploy has healed it', async () => {
    const token = { 'github-token': site.azure.environment['GITHUB_TOKEN'] ?? '' };
    const first = await site.step('drift', token);
    expect(first.outputs['drift-state']).toBe('drifted');
    expect(first.log).toContain('Drift issue: opened');
    expect((await site.step('drift', token)).log).toContain('Drift issue: unchanged');
    // An outage is no drift and no end of one: nothing is asked of GitHub.
    const before = site.azure.journal.entries.length;
    const match = { method: 'GET', host: 'management.azure.com', path: /\/firewallPolicies\// };
    const answer = { status: 500, body: { error: { code: 'Outage', message: 'no' } } };
    site.azure.faults.add({ match, fault: { kind: 'answer', answer } });
    const outage = await site.step('drift', token);
    site.azure.faults.clear();
    expect([outage.code, outage.outputs['drift-state']]).toEqual([1, undefined]);
    // Nor is a registry of providers that is not there.
    const file = join(site.folder, 'terraformrc');
    writeFileSync(file, 'disable_checkpoint = true\n');
    const environment = { TF_CLI_CONFIG_FILE: file };
    const blind = await site.step('drift', token, { environment });
    expect([blind.code, blind.outputs['drift-state']]).toEqual([1, undefined]);
    expect(blind.log).toContain('troubleshooting.md#provider-download');
    const asked = site.azure.journal.entries.slice(before);
    expect(asked.filter(({ host }) => host === 'api.github.com')).toEqual([]);
    expect((await site.step('deploy', { ...inputs, stages: 'network' })).code).toBe(0);
    const healed = await site.step('drift', token);
    expect(healed.outputs['drift-state']).toBe('clean');
    expect(healed.log).toContain('Drift issue: closed');
  }, 240_000);

  it('is destroyed only under its own name, and then a second time with nothing to do', async () => {
    const wrong = await site.step('destroy', { confirm: 'prod' });
    expect(wrong.code).toBe(1);
    expect(wrong.log).toContain('confirm: must repeat the name of the environment, "demo"');
    const right = await site.step('destroy', { confirm: 'demo', location: 'northeurope' });
    expect({ code: right.code, log: right.code === 0 ? '' : right.log }).toEqual({
      code: 0,
      log: '',
    });
    // Where it stood counts, not the region that this run was told.
    expect(right.log).toMatch(/The key vault demo-kv-\w+ is soft-deleted until/);
    const gone = await site.step('drift');
    expect(gone.code).toBe(1);
    expect(gone.log).toContain('nothing is deployed that could drift');
    expect((await site.step('smoke')).log).toContain('The environment "demo" is not deployed');
  }, 240_000);

  it('can be deployed under the same name again, and taken down with its state', async () => {
    const { code, log } = await site.step('deploy', inputs);
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    const all = { confirm: 'demo', 'remove-state': 'true' };
    expect((await site.step('destroy', all)).code).toBe(0);
    const again = await site.step('destroy', all);
    expect(again.code).toBe(0);
    expect(again.log).toContain('nothing to destroy');
  }, 240_000);

  it('was never answered by something that Local Azure does not know', () => {
    // The registry of providers is away on purpose.
    const strange = site.azure.journal.unknown.filter(
      ({ host }) => host !== 'registry.terraform.io',
    );
    expect(strange).toEqual([]);
  });
});
