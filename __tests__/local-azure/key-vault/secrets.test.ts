import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { operations } from '../../../local-azure/operations/key-vault-secrets/index.ts';
import type { World } from '../../../local-azure/world.ts';
import { allowData, change, closedNetwork, vault } from '../inside/closed-network.ts';
import { asker, caller } from '../inside/requests.ts';

const host = 'kv1.vault.azure.net';
const read = 'Microsoft.KeyVault/vaults/secrets/getSecret/action';

let world: World;
let remove: () => Promise<void>;
let ask: ReturnType<typeof asker>;
beforeEach(async () => {
  ({ world, remove } = await closedNetwork());
  ask = asker(world, operations);
  await ask(`PUT ${vault}/secrets/key`, { body: { properties: { value: 'one' } } });
});
afterEach(() => remove());

describe('a secret by ARM', () => {
  it('never shows its value', async () => {
    const answers = [
      await ask(`PUT ${vault}/secrets/key`, { body: { properties: { value: 'two-two' } } }),
      await ask(`GET ${vault}/secrets/key`),
      await ask(`GET ${vault}/secrets`),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
    expect(JSON.stringify(answers)).not.toContain('two-two');
  });

  it('gets a new version with every write', async () => {
    const uri = async (): Promise<unknown> =>
      (await ask(`GET ${vault}/secrets/key`)).body['properties']['secretUriWithVersion'];
    const before = await uri();
    await ask(`PUT ${vault}/secrets/key`, { body: { properties: { value: 'two' } } });
    expect(await uri()).not.toBe(before);
  });

  it('needs a vault and a valid name', async () => {
    const body = { properties: { value: 'x' } };
    expect(await ask(`PUT ${vault}x/secrets/key`, { body })).toMatchObject({ status: 404 });
    expect(await ask(`PUT ${vault}/secrets/a_b`, { body })).toMatchObject({ status: 400 });
  });
});

describe('a secret at the vault', () => {
  const reader = caller('reader', 'https://vault.azure.net');
  const get = (vantage: 'outside' | 'inside', path = '/secrets/key') =>
    ask(`GET ${path}?api-version=7.4`, { host, caller: reader, vantage });

  it('is given inside to whom a role on that one secret allows it', async () => {
    allowData(world, 'reader', `${vault}/secrets/key`, [read]);
    expect(await get('inside')).toMatchObject({ status: 200, body: { value: 'one' } });
  });

  it('is refused to an authorised caller from outside, by the network', async () => {
    allowData(world, 'reader', vault, [read]);
    expect(await get('outside')).toMatchObject({
      status: 403,
      body: { error: { code: 'Forbidden', innererror: { code: 'ForbiddenByConnection' } } },
    });
  });

  it('is given outside once the vault is open', async () => {
    allowData(world, 'reader', vault, [read]);
    change(world, vault, { publicNetworkAccess: 'Enabled' });
    expect(await get('outside')).toMatchObject({ status: 200 });
    change(world, vault, { networkAcls: { defaultAction: 'Deny' } });
    expect(await get('outside')).toMatchObject({
      status: 403,
      body: { error: { innererror: { code: 'ForbiddenByFirewall' } } },
    });
  });

  it('is refused inside without a role', async () => {
    expect(await get('inside')).toMatchObject({
      status: 403,
      body: { error: { innererror: { code: 'ForbiddenByRbac' } } },
    });
  });

  it('keeps its older versions', async () => {
    allowData(world, 'reader', vault, [read]);
    const { body } = await get('inside');
    const first = String(body['id']).split('/').at(-1) ?? '';
    await ask(`PUT ${vault}/secrets/key`, { body: { properties: { value: 'two' } } });
    expect(await get('inside')).toMatchObject({ body: { value: 'two' } });
    expect(await get('inside', `/secrets/key/${first}`)).toMatchObject({ body: { value: 'one' } });
    expect(await get('inside', '/secrets/other')).toMatchObject({ status: 404 });
  });
});
