import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildContractPackage } from '../../local-azure/contract-app/index.ts';
import { letReadKey } from '../../local-azure/demo/key-right.ts';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import type { InsidePlace } from '../../local-azure/inside/process.ts';
import { standInside } from '../../local-azure/inside/process.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';

/**
 * A runner on the probe machine: the proof of a runner inside is judged by the ways of the probe's
 * subnet. Its steps have the names, the ways and the firewall of that place.
 */
let site: Site;
let place: InsidePlace;
let githubs: string;
let inputs: Record<string, string>;

beforeAll(async () => {
  site = await openSite();
  githubs = new URL(site.azure.environment['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '').hostname;
  inputs = {
    'variables-file': 'demo.tfvars',
    'inference-package': await buildContractPackage(site.folder),
    'instance-user': 'dddddddd-0000-0000-0000-000000000001',
  };
  allow([]);
  await deployed();
  const machines = site.azure.world.resources.ofType('Microsoft.Compute/virtualMachines');
  const probe = machines.find(({ name }) => name.endsWith('-probe'));
  const source = { kind: 'machine', id: probe?.id ?? '' } as const;
  place = await standInside(site.azure.world, source, site.folder);
}, 300_000);
afterAll(async () => {
  place.leave();
  await site.close();
});

/** Writes the variables file: these hosts are opened to the probe's subnet. */
function allow(hosts: readonly string[]): void {
  const rows = hosts.map(
    (host) => `  "${host}" = { reason = "the runner inside", from = ["probe"] }\n`,
  );
  writeFileSync(join(site.folder, 'demo.tfvars'), `allowed_hosts = {\n${rows.join('')}}\n`);
}

async function deployed(): Promise<void> {
  const { code, log } = await site.step('deploy', inputs);
  if (code !== 0) throw new Error(log.slice(-3000));
}

const fromInside = (
  command: string,
  more: Record<string, string> = {},
  { variables } = place,
): Promise<StepResult> =>
  site.step(
    command,
    { 'variables-file': 'demo.tfvars', vantage: 'direct', ...more },
    { environment: variables },
  );

describe('a runner inside the network', () => {
  it('is told which host of GitHub it cannot reach', async () => {
    const { code, log } = await fromInside('verify');
    expect(code).toBe(1);
    expect(log).toContain('GitHub gave this run no id-token to log in with');
    expect(log).toContain(`check that this machine reaches ${githubs}`);
  }, 300_000);

  it('proves the network closed from where it stands, and what it cannot see from there', async () => {
    allow([githubs]);
    await deployed();
    const { code, log, summary } = await fromInside('verify');
    expect(code === 0 || log.slice(-3000)).toBe(true);
    expect(log).toContain('closed as far as seen from inside');
    expect(summary).toContain('runner-stands-inside');
  }, 300_000);

  it('has its way to GitHub in that subnet alone', async () => {
    const { world } = site.azure;
    const [compute] = world.resources.ofType(
      'Microsoft.MachineLearningServices/workspaces/computes',
    );
    const source = { kind: 'compute', id: compute?.id ?? '' } as const;
    const elsewhere = await standInside(world, source, site.folder);
    const { code, log } = await fromInside('verify', {}, elsewhere);
    elsewhere.leave();
    expect(code).toBe(1);
    expect(log).toContain(`check that this machine reaches ${githubs}`);
  }, 300_000);

  it('reads the key itself, for which its identity needs the role', async () => {
    const { code, log } = await fromInside('smoke');
    expect(code).toBe(1);
    expect(log).toContain('with vantage direct, the identity of this run');
  }, 300_000);

  it('deploys without switching off the machine it stands on', async () => {
    const { entries } = site.azure.journal;
    const from = entries.length;
    const { code, log } = await fromInside('deploy', inputs);
    expect(code === 0 || log.slice(-3000)).toBe(true);
    expect(log).toContain(
      'Whether the app takes its pass key could not be seen: Key Vault did not',
    );
    const touched = entries.slice(from).filter(({ path }) => /deallocate|runCommands/.test(path));
    expect(touched).toEqual([]);
  }, 300_000);

  it('asks the service over its private endpoint', async () => {
    letReadKey(site.azure.world, site.azure.environment['ARM_CLIENT_ID'] ?? '');
    const { code, log } = await fromInside('smoke');
    expect(code === 0 || log.slice(-3000)).toBe(true);
    expect(log).toMatch(/pass ping /);
  }, 300_000);
});
