import { describe, expect, it } from '@jest/globals';
import { Problem } from '../../../src/errors.ts';
import type { Import } from '../../../src/terraform/adoption/index.ts';
import { heal } from '../../../src/terraform/adoption/index.ts';
import type { ChangeSketch } from '../plans.ts';
import { planOf } from '../plans.ts';
import { workshop } from '../../support/workshop.ts';

const subscription = '11111111-2222-3333-4444-555555555555';
const group = `/subscriptions/${subscription}/resourceGroups/innereye-demo`;
const patient = {
  environment: 'demo',
  subscriptionId: subscription,
  resourceGroup: 'innereye-demo',
};
const tags = { 'innereye-environment': 'demo' };
const vnet = `${group}/providers/Microsoft.Network/virtualNetworks/demo-vnet`;
const policy = `${group}/providers/Microsoft.Network/firewallPolicies/p`;

/** The state that such a plan was made from. */
function before(changes: readonly ChangeSketch[]): unknown {
  return changes.flatMap(({ address, before: values }) =>
    values === undefined ? [] : [{ address, values }],
  );
}

/** Heals plan after plan against what Azure has; `later` are the plans that follow the first. */
async function healed(
  there: Readonly<Record<string, unknown>>,
  first: readonly ChangeSketch[],
  ...later: readonly (readonly ChangeSketch[])[]
) {
  const place = workshop();
  const { arm } = place;
  const world: Readonly<Record<string, unknown>> = { [group]: { id: group, tags }, ...there };
  arm.on({
    'GET ': ({ path }) => {
      const found = world[path];
      return typeof found === 'function' ? (found as () => unknown)() : found;
    },
    'LIST ': ({ path }) => world[path] ?? [],
  });
  const asked: (readonly Import[])[] = [];
  const kept: string[] = [];
  const file = (changes: readonly ChangeSketch[]) => ({
    ...{ path: 'x', changed: true },
    json: planOf(changes, {
      prior_state: { values: { root_module: { resources: before(changes) } } },
    }),
  });
  const plans = later.map(file);
  const result = await heal(
    file(first),
    {
      adopt: async (imports) => void asked.push([...imports]),
      untaint: async (address) => void kept.push(address),
    },
    async () => plans.shift() ?? file([]),
    patient,
    arm,
    place.tools,
  );
  return { ...result, asked, kept, log: place.log };
}

const vnetCreation: ChangeSketch = {
  ...{ address: 'azurerm_virtual_network.this', actions: ['create'] },
  after: { name: 'demo-vnet', tags },
};
const subnetCreation: ChangeSketch = {
  ...{ address: 'azurerm_subnet.workload["default"]', actions: ['create'] },
  after: { name: 'default', virtual_network_name: 'demo-vnet' },
};
const one = (id: string, more: object = {}): unknown => ({
  ...{ id, name: id.split('/').at(-1), tags, properties: { provisioningState: 'Succeeded' } },
  ...more,
});
const creation = (type: string, after: object): ChangeSketch => ({
  ...{ address: `${type}.one`, actions: ['create'], after },
});
const empty: readonly ChangeSketch[] = [];

describe('what a run left that was cut off', () => {
  it('is taken over, parents and children in one go', async () => {
    const subnet = `${vnet}/subnets/default`;
    const { adopted, asked, log } = await healed(
      { [vnet]: one(vnet), [subnet]: one(subnet, { tags: undefined }) },
      [vnetCreation, subnetCreation],
      empty,
    );
    expect(adopted).toEqual([
      { address: 'azurerm_virtual_network.this', id: vnet },
      { address: 'azurerm_subnet.workload["default"]', id: subnet },
    ]);
    expect(asked).toEqual([adopted]);
    expect(log.join('\n')).toContain('azurerm_virtual_network.this is there already');
  });

  it('is found round after round, where an id is known only once its parent is', async () => {
    const rules = `${policy}/ruleCollectionGroups/egress`;
    const rulesUnknown = {
      ...creation('azurerm_firewall_policy_rule_collection_group', { name: 'egress' }),
      after_unknown: { firewall_policy_id: true },
    };
    const rulesKnown = creation('azurerm_firewall_policy_rule_collection_group', {
      ...{ name: 'egress', firewall_policy_id: policy },
    });
    const taken = {
      ...{ address: 'azurerm_firewall_policy.one', actions: ['no-op'] },
      importing: { id: policy },
    };
    const { adopted, asked } = await healed(
      { [policy]: one(policy), [rules]: one(rules, { tags: undefined }) },
      [creation('azurerm_firewall_policy', { name: 'p' }), rulesUnknown],
      [taken, rulesKnown],
      empty,
    );
    expect(adopted.map(({ id }) => id)).toEqual([policy, rules]);
    expect(asked.map((imports) => imports.length)).toEqual([1, 2]);
  });

  it('is proved a round later, where it is joined with what is an orphan as well', async () => {
    const table = `${group}/providers/Microsoft.Network/routeTables/t`;
    const subnet = `${vnet}/subnets/default`;
    const joins = 'azurerm_subnet_route_table_association';
    const unknown = {
      ...creation(joins, { subnet_id: subnet }),
      after_unknown: { route_table_id: true },
    };
    const known = creation(joins, { subnet_id: subnet, route_table_id: table });
    const taken: ChangeSketch = {
      ...{ address: 'azurerm_route_table.one', actions: ['no-op'] },
      importing: { id: table },
    };
    const isJoined = { properties: { routeTable: { id: table } } };
    const there = { [vnet]: one(vnet), [table]: one(table), [subnet]: one(subnet, isJoined) };
    const { adopted } = await healed(
      there,
      [vnetCreation, creation('azurerm_route_table', { name: 't' }), unknown],
      [taken, known],
      empty,
    );
    expect(adopted.map(({ id }) => id)).toEqual([vnet, table, subnet]);
    const own = { ...vnetCreation, actions: ['no-op'], importing: { id: vnet } };
    const lasting = healed({ ...there, [table]: undefined }, [own, unknown]);
    await expect(lasting).rejects.toThrow(/joined with .*routeTables\/t\n/);
  });

  it('is asked for only where something is to be created and the group is there', async () => {
    const nothing = await healed({}, [{ actions: ['update'] }]);
    expect(nothing.adopted).toEqual([]);
    const noGroup = await healed({ [group]: undefined, [vnet]: one(vnet) }, [vnetCreation]);
    expect(noGroup.adopted).toEqual([]);
  });

  it('is waited for while Azure is still making it', async () => {
    let asked = 0;
    const making = (): unknown => {
      asked += 1;
      return one(vnet, { properties: { provisioningState: asked < 4 ? 'Updating' : 'Succeeded' } });
    };
    const { adopted } = await healed({ [vnet]: making }, [vnetCreation], empty);
    expect(adopted).toHaveLength(1);
    expect(asked).toBe(4);
  });

  it('keeps what is marked as damaged and is whole', async () => {
    const damaged = {
      ...{ address: 'azurerm_virtual_network.this', actions: ['delete', 'create'] },
      ...{ action_reason: 'replace_because_tainted', before: { id: vnet, name: 'demo-vnet' } },
      after: { name: 'demo-vnet' },
    };
    const { kept, mended } = await healed({ [vnet]: one(vnet) }, [damaged], empty);
    expect([kept, mended]).toEqual([[damaged.address], [damaged.address]]);
    const failed = one(vnet, { properties: { provisioningState: 'Failed' } });
    expect((await healed({ [vnet]: failed }, [damaged])).kept).toEqual([]);
  });

  it('keeps a damaged role assignment, of which a new one would not differ', async () => {
    const role = `${vnet}/providers/Microsoft.Authorization/roleAssignments/r`;
    const values = { scope: vnet, name: 'r', principal_id: 'cluster' };
    const damaged: ChangeSketch = {
      ...{ address: 'azurerm_role_assignment.one', actions: ['delete', 'create'] },
      ...{ action_reason: 'replace_because_tainted' },
      before: { ...values, id: role, role_definition_name: 'AcrPull', role_definition_id: '/r/1' },
      after: { ...values, role_definition_name: 'AcrPull' },
      after_unknown: { id: true, role_definition_id: true },
    };
    const taken = { ...vnetCreation, actions: ['no-op'], importing: { id: vnet } };
    const giving = (roleName: string): Readonly<Record<string, unknown>> => ({
      ...{ [vnet]: one(vnet), '/r/1': { properties: { roleName } } },
      [role]: one(role, { tags: undefined, properties: { roleDefinitionId: '/r/1' } }),
    });
    expect((await healed(giving('AcrPull'), [damaged, taken], empty)).kept).toHaveLength(1);
    expect((await healed(giving('Owner'), [damaged, taken])).kept).toEqual([]);
  });

  it('keeps a damaged diagnostic setting, whose id is no path of ARM', async () => {
    const setting = `${vnet}/providers/Microsoft.Insights/diagnosticSettings/logs`;
    const there = { [vnet]: one(vnet), [setting]: one(setting, { tags: undefined }) };
    const damaged = (id: string): ChangeSketch => ({
      ...{ address: 'azurerm_monitor_diagnostic_setting.one', actions: ['delete', 'create'] },
      ...{ action_reason: 'replace_because_tainted' },
      ...{ before: { id, name: 'logs', target_resource_id: vnet } },
      after: { name: 'logs', target_resource_id: vnet },
    });
    const taken = { ...vnetCreation, actions: ['no-op'], importing: { id: vnet } };
    const { kept } = await healed(there, [damaged(`${vnet}|logs`), taken], empty);
    expect(kept).toEqual(['azurerm_monitor_diagnostic_setting.one']);
    expect((await healed(there, [damaged(`${vnet}|gone`), taken])).kept).toEqual([]);
  });

  it('takes a diagnostic setting by the id that Terraform has for it', async () => {
    const setting = `${vnet}/providers/Microsoft.Insights/diagnosticSettings/logs`;
    const logs = `${group}/providers/Microsoft.OperationalInsights/workspaces/l`;
    const planned = creation('azurerm_monitor_diagnostic_setting', {
      ...{ name: 'logs', target_resource_id: vnet, log_analytics_workspace_id: logs },
    });
    const there = {
      [vnet]: one(vnet),
      [setting]: one(setting, { tags: undefined, properties: { workspaceId: logs.toUpperCase() } }),
    };
    const { adopted } = await healed(there, [planned, vnetCreation], empty);
    expect(adopted.map(({ id }) => id)).toContain(`${vnet}|logs`);
  });

  it('gives up where plan after plan shows the same', async () => {
    const plans = Array.from({ length: 12 }, () => [vnetCreation]);
    await expect(healed({ [vnet]: one(vnet) }, [vnetCreation], ...plans)).rejects.toThrow(
      /could not be taken over/,
    );
  });
});

const account = `${group}/providers/Microsoft.Storage/storageAccounts/demost`;
const accountCreation = creation('azurerm_storage_account', { name: 'demost' });
const containers = `${account}/blobServices/default/containers`;
const assignment = `${account}/providers/Microsoft.Authorization/roleAssignments/r`;
const assignmentCreation = creation('azurerm_role_assignment', {
  ...{ scope: account, name: 'r', principal_id: 'cluster', role_definition_name: 'AcrPull' },
});
const given = (properties: object): unknown => one(assignment, { tags: undefined, properties });
const nsg = `${group}/providers/Microsoft.Network/networkSecurityGroups/`;
const join = creation('azurerm_subnet_network_security_group_association', {
  ...{ subnet_id: `${vnet}/subnets/default`, network_security_group_id: `${nsg}ours` },
});

describe('what is not provably ours', () => {
  it.each<[string, RegExp, Readonly<Record<string, unknown>>, readonly ChangeSketch[]]>([
    [
      'has no tag of the environment',
      /its tag innereye-environment is ""/,
      { [vnet]: one(vnet, { tags: {} }) },
      [vnetCreation],
    ],
    [
      'is tagged as another environment',
      /is "other"/,
      { [vnet]: one(vnet, { tags: { 'innereye-environment': 'other' } }) },
      [vnetCreation],
    ],
    [
      'could not be made by Azure',
      /ended as Failed/,
      { [vnet]: one(vnet, { properties: { provisioningState: 'Failed' } }) },
      [vnetCreation],
    ],
    [
      'lies below what nobody knows',
      /nothing that it lies below/,
      { [vnet]: one(vnet), [`${vnet}/subnets/default`]: one(`${vnet}/subnets/default`) },
      [subnetCreation],
    ],
    [
      'lies in another group',
      /outside the resource group/,
      { '/subscriptions/x/resourceGroups/else/providers/p/q/ruleCollectionGroups/e': one('e') },
      [
        creation('azurerm_firewall_policy_rule_collection_group', {
          name: 'e',
          firewall_policy_id: '/subscriptions/x/resourceGroups/else/providers/p/q',
        }),
      ],
    ],
    [
      'holds data',
      /holds containers already: datasets, scans/,
      {
        [account]: one(account),
        [containers]: [{ name: 'azureml' }, { name: 'datasets' }, { name: 'scans' }],
      },
      [accountCreation],
    ],
    [
      'gives a role to somebody else',
      /gives the role to stranger/,
      { [account]: one(account), [assignment]: given({ principalId: 'stranger' }) },
      [accountCreation, assignmentCreation],
    ],
    [
      'gives another role',
      /gives the role Owner/,
      {
        ...{ [account]: one(account), '/roles/owner': { properties: { roleName: 'Owner' } } },
        [assignment]: given({ principalId: 'CLUSTER', roleDefinitionId: '/roles/owner' }),
      },
      [accountCreation, assignmentCreation],
    ],
    [
      'joins a subnet with another security group',
      /joined with .*theirs/,
      {
        [vnet]: one(vnet),
        [`${vnet}/subnets/default`]: one('s', {
          properties: { networkSecurityGroup: { id: `${nsg}theirs` } },
        }),
      },
      [vnetCreation, join],
    ],
  ])('is refused and named where it %s', async (_, said, there, plan) => {
    const asking = healed(there, plan, empty);
    await expect(asking).rejects.toThrow(Problem);
    await expect(asking).rejects.toThrow(said);
  });

  it('keeps all else from being taken over', async () => {
    const asking = healed({ [vnet]: one(vnet), [account]: one(account, { tags: {} }) }, [
      vnetCreation,
      accountCreation,
    ]);
    await expect(asking).rejects.toThrow(/azurerm_storage_account\.one/);
  });

  it('is not asked of a subnet that is joined with nothing', async () => {
    const bare = one('s', { properties: {} });
    const there = { [vnet]: one(vnet), [`${vnet}/subnets/default`]: bare };
    const { adopted } = await healed(there, [vnetCreation, join], empty);
    expect(adopted.map(({ id }) => id)).toEqual([vnet]);
  });
});
