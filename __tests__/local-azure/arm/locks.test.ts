import { beforeEach, describe, expect, it } from '@jest/globals';
import { builtIn, grant } from '../../../local-azure/arm/seed.ts';
import { codeOf, GROUP, startWithGroup, SUBSCRIPTION } from './azure.ts';
import type { Azure } from './azure.ts';

const VNET = `${GROUP}/providers/Microsoft.Network/virtualNetworks/lab-vnet`;
const LOCK = 'providers/Microsoft.Authorization/locks/keep';

let azure: Azure;

beforeEach(async () => {
  azure = await startWithGroup();
  grant(azure.world, azure.deployer.objectId, builtIn.owner);
  await vnet();
});

function vnet() {
  const properties = { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } };
  return azure.send(`PUT ${VNET}`, { location: 'westeurope', properties });
}

function lock(scope: string, level: string) {
  return azure.send(`PUT ${scope}/${LOCK}`, { properties: { level } });
}

describe('a management lock', () => {
  it.each([
    ['the resource', VNET],
    ['its group', GROUP],
    ['the subscription', SUBSCRIPTION],
  ])('on %s keeps a resource and its group from being deleted', async (_what, scope) => {
    expect((await lock(scope, 'CanNotDelete')).status).toBe(201);
    expect(codeOf(await azure.send(`DELETE ${VNET}`))).toBe('ScopeLocked');
    expect(codeOf(await azure.send(`DELETE ${GROUP}`))).toBe('ScopeLocked');
    expect((await vnet()).status).toBe(200);
    expect((await azure.send(`DELETE ${scope}/${LOCK}`)).status).toBe(200);
    expect((await azure.send(`DELETE ${VNET}`)).status).toBe(200);
  });

  it('of level ReadOnly keeps it from being changed', async () => {
    await lock(GROUP, 'ReadOnly');
    expect(codeOf(await vnet())).toBe('ScopeLocked');
    expect((await azure.send(`GET ${VNET}`)).status).toBe(200);
  });

  it('is listed at its scope and above, and at its scope alone with atScope()', async () => {
    await lock(GROUP, 'CanNotDelete');
    const listed = async (scope: string, query = ''): Promise<number> => {
      const path = `${scope}/providers/Microsoft.Authorization/locks`;
      const { value } = (await azure.send(`GET ${path}`, undefined, { query })).json;
      return (value as unknown[]).length;
    };
    const atScope = new URLSearchParams({ $filter: 'atScope()' }).toString();
    expect([await listed(GROUP), await listed(SUBSCRIPTION), await listed(VNET)]).toEqual([
      1, 1, 0,
    ]);
    expect([await listed(GROUP, atScope), await listed(SUBSCRIPTION, atScope)]).toEqual([1, 0]);
  });

  it('has one of two levels', async () => {
    expect(codeOf(await lock(GROUP, 'Never'))).toBe('InvalidLockLevel');
  });
});
