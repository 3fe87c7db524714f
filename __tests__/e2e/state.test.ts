import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { customRole, grant } from '../../local-azure/arm/seed.ts';
import { blobServiceOf } from '../../local-azure/azurite/process.ts';
import { canary } from '../../local-azure/canary.ts';
import { buildContractPackage } from '../../local-azure/contract-app/index.ts';
import { accountKeys } from '../../local-azure/operations/blob/account.ts';
import { openIssue, trackerOf } from '../../local-azure/operations/github/tracker.ts';
import { lets, setPassword } from '../../local-azure/operations/virtual-machine/accounts.ts';
import type { StoredResource, World } from '../../local-azure/world.ts';
import { careless, ofPullRequest, refuse } from '../support/careless.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';

const STORAGE_BLOB_DATA_READER = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1';

/**
 * Everything that is written into the container of the state from here on. Azure keeps each version
 * of a blob; Azurite does not, so they are taken down on their way in.
 */
function versionsOf(world: World): string[] {
  const versions: string[] = [];
  const service = blobServiceOf(world);
  world.data.set('blob-service', {
    ...service,
    send: (request: Parameters<typeof service.send>[0]) => {
      if (request.method === 'PUT' && request.target.startsWith('/tfstate/')) {
        versions.push(request.body.toString());
      }
      return service.send(request);
    },
  });
  return versions;
}

/** Other blobs lie beside the state: the provider lock, the record of the web app. */
const isState = (text: string): boolean => text.includes('"terraform_version"');
const stateIn = (versions: readonly string[]): string => versions.findLast(isState) ?? '';

function only(world: World, type: string): StoredResource {
  const [one] = world.resources.ofType(type);
  if (one === undefined) throw new Error(`There is no ${type}.`);
  return one;
}

function jumpboxOf(world: World): StoredResource {
  const found = world.resources
    .ofType('Microsoft.Compute/virtualMachines')
    .find(({ name }) => name.endsWith('-jumpbox'));
  if (found === undefined) throw new Error('There is no jumpbox.');
  return found;
}

function assignmentsOf(world: World, principal: string): StoredResource[] {
  return world.resources
    .ofType('Microsoft.Authorization/roleAssignments')
    .filter(({ properties }) => properties['principalId'] === principal);
}

const firstPassword = (world: World): string =>
  String(jumpboxOf(world).hidden?.['osProfile.adminPassword']);

/** Keys that the provider cannot help reading, each with why it opens nothing. */
function voidKeys(world: World): string[] {
  const logs = only(world, 'Microsoft.OperationalInsights/workspaces');
  expect(logs.properties['features']).toMatchObject({ disableLocalAuth: true });
  const site = only(world, 'Microsoft.Web/sites');
  return [
    ...['primary', 'secondary'].map((name) => String(logs.hidden?.[name])),
    String(site.hidden?.['publishingPassword']),
  ];
}

/** What must be in no state: the marked keys that open something, links, tokens. */
function secretsIn(text: string, world: World): string[] {
  const rest = voidKeys(world).reduce((left, key) => left.replaceAll(key, ''), text);
  const accounts = world.resources.ofType('Microsoft.Storage/storageAccounts');
  return [
    ...accounts.flatMap(accountKeys).filter((key) => rest.includes(key)),
    ...(rest.includes(canary) ? ['a marked key'] : []),
    ...(/AccountKey=\w|[?&]sig=|\beyJ[\w-]+\.eyJ/.exec(rest) ?? []),
  ];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/** A program in front of Terraform that writes down its arguments and the password it is given. */
function spyOnTerraform(site: Site): { readonly PATH: string; readonly seen: string } {
  const [programs, seen] = [join(site.folder, 'programs'), join(site.folder, 'seen')];
  const find = ['-c', 'command -v terraform'];
  const real = execFileSync('bash', find, { encoding: 'utf8' }).trim();
  mkdirSync(programs);
  const spy = `#!/bin/bash\necho "$* password=$TF_VAR_jumpbox_password" >> ${seen}\nexec ${real} "$@"\n`;
  writeFileSync(join(programs, 'terraform'), spy, { mode: 0o755 });
  return { PATH: `${programs}:${process.env['PATH'] ?? ''}`, seen };
}

describe('the state that a deploy leaves', () => {
  let site: Site;
  let world: World;
  let versions: string[];
  let deployed: Awaited<ReturnType<Site['step']>>;
  let inputs: Record<string, string>;
  let runs: readonly string[];

  beforeAll(async () => {
    site = await openSite();
    ({ world } = site.azure);
    versions = versionsOf(world);
    inputs = { 'inference-package': await buildContractPackage(site.folder) };
    const { PATH, seen } = spyOnTerraform(site);
    deployed = await site.step('deploy', inputs, { environment: { PATH } });
    runs = readFileSync(seen, 'utf8').trim().split('\n');
  }, 120_000);
  afterAll(() => site.close());

  it('has versions, and they are what this test reads', () => {
    expect({ code: deployed.code, log: deployed.code === 0 ? '' : deployed.log }).toEqual({
      code: 0,
      log: '',
    });
    expect(versions.filter(isState).length).toBeGreaterThan(1);
    expect(stateIn(versions)).toContain(jumpboxOf(world).id);
  });

  it('holds nothing that opens anything, in no version', () => {
    expect(versions.flatMap((text) => secretsIn(text, world))).toEqual([]);
    const passKey = world.resources
      .ofType('Microsoft.KeyVault/vaults/secrets')
      .map(({ hidden }) => JSON.stringify(hidden));
    expect(passKey.join('')).toMatch(/[0-9a-f-]{36}/);
    const [key = 'none'] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(passKey.join('')) ?? [];
    expect(versions.filter((text) => text.includes(key))).toEqual([]);
  });

  it('knows the first password of the jumpbox, which opens nothing any more', () => {
    const [machine, first] = [jumpboxOf(world), firstPassword(world)];
    expect(stateIn(versions)).toContain(first);
    expect(lets(world, machine.id, 'innereye', first)).toBe(false);
    expect(deployed.summary).toMatch(/\| jumpbox password \| done \|/);
  });

  it('got that password by the environment of Terraform, and left it nowhere else', () => {
    const first = firstPassword(world);
    const given = runs.filter((run) => run.endsWith(` password=${first}`));
    expect(given.map((run) => run.split(' ')[0])).toEqual(
      expect.arrayContaining(['plan', 'apply']),
    );
    expect(runs.map((run) => run.split(' password=')[0]).join('\n')).not.toContain(first);
    expect(deployed.log).not.toContain(first);
    expect(deployed.summary).not.toContain(first);
    const runner = filesBelow(join(site.folder, 'runner'));
    expect(runner.filter((path) => readFileSync(path).includes(first))).toEqual([]);
  });

  it('was made with the role of the deployer, which ARM refused nothing but the keys of accounts', () => {
    const refused = site.azure.journal.entries.filter(
      ({ status, host }) => status === 403 && host === 'management.azure.com',
    );
    const asked = refused.map(({ path }) => /\/(\w+)\?/.exec(path)?.[1]);
    expect([...new Set(asked)]).toEqual(['listKeys']);
  });

  it('is followed by an empty plan and a clean drift check, made with the role that only plans', async () => {
    const deployer = String(world.data.get('deployerObjectId'));
    const mine = assignmentsOf(world, deployer);
    mine.forEach(({ id }) => world.resources.delete(id));
    grant(world, deployer, customRole(world, 'plan'));
    grant(world, deployer, STORAGE_BLOB_DATA_READER);
    const plan = await site.step('plan', inputs);
    const drift = await site.step('drift', inputs);
    assignmentsOf(world, deployer).forEach(({ id }) => world.resources.delete(id));
    mine.forEach((assignment) => world.resources.put(assignment));
    expect(plan.outputs['changes'] ?? plan.log).toBe('false');
    expect(plan.summary).toContain('They would change nothing.');
    expect(drift.outputs['drift-state'] ?? drift.log).toBe('clean');
  }, 120_000);

  it('is not needed for closing the jumpbox: a deploy of any stages does it, and puts the machine back', async () => {
    const [machine, first] = [jumpboxOf(world), firstPassword(world)];
    const extension = only(world, 'Microsoft.Compute/virtualMachines/extensions');
    world.resources.delete(extension.id);
    setPassword(machine, 'innereye', first);
    machine.hidden = { ...machine.hidden, power: 'deallocated' };
    const { code, summary } = await site.step('deploy', { stages: 'compute' });
    expect(code).toBe(0);
    expect(summary).toMatch(/\| jumpbox password \| done \|/);
    expect(lets(world, machine.id, 'innereye', first)).toBe(false);
    expect(jumpboxOf(world).hidden?.['power']).toBe('deallocated');
  }, 60_000);

  it('leaves a password alone that a person has set', async () => {
    const machine = jumpboxOf(world);
    setPassword(machine, 'innereye', 'a-persons-Password-1');
    const { summary } = await site.step('deploy', { stages: 'compute' });
    expect(summary).toMatch(/\| jumpbox password \| unchanged \|/);
    expect(lets(world, machine.id, 'innereye', 'a-persons-Password-1')).toBe(true);
  }, 60_000);

  it('is deployed by an address, a key and a pass key that nobody prints, whoever repeats them', async () => {
    const other = join(site.folder, 'other.zip');
    writeFileSync(
      other,
      Buffer.concat([readFileSync(inputs['inference-package'] ?? ''), Buffer.from('x')]),
    );
    refuse(site, { method: 'PUT', path: /\/extensions\/onedeploy\?/ }, () =>
      careless(
        site,
        ...(['shared access signature', 'delegation key', 'Key Vault secret'] as const),
        ...(['access token', 'storage account key'] as const),
      ),
    );
    const { code, log } = await site.step(
      'deploy',
      { stages: 'webapp', 'inference-package': other, 'rotate-key': 'true' },
      { environment: { RUNNER_DEBUG: '1' } },
    );
    site.azure.faults.clear();
    expect(code).toBe(1);
    expect(log).toContain('Careless: You sent "Bearer ***"');
  }, 60_000);

  it('is planned in a comment without tokens, whoever repeats them', async () => {
    openIssue(world, { title: 'A change', isPullRequest: true, author: 'a-person' });
    refuse(site, { path: /\/deployments\/innereye-images-[^/]+\/whatIf/ }, () =>
      careless(site, 'access token', 'storage account key'),
    );
    const token = { 'github-token': site.azure.environment['GITHUB_TOKEN'] ?? '' };
    const environment = ofPullRequest(site);
    const { code, log, summary } = await site.step(
      'plan',
      { ...inputs, ...token },
      { environment },
    );
    site.azure.faults.clear();
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    const [comment] = [...trackerOf(world).comments.values()].map(({ body }) => body);
    for (const text of [summary, comment]) expect(text).toMatch(/Careless: You sent .*\*\*\*/);
  }, 60_000);

  it('goes with everything that was deployed', async () => {
    const { code, log } = await site.step('destroy', { confirm: 'demo', 'remove-state': 'true' });
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(world.resources.ofType('Microsoft.Compute/virtualMachines/extensions')).toEqual([]);
  }, 120_000);
});

describe('the same deploy as Contributor', () => {
  it('puts account keys into the state, which is what the search above would find', async () => {
    const site = await openSite({ deployerRole: 'contributor' });
    try {
      const { world } = site.azure;
      const versions = versionsOf(world);
      const { code } = await site.step('deploy', { stages: 'network' });
      expect(code).toBe(0);
      expect(secretsIn(stateIn(versions), world)).toEqual(
        expect.arrayContaining(['a marked key', 'AccountKey=T']),
      );
    } finally {
      await site.close();
    }
  }, 120_000);
});
