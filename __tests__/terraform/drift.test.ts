import { describe, expect, it } from '@jest/globals';
import type { DriftItem } from '../../src/terraform/drift.ts';
import { judgeDrift, trueDrift } from '../../src/terraform/drift.ts';
import type { Plan } from '../../src/terraform/plan-file.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import type { ChangeSketch } from './plans.ts';
import { entryOf, planOf, recorded } from './plans.ts';

const named = (items: readonly DriftItem[]): string[] =>
  items.flatMap(({ address, what, attributes }) =>
    what === 'deleted'
      ? [`${address} deleted`]
      : attributes.map(({ path }) => `${address} ${path}`),
  );

const theThree = [
  'azurerm_firewall_policy_rule_collection_group.fw application_rule_collection[0].rule[0].destination_fqdns[1]',
  'azurerm_private_dns_zone_virtual_network_link.z["registry"] deleted',
  'azurerm_storage_account.st public_network_access_enabled',
];

describe('the drift of the recorded plans', () => {
  it('is none right after a clean apply, though Terraform names 48 resources', () => {
    expect(recorded('recorded-unchanged').drift).toHaveLength(48);
    expect(trueDrift(recorded('recorded-unchanged'))).toEqual([]);
  });

  it.each(['recorded-drift', 'recorded-drift-refresh-only'])(
    'is exactly the three that were made, in %s',
    (name) => {
      expect(named(trueDrift(recorded(name)))).toEqual(theThree);
    },
  );
});

/** A subnet whose route table appeared; `joined` by an association of the configuration or not. */
function subnet({
  joined = true,
  configured = false,
  mentioned = false,
  from = '',
  to = '/net/routeTables/rt',
}: {
  joined?: boolean;
  configured?: boolean;
  mentioned?: boolean;
  from?: string;
  to?: string;
} = {}): Plan {
  const resource = (address: string, values: Record<string, unknown>) => ({ address, values });
  const id = '/net/v/subnets/s';
  const relation = { id, subnet_id: id, route_table_id: '/NET/routeTables/rt' };
  const changed = {
    address: 'azurerm_subnet.s',
    before: { id, route_table_id: from },
    after: { id, route_table_id: to },
  };
  const expressions = { name: {}, mention: {}, ...(configured ? { route_table_id: {} } : {}) };
  return readPlan(
    planOf([], {
      resource_drift: [entryOf(changed)],
      prior_state: {
        values: {
          root_module: {
            resources: [
              resource('azurerm_subnet.s', {
                id,
                route_table_id: to,
                mention: mentioned ? to : '',
              }),
              resource('azurerm_route_table.rt', { id: '/net/routeTables/rt' }),
              ...(joined ? [resource('azurerm_subnet_route_table_association.a', relation)] : []),
            ],
          },
        },
      },
      configuration: {
        root_module: {
          resources: [
            { address: 'azurerm_subnet.s', expressions },
            {
              address: 'azurerm_subnet_route_table_association.a',
              expressions: { subnet_id: {}, route_table_id: {} },
            },
          ],
        },
      },
    }),
  );
}

describe('a value that appeared', () => {
  it('is no drift where a resource of the configuration put it there', () => {
    expect(trueDrift(subnet())).toEqual([]);
  });

  it.each([
    ['nothing of the configuration joins the two', { joined: false }],
    ['it is nothing we manage', { to: '/net/routeTables/foreign' }],
    ['only the changed resource itself names it', { joined: false, mentioned: true }],
    ['there was another before', { from: '/net/routeTables/old' }],
    ['the configuration itself writes it', { configured: true }],
  ])('is drift where %s', (_what, sketch) => {
    expect(named(trueDrift(subnet(sketch)))).toEqual(['azurerm_subnet.s route_table_id']);
  });

  it('is drift where the whole resource is gone, however little was known of it', () => {
    const gone = entryOf({ actions: ['delete'], before: {} });
    const plan = readPlan(planOf([], { resource_drift: [gone] }));
    expect(named(trueDrift(plan))).toEqual(['azurerm_thing.one deleted']);
  });

  it('is drift where it went away again', () => {
    const plan = subnet({ from: '/net/routeTables/rt', to: '' });
    expect(named(trueDrift(plan))).toEqual(['azurerm_subnet.s route_table_id']);
  });
});

/** A subnet whose route table vanished; the table is still there, what joined the two may not be. */
function without({
  table = true,
  joiner = 'gone',
}: { table?: boolean; joiner?: 'gone' | 'kept' | 'deleted outside' } = {}): Plan {
  const [id, rt] = ['/net/v/subnets/s', '/net/routeTables/rt'];
  const address = 'azurerm_subnet_route_table_association.a';
  const relation = { id, subnet_id: id, route_table_id: rt };
  const vanished = {
    address: 'azurerm_subnet.s',
    before: { id, route_table_id: rt },
    after: { id, route_table_id: '' },
  };
  const deleted = { address, actions: ['delete'], before: relation };
  const resources = [
    { address: 'azurerm_subnet.s', values: { id } },
    ...(table ? [{ address: 'azurerm_route_table.rt', values: { id: rt } }] : []),
    ...(joiner === 'kept' ? [{ address, values: relation }] : []),
  ];
  const written = { address, expressions: { subnet_id: {}, route_table_id: {} } };
  return readPlan(
    planOf([], {
      resource_drift: [vanished, ...(joiner === 'deleted outside' ? [deleted] : [])].map(entryOf),
      prior_state: { values: { root_module: { resources } } },
      configuration: { root_module: { resources: [written] } },
    }),
  );
}

describe('a value that vanished', () => {
  it('is no drift where the configuration has nothing left that joins the two', () => {
    expect(trueDrift(without())).toEqual([]);
  });

  it.each([
    ['what joins them was deleted by somebody else', { joiner: 'deleted outside' as const }],
    ['what joins them is still there', { joiner: 'kept' as const }],
    ['it is nothing we manage', { table: false }],
  ])('is drift where %s', (_what, sketch) => {
    expect(named(trueDrift(without(sketch)))).toContain('azurerm_subnet.s route_table_id');
  });
});

/** A network that repeats its subnet, whose service endpoint and policy were taken away. */
function network({ subnet = true, outside = false, other = false } = {}): Plan {
  const entry = { id: '/net/v/Subnets/s', name: 's' };
  const guarded = {
    ...entry,
    service_endpoint: [{ service: 'Microsoft.Storage' }],
    service_endpoint_policy_ids: ['/net/policies/guard'],
  };
  const bare = { ...entry, service_endpoint: [], service_endpoint_policy_ids: [] };
  const network = (entries: unknown): unknown => ({ id: '/net/v', subnet: entries });
  const after = other ? { ...bare, id: '/net/v/subnets/foreign' } : bare;
  const repeated = {
    address: 'azurerm_virtual_network.v',
    before: network([guarded]),
    after: network([after]),
  };
  const own = { address: 'azurerm_subnet.s', before: guarded, after: bare };
  const resources = [
    { address: 'azurerm_virtual_network.v', values: network([after]) },
    ...(subnet ? [{ address: 'azurerm_subnet.s', values: bare }] : []),
  ];
  return readPlan(
    planOf([], {
      resource_drift: [repeated, ...(outside ? [own] : [])].map(entryOf),
      prior_state: { values: { root_module: { resources } } },
    }),
  );
}

describe('what a network repeats of its subnets', () => {
  it('is no drift of the network: a deploy that failed midway stored the subnet alone', () => {
    expect(trueDrift(network())).toEqual([]);
  });

  it('is told of the subnet where somebody else changed that', () => {
    expect(new Set(trueDrift(network({ outside: true })).map(({ address }) => address))).toEqual(
      new Set(['azurerm_subnet.s']),
    );
  });

  it.each([
    ['the subnet is none of ours', { subnet: false }],
    ['another subnet stands in its place', { other: true }],
  ])('is drift where %s', (_what, sketch) => {
    expect(trueDrift(network(sketch)).map(({ address }) => address)).toEqual([
      'azurerm_virtual_network.v',
    ]);
  });
});

describe('the answer of a drift check', () => {
  const clean = readPlan(planOf([{ actions: ['no-op'] }]));
  const drifted = (sketch: ChangeSketch): Plan =>
    readPlan(planOf([], { resource_drift: [entryOf(sketch)] }));
  const opened = drifted({ before: { open: false }, after: { open: true } });
  const undo = readPlan(planOf([{ before: { open: true }, after: { open: false } }]));
  const computed = readPlan(
    planOf([
      { before: { open: true, tag: 'a' }, after: { open: false }, after_unknown: { tag: true } },
    ]),
  );
  const other = readPlan(planOf([{ address: 'a.other', before: { x: 1 }, after: { x: 2 } }]));
  const both = readPlan(
    planOf([{ before: { open: true, size: 1 }, after: { open: false, size: 2 } }]),
  );
  const gone = drifted({ actions: ['delete'], before: { id: '/x' } });
  const again = readPlan(planOf([{ actions: ['create'], after: { name: 'x' } }]));
  const outputs = readPlan(
    planOf([], { output_changes: { ip: { actions: ['update'], before: 1, after: 2 } } }),
  );
  const broken = readPlan(planOf([], { errored: true }));
  const part = readPlan(planOf([], { complete: false }));

  it.each([
    ['clean', clean, clean, 0, 0],
    ['pending', clean, other, 0, 1],
    ['pending', clean, outputs, 0, 1],
    ['drifted', opened, undo, 1, 0],
    ['drifted', opened, computed, 1, 0],
    ['drifted', opened, clean, 1, 0],
    ['drifted', opened, both, 1, 1],
    ['drifted', opened, other, 1, 1],
    ['drifted', gone, again, 1, 0],
    ['failed', undefined, clean, 0, 0],
    ['failed', clean, undefined, 0, 0],
    ['failed', broken, clean, 0, 0],
    ['failed', clean, broken, 0, 0],
    ['failed', part, clean, 0, 0],
    ['failed', opened, part, 0, 0],
  ])('is %s', (state, refreshOnly, plan, drift, pending) => {
    const answer = judgeDrift({ refreshOnly, plan });
    expect(answer.state).toBe(state);
    expect(answer.drift).toHaveLength(drift);
    expect(answer.pending.length + answer.pendingOutputs.length).toBe(pending);
  });

  it('counts what was found outside Terraform', () => {
    const outside: DriftItem[] = [
      { address: 'demo-cluster', type: 'compute', what: 'deleted', attributes: [] },
    ];
    expect(judgeDrift({ refreshOnly: clean, plan: clean, outside }).state).toBe('drifted');
  });

  it('is drifted for the recorded pair, with nothing pending', () => {
    const answer = judgeDrift({
      refreshOnly: recorded('recorded-drift-refresh-only'),
      plan: recorded('recorded-drift'),
    });
    expect([answer.state, named(answer.drift), answer.pending]).toEqual(['drifted', theThree, []]);
  });

  it('is pending where a data source is not all that is read', () => {
    const reads = readPlan(planOf([{ actions: ['read'], address: 'data.azurerm_x.y' }]));
    expect(judgeDrift({ refreshOnly: clean, plan: reads }).state).toBe('clean');
  });
});
