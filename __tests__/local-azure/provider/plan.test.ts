import { describe, expect, it } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import { behaviourOf, resources } from '../../../local-azure/provider/catalogue.ts';
import { impliedType, normalise } from '../../../local-azure/provider/terraform/normalise.ts';
import { plan, replacements } from '../../../local-azure/provider/terraform/plan.ts';
import {
  conformBlock,
  isUnknown,
  pack,
  UNKNOWN,
  unpack,
} from '../../../local-azure/provider/terraform/values.ts';
import type { Value, ValueMap } from '../../../local-azure/provider/terraform/values.ts';

function planned(type: string, config: ValueMap, prior: ValueMap | null = null): ValueMap {
  const { schema } = resources.get(type)!;
  return plan(schema, behaviourOf(type), conformBlock(config, schema), prior) as ValueMap;
}

function replaced(type: string, after: ValueMap, prior: ValueMap): unknown[] {
  return replacements(resources.get(type)!.schema, behaviourOf(type), after, prior);
}

describe('a plan', () => {
  const subnet = {
    name: 's',
    resource_group_name: 'g',
    virtual_network_name: 'v',
    address_prefixes: ['10.0.0.0/24'],
  };

  it('takes defaults and leaves computed values unknown', () => {
    const result = planned('azurerm_subnet', subnet);
    expect(result).toMatchObject({ default_outbound_access_enabled: true, sharing_scope: null });
    expect(isUnknown(result['id'])).toBe(true);
  });

  it('keeps computed values and emptiness on a change', () => {
    const prior = {
      ...planned('azurerm_subnet', subnet),
      id: '/s',
      sharing_scope: '',
      route_table_id: '/r',
    };
    expect(planned('azurerm_subnet', subnet, prior)).toMatchObject({
      id: '/s',
      sharing_scope: '',
      route_table_id: '/r',
    });
  });

  it('blurs a collection of plain values with one unknown, but no set of objects', () => {
    expect(
      planned('azurerm_subnet', { ...subnet, address_prefixes: ['10.0.0.0/24', UNKNOWN] })[
        'address_prefixes'
      ],
    ).toBe(UNKNOWN);
    const route = {
      name: 'r',
      address_prefix: '0.0.0.0/0',
      next_hop_type: 'VirtualAppliance',
      next_hop_in_ip_address: UNKNOWN,
    };
    const table = { name: 't', resource_group_name: 'g', location: 'westeurope', route: [route] };
    expect(planned('azurerm_route_table', table)['route']).toStrictEqual([route]);
  });

  it('spells a region as Azure does', () => {
    expect(
      planned('azurerm_resource_group', { name: 'g', location: 'West Europe' })['location'],
    ).toBe('westeurope');
  });

  it('finds a set the same in any order', () => {
    const config = {
      name: 'v',
      resource_group_name: 'g',
      location: 'westeurope',
      address_space: ['10.0.0.0/16', '10.1.0.0/16'],
    };
    const prior = { ...planned('azurerm_virtual_network', config), id: '/v' };
    const turned = { ...config, address_space: ['10.1.0.0/16', '10.0.0.0/16'] };
    expect(planned('azurerm_virtual_network', turned, prior)['address_space']).toStrictEqual(
      config.address_space,
    );
  });

  it('names what forces a replacement, by its place inside blocks', () => {
    const connection = {
      name: 'c',
      is_manual_connection: false,
      private_connection_resource_id: '/a',
    };
    const config = {
      name: 'p',
      resource_group_name: 'g',
      location: 'l',
      subnet_id: '/s',
      private_service_connection: [connection],
    };
    const prior = { ...planned('azurerm_private_endpoint', config), id: '/p' };
    const other = {
      ...config,
      private_service_connection: [{ ...connection, private_connection_resource_id: '/b' }],
    };
    const after = planned('azurerm_private_endpoint', other, prior);
    expect(replaced('azurerm_private_endpoint', after, prior)).toStrictEqual([
      ['private_service_connection', 0, 'private_connection_resource_id'],
    ]);
    expect(
      replaced(
        'azurerm_private_endpoint',
        planned('azurerm_private_endpoint', config, prior),
        prior,
      ),
    ).toStrictEqual([]);
  });

  // Recorded: between one zone and three there is only a new account, with the data gone.
  it.each([
    ['GZRS', 'ZRS', false],
    ['GRS', 'LRS', false],
    ['ZRS', 'LRS', true],
    ['GZRS', 'GRS', true],
    ['LRS', 'GZRS', true],
  ])('of a storage account from %s to %s replaces it: %s', (from, to, replaces) => {
    const config = {
      name: 'st',
      resource_group_name: 'g',
      location: 'westeurope',
      account_tier: 'Standard',
      account_replication_type: from,
    };
    const prior = { ...planned('azurerm_storage_account', config), id: '/st' };
    const other = { ...config, account_replication_type: to };
    const after = planned('azurerm_storage_account', other, prior);
    expect(replaced('azurerm_storage_account', after, prior)).toStrictEqual(
      replaces ? [['account_replication_type']] : [],
    );
  });

  it('leaves a collection empty that is configured no more', () => {
    const prior = {
      ...planned('azurerm_subnet', { ...subnet, service_endpoint_policy_ids: ['/p'] }),
      id: '/s',
    };
    expect(planned('azurerm_subnet', subnet, prior)['service_endpoint_policy_ids']).toStrictEqual(
      [],
    );
  });

  it('forgets the unset texts of an element that stays in a set', () => {
    const rule = (name: string, priority: number): ValueMap => ({
      name,
      priority,
      direction: 'Inbound',
      access: 'Deny',
      protocol: '*',
      source_port_range: '*',
      destination_port_range: '*',
      source_address_prefix: '*',
      destination_address_prefix: '*',
    });
    const group = { name: 'n', resource_group_name: 'g', location: 'westeurope' };
    const before = planned('azurerm_network_security_group', {
      ...group,
      security_rule: [rule('stays', 100), rule('goes', 200)],
    });
    const rules = { ...group, security_rule: [rule('stays', 100), rule('comes', 300)] };
    const after = planned('azurerm_network_security_group', rules, { ...before, id: '/n' });
    expect(after['security_rule']).toMatchObject([
      { name: 'stays', description: null },
      { name: 'comes', description: '' },
    ]);
  });
});

describe('values', () => {
  const { schema } = resources.get('azurerm_resource_group')!;

  it('understand both kinds of unknown that Terraform sends, and send the plain one', () => {
    const refined = Buffer.from([
      0x81,
      0xa4,
      ...Buffer.from('name'),
      0xc7,
      0x03,
      0x0c,
      0x81,
      0x01,
      0xc2,
    ]);
    expect(unpack({ msgpack: refined })).toStrictEqual({ name: UNKNOWN });
    const packed = Buffer.from(pack({ name: UNKNOWN }, schema).msgpack);
    expect(packed.includes(Buffer.from([0xd4, 0x00, 0x00]))).toBe(true);
    expect(unpack({ msgpack: packed })).toMatchObject({
      name: UNKNOWN,
      location: null,
      tags: null,
    });
  });

  it('take a number that came as text', () => {
    const { schema: plan } = resources.get('azurerm_service_plan')!;
    const sent = unpack({ msgpack: encode({ worker_count: '3' }) });
    expect(conformBlock(sent, plan)).toMatchObject({ worker_count: 3 });
  });

  it.each<[string, Value, Value, boolean, Value]>([
    ['an empty list after a plan of none is none', [], null, true, null],
    ['an empty list that was read stays one', [], null, false, []],
    ['none after a plan of an empty list is the list', null, [], true, []],
    ['text that vanished is empty when it was', null, '', true, ''],
  ])('settle null against empty: %s', (_what, made, source, apply, result) => {
    const name = typeof source === 'string' ? 'sharing_scope' : 'address_prefixes';
    const type = impliedType(resources.get('azurerm_subnet')!.schema);
    const settled = normalise({ [name]: made }, { [name]: source }, type, apply) as ValueMap;
    expect(settled[name]).toStrictEqual(result);
  });
});
