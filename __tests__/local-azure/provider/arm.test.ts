import { describe, expect, it } from '@jest/globals';
import { resources } from '../../../local-azure/provider/catalogue.ts';
import { create, Unfinished } from '../../../local-azure/provider/lifecycle.ts';
import { readState } from '../../../local-azure/provider/reading.ts';
import { argumentsOf, idFor } from '../../../local-azure/provider/mapping/table.ts';
import { checkRecorded, pathsOf } from '../../../local-azure/provider/mapping/recorded.ts';
import { mistakes, refusals } from '../../../local-azure/provider/refusal.ts';
import { MemoryArm } from './memory-arm.ts';

const group = resources.get('azurerm_resource_group')!;
const ID = '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g';
const wanted = { name: 'g', location: 'westeurope', tags: null };

describe('calls to ARM', () => {
  it('are tried again while the service is busy', async () => {
    const arm = new MemoryArm();
    let times = 0;
    arm.intercept = (method) =>
      method === 'PUT' && times++ < 2
        ? { status: 429, headers: { 'retry-after': '0' } }
        : undefined;
    expect(await create(group, wanted, arm.setting)).toMatchObject({ id: ID });
    expect(times).toBe(3);
  });

  it("give the service's own words when they are refused", async () => {
    const arm = new MemoryArm();
    arm.intercept = (method) =>
      method === 'PUT'
        ? { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no right' } } }
        : undefined;
    await expect(create(group, wanted, arm.setting)).rejects.toThrow(
      'unexpected status 403 with error: AuthorizationFailed: no right',
    );
  });

  it('follow a long-running operation to its end', async () => {
    const arm = new MemoryArm();
    const states = ['InProgress', 'InProgress', 'Succeeded'];
    const header = {
      'azure-asyncoperation': 'https://management.azure.com/operations/1?api-version=1',
    };
    arm.intercept = (method, path) => {
      if (path === '/operations/1') return { status: 200, body: { status: states.shift() ?? '' } };
      return method === 'PUT' ? { status: 201, headers: header } : undefined;
    };
    arm.documents.set(ID.toLowerCase(), {});
    await expect(create(group, wanted, arm.setting)).rejects.toThrow('already exists');
    arm.documents.clear();
    await create(group, wanted, arm.setting).catch((error: unknown) =>
      expect(error).toBeInstanceOf(Unfinished),
    );
    expect(states).toStrictEqual([]);
  });

  it('fail with the operation that failed', async () => {
    const arm = new MemoryArm();
    const header = { location: 'https://management.azure.com/operations/2' };
    arm.intercept = (method, path) => {
      if (path === '/operations/2')
        return {
          status: 200,
          body: { status: 'Failed', error: { code: 'Bad', message: 'it broke' } },
        };
      return method === 'PUT' ? { status: 202, headers: header } : undefined;
    };
    await expect(create(group, wanted, arm.setting)).rejects.toThrow('Bad: it broke');
  });

  it('wait where the service says so, and stop waiting when they are stopped', async () => {
    const stop = new AbortController();
    const arm = new MemoryArm({}, stop.signal);
    arm.intercept = (method) =>
      method === 'PUT' ? { status: 429, headers: { 'retry-after': '3600' } } : undefined;
    const making = create(group, wanted, arm.setting);
    setTimeout(() => stop.abort(), 20);
    await expect(making).rejects.toThrow('context canceled');
  });

  it('use one token until shortly before it expires', async () => {
    const arm = new MemoryArm();
    await readState(group, { id: ID }, arm.setting);
    await readState(group, { id: ID }, arm.setting);
    expect(arm.tokens).toBe(1);
    const brief = new MemoryArm();
    brief.tokenLife = 0;
    await readState(group, { id: ID }, brief.setting);
    await readState(group, { id: ID }, brief.setting);
    expect(brief.tokens).toBe(2);
  });

  it('find that something is gone', async () => {
    expect(await readState(group, { id: ID }, new MemoryArm().setting)).toBeNull();
  });
});

describe('a Bastion that is taken over', () => {
  it('has nothing but what it has in Azure, so that the plan has nothing to switch off', async () => {
    const bastion = resources.get('azurerm_bastion_host')!;
    const id = `${ID}/providers/Microsoft.Network/bastionHosts/b`;
    const arm = new MemoryArm();
    const sku = { name: 'Developer' };
    arm.documents.set(id.toLowerCase(), { sku, properties: { enableTunneling: true } });
    const state = await readState(bastion, { id }, arm.setting);
    const flags = Object.entries(state ?? {}).filter(([name]) => name.endsWith('_enabled'));
    expect(Object.fromEntries(flags)).toEqual({
      ...{ copy_paste_enabled: true, file_copy_enabled: false, ip_connect_enabled: false },
      ...{ kerberos_enabled: false, private_only_enabled: false, session_recording_enabled: false },
      ...{ shareable_link_enabled: false, tunneling_enabled: true },
    });
  });
});

describe('an id', () => {
  it('is made of arguments and gives them back, whatever its case', () => {
    const { path } = resources.get('azurerm_subnet')!.table;
    const values = { resource_group_name: 'g', virtual_network_name: 'v', name: 's' };
    const id = idFor(path, values, 'sub');
    expect(argumentsOf(path, id.replace('virtualNetworks', 'VIRTUALNETWORKS'))).toStrictEqual(
      values,
    );
    expect(argumentsOf(path, '/subscriptions/sub')).toBeUndefined();
  });

  it('of a child holds the whole id of its parent', () => {
    const { path } = resources.get('azurerm_private_dns_zone_virtual_network_link')!.table;
    const values = { private_dns_zone_id: '/subscriptions/s/x/y', name: 'l' };
    expect(argumentsOf(path, idFor(path, values, 's'))).toStrictEqual(values);
  });
});

describe('a body', () => {
  it('with a path that was never recorded is refused', () => {
    expect(() =>
      checkRecorded('azurerm_resource_group', ID, { location: 'l', tags: { any: 'name' } }),
    ).not.toThrow();
    expect(() =>
      checkRecorded('azurerm_resource_group', ID, { location: 'l', colour: 'red' }),
    ).toThrow(
      'azurerm_resource_group: colour of Microsoft.Resources/resourceGroups: not in the recording.',
    );
  });

  it('for a type that was never recorded is refused', () => {
    const id = `${ID}/providers/Microsoft.Other/things/x`;
    expect(() => checkRecorded('azurerm_other', id, {})).toThrow('no recorded request');
  });

  it('is known by all its paths', () => {
    const paths = new Set(pathsOf({ a: { b: [{ c: 1 }, { d: [] }] } }));
    expect([...paths]).toStrictEqual(['a', 'a.b[]', 'a.b[].c', 'a.b[].d[]']);
  });
});

describe('a configuration', () => {
  const endpoint = resources.get('azurerm_private_endpoint')!;

  it('with an argument without a mapping is refused, naming type and argument', () => {
    const [failure] = refusals(endpoint, { name: 'p', edge_zone: 'losangeles' });
    expect(failure).toMatchObject({
      message: expect.stringContaining('"edge_zone" of azurerm_private_endpoint'),
      path: ['edge_zone'],
    });
  });

  it('with an id that is none is refused', () => {
    expect(mistakes([], { subnet_id: 'made-up', tenant_id: 'no-slash' })).toHaveLength(1);
    expect(mistakes([], { block: [{ private_dns_zone_ids: ['/a', 'b'] }] })).toHaveLength(1);
  });

  it('with none or both of two that exclude each other is refused', () => {
    const groups = [['a', 'b']];
    expect(mistakes(groups, {})).toHaveLength(1);
    expect(mistakes(groups, { a: 'x', b: 'y' })).toHaveLength(1);
    expect(mistakes(groups, { a: 'x' })).toHaveLength(0);
  });
});
