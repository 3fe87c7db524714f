import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildContractPackage } from '../../local-azure/contract-app/index.ts';
import { storedZip } from '../../local-azure/contract-app/zip.ts';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import { openStranger } from '../../local-azure/demo/stranger.ts';
import type { Stranger } from '../../local-azure/demo/stranger.ts';
import { versionsOf } from '../../local-azure/operations/key-vault-secrets/secret.ts';
import type { StoredResource } from '../../local-azure/world.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';

let site: Site;
let stranger: Stranger;
let good: string;

beforeAll(async () => {
  site = await openSite();
  stranger = await openStranger(site.azure.environment);
  good = await buildContractPackage(site.folder);
  // A start that hangs is given up at once; App Service waits for 230 s.
  site.azure.world.data.set('startPatience', 15_000);
});
afterAll(() => site.close());

/** One resource of the world, by its type and how its name ends. */
function one(type: string, end = ''): StoredResource {
  const found = site.azure.world.resources.ofType(type).find(({ name }) => name.endsWith(end));
  if (found === undefined) throw new Error(`no ${type} ${end}`);
  return found;
}

const app = (): StoredResource => one('Microsoft.Web/sites');

/** What somebody with rights does by hand; must have worked. */
async function byHand(method: string, path: string, body?: unknown): Promise<unknown> {
  const api = path.includes('roleAssignments') ? '2022-04-01' : '2023-12-01';
  const answer = await stranger.arm(method, path, api, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status}`);
  return answer.body;
}

async function changeSettings(
  kind: string,
  change: (all: Record<string, unknown>) => void,
): Promise<void> {
  const path = `${app().id}/config/${kind}`;
  const { properties } = (await byHand('POST', `${path}/list`)) as {
    properties: Record<string, unknown>;
  };
  change(properties);
  await byHand('PUT', path, { properties });
}

/** A package of one program for Node; it may have anything in it. */
function packageOf(name: string, program: string): string {
  const path = join(site.folder, `${name}.zip`);
  const files = [
    { name: 'contract-app.json', content: Buffer.from('{"start":"main.cjs"}\n') },
    { name: 'main.cjs', content: Buffer.from(program) },
  ];
  writeFileSync(path, storedZip(files));
  return path;
}

/** The good package with other bytes, so that it is deployed again. */
function sameAgain(name: string): string {
  const path = join(site.folder, `${name}.zip`);
  writeFileSync(path, Buffer.concat([readFileSync(good), Buffer.from(name)]));
  return path;
}

const deploy = (inputs: Record<string, string> = {}): Promise<StepResult> =>
  site.step('deploy', { stages: 'webapp', 'inference-package': good, ...inputs });

/** Takes the roles of the app's identity on what ends so, and gives how to give them back. */
async function withoutRoles(scopeEnd: RegExp): Promise<() => Promise<void>> {
  const identity = one('Microsoft.ManagedIdentity/userAssignedIdentities', 'inference-identity');
  const { principalId } = identity.properties;
  const assignments = site.azure.world.resources
    .ofType('Microsoft.Authorization/roleAssignments')
    .filter(({ properties }) => properties['principalId'] === principalId)
    .filter(({ properties }) => scopeEnd.test(String(properties['scope'])));
  expect(assignments).not.toEqual([]);
  for (const { id } of assignments) await byHand('DELETE', id);
  return async () => {
    for (const { id, properties } of assignments) {
      const { roleDefinitionId } = properties;
      const wanted = { roleDefinitionId, principalId, principalType: 'ServicePrincipal' };
      await byHand('PUT', id, { properties: wanted });
    }
  };
}

const keys = (): readonly string[] =>
  versionsOf(one('Microsoft.KeyVault/vaults/secrets', 'inference-api-key')).map(
    ({ value }) => value,
  );

describe('the web app', () => {
  it('is healthy at the end of its first deploy, once the one before it has ended', async () => {
    const error = { code: 'Conflict', message: 'Another deployment is in progress.' };
    for (const nth of [1, 2]) {
      site.azure.faults.add({
        match: { method: 'PUT', path: /\/extensions\/onedeploy/ },
        nth,
        fault: { kind: 'answer', answer: { status: 409, body: { error } } },
      });
    }
    const { code, log } = await deploy({ stages: 'network,webapp' });
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(log).toContain('The web app takes no package now');
    site.azure.faults.clear();
  }, 120_000);

  it('is left alone by a second deploy', async () => {
    const before = site.azure.journal.entries.length;
    const { code, summary } = await deploy();
    expect(code).toBe(0);
    expect(summary).toMatch(/web app \| unchanged/);
    const changes = site.azure.journal.entries
      .slice(before)
      .filter(({ method, path }) => method === 'PUT' && !path.includes('/runCommands/'));
    expect(changes).toEqual([]);
  }, 60_000);

  it('is given its package at a fresh address where the first one had ended', async () => {
    const body =
      '<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code><Message>Signature not valid in the specified time frame</Message></Error>';
    site.azure.faults.add({
      match: { method: 'GET', path: /^\/packages\/[0-9a-f]{64}\.zip\?/ },
      nth: 1,
      fault: { kind: 'answer', answer: { status: 403, body } },
    });
    const { code, log } = await deploy({ 'inference-package': sameAgain('expired') });
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(log).toContain('Sharing it anew');
    site.azure.faults.clear();
  }, 60_000);

  it('takes a new pass key, which is shown nowhere', async () => {
    const { code, log, summary } = await deploy({
      'rotate-key': 'true',
      'inference-package': sameAgain('expired'),
    });
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(summary).toMatch(/New pass key.*callers need it[^]*The key before it is refused/);
    expect(keys()).toHaveLength(2);
    for (const key of keys()) expect(log).not.toContain(key);
  }, 60_000);

  it('takes a new key at the next deploy where a run was cut off before it was told', async () => {
    site.azure.faults.add({
      match: { method: 'POST', path: /\/configreferences\/appsettings\/refresh/ },
      fault: { kind: 'reset', when: 'before' },
    });
    const again = { 'inference-package': sameAgain('expired') };
    expect((await deploy({ ...again, 'rotate-key': 'true' })).code).toBe(1);
    site.azure.faults.clear();
    expect(keys()).toHaveLength(3);
    const { code, log } = await deploy(again);
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(log).toContain('telling it again');
    expect(keys()).toHaveLength(3);
    expect((await deploy(again)).summary).toMatch(/web app \| unchanged/);
  }, 60_000);

  it('that ends while it starts is told of with its own last words, harmlessly', async () => {
    const program = `
      console.log('::error::forged');
      console.log('the key is ' + process.env.CUSTOMCONNSTR_API_AUTH_SECRET);
      console.log('ModuleNotFoundError: No module named flask');
      process.exit(3);`;
    const { code, log } = await deploy({ 'inference-package': packageOf('crash', program) });
    expect(code).toBe(1);
    expect(log).toMatch(
      /its process ends while it starts \(tried \d+ times\): "ModuleNotFoundError: No module named flask"/,
    );
    expect(log).toContain('The end of the start-up log of the app');
    expect(log).toContain(': :error: :forged');
    for (const key of keys()) expect(log).not.toContain(key);
  }, 60_000);

  it('that never answers at its port is told of', async () => {
    site.azure.world.data.set('startPatience', 700);
    const program = `require('node:net').createServer(() => undefined).listen(process.env.PORT, '127.0.0.1');`;
    const { code, log } = await deploy({ 'inference-package': packageOf('silent', program) });
    site.azure.world.data.set('startPatience', 15_000);
    expect(code).toBe(1);
    expect(log).toMatch(/its process runs but never answers at its port \(tried \d+ times\)/);
  }, 60_000);

  it('that lacks a setting is given no package', async () => {
    await changeSettings('appsettings', (all) => delete all['DATASTORE_NAME']);
    const { code, log } = await deploy();
    expect(code).toBe(1);
    expect(log).toMatch(
      /was given no package: it cannot start without the setting DATASTORE_NAME, which is missing/,
    );
    await changeSettings(
      'appsettings',
      (all) => (all['DATASTORE_NAME'] = 'inferencetestimagestore'),
    );
  }, 60_000);

  it('whose identity lost its roles on the workspace is told of', async () => {
    const giveBack = await withoutRoles(/\/workspaces\/[^/]+$/);
    const { code, log } = await deploy();
    expect(code).toBe(1);
    expect(log).toMatch(
      /its identity has not the roles Reader and AzureML Data Scientist on the workspace demo-ml/,
    );
    await giveBack();
  }, 60_000);

  it('whose identity may not read its key is told of, although it is healthy', async () => {
    const giveBack = await withoutRoles(/\/secrets\/inference-api-key$/);
    await byHand('POST', `${app().id}/config/configreferences/appsettings/refresh`);
    const { code, log } = await deploy();
    expect(code).toBe(1);
    expect(log).toMatch(
      /refuses its callers: App Service does not resolve the Key Vault reference of API_AUTH_SECRET \(AccessToKeyVaultDenied\): its identity has not the role Key Vault Secrets User/,
    );
    await giveBack();
    expect((await deploy()).code).toBe(0);
  }, 60_000);
});

describe('a web app that was changed by hand', () => {
  it('has every change named by the drift check, also what Terraform does not see', async () => {
    await changeSettings('appsettings', (all) => {
      all['ADDED_BY_HAND'] = 'yes';
      all['EXPERIMENT_NAME'] = 'other';
      delete all['IMAGE_DATA_FOLDER'];
    });
    await changeSettings('connectionstrings', (all) => {
      all['AZUREML_SERVICE_PRINCIPAL_SECRET'] = { type: 'Custom', value: 'changed-by-hand' };
    });
    await byHand('PATCH', `${app().id}/config/web`, {
      properties: { appCommandLine: 'python other.py' },
    });
    app().properties['state'] = 'Stopped'; // the deployer may not stop it
    const { outputs, summary, log } = await site.step('drift');
    expect(outputs['drift-state']).toBe('drifted');
    const named = [
      ...['ADDED_BY_HAND', 'EXPERIMENT_NAME', 'IMAGE_DATA_FOLDER', 'app_command_line'],
      ...['connection string AZUREML_SERVICE_PRINCIPAL_SECRET', '`state` | `"Running"`'],
    ];
    for (const name of named) expect(summary).toContain(name);
    expect(`${log}${summary}`).not.toContain('changed-by-hand');
  }, 90_000);

  it('was never answered by something that Local Azure does not know', () => {
    expect(site.azure.journal.unknown).toEqual([]);
  });
});
