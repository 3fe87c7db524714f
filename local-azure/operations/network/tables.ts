import { badRequest } from '../../arm/errors.ts';
import type { ArmError } from '../../arm/errors.ts';
import { referrersOf } from '../../arm/references.ts';
import type { ResourceType } from '../../arm/resource-type.ts';
import type { StoredResource, World } from '../../world.ts';
import { identifyItems, networkType } from './items.ts';

const USERS = [
  'Microsoft.Network/virtualNetworks/subnets',
  'Microsoft.Network/networkInterfaces',
] as const;

/** Lists of rules that subnets and network interfaces take part in. */
export const tableTypes: readonly ResourceType[] = [
  {
    ...networkType,
    type: 'Microsoft.Network/networkSecurityGroups',
    seconds: { create: 5, delete: 5 },
    defaults: { securityRules: [] },
    derive: ({ draft }) => {
      forgetUsers(draft);
      identifyItems(draft, 'securityRules');
    },
    view: users,
    inUse: inUse('InUseNetworkSecurityGroupCannotBeDeleted', 'Network security group'),
    simplified: 'the default rules are not listed',
  },
  {
    ...networkType,
    type: 'Microsoft.Network/routeTables',
    seconds: { create: 5, delete: 5 },
    defaults: { routes: [], disableBgpRoutePropagation: false },
    derive: ({ draft }) => {
      forgetUsers(draft);
      identifyItems(draft, 'routes');
    },
    view: users,
    inUse: inUse('InUseRouteTableCannotBeDeleted', 'Route table'),
  },
  {
    ...networkType,
    type: 'Microsoft.Network/serviceEndpointPolicies',
    seconds: { create: 5, delete: 5 },
    derive: ({ draft }) => {
      forgetUsers(draft);
      identifyItems(draft, 'serviceEndpointPolicyDefinitions');
    },
    view: users,
    inUse: inUse('InUseServiceEndpointPolicyCannotBeDeleted', 'Service endpoint policy'),
  },
];

/** Who uses a table is shown, never taken: clients send back what they have read. */
function forgetUsers({ properties }: StoredResource): void {
  delete properties['subnets'];
  delete properties['networkInterfaces'];
}

function users(table: StoredResource, world: World): Record<string, unknown> {
  const named = (type: string): { id: string }[] =>
    referrersOf(world, table.id, [type]).map(({ id }) => ({ id }));
  const [subnets, networkInterfaces] = USERS.map(named);
  return Object.fromEntries(
    Object.entries({ subnets, networkInterfaces }).filter(([, found]) => found?.length),
  );
}

function inUse(
  code: string,
  what: string,
): (table: StoredResource, world: World) => ArmError | undefined {
  return (table, world) => {
    const found = referrersOf(world, table.id, USERS).map(({ id }) => id);
    if (found.length === 0) return undefined;
    return badRequest(
      code,
      `${what} ${table.id} cannot be deleted because it is in use by the following resources: ${found.join(', ')}. ` +
        'In order to delete it, remove the association with the resource(s).',
    );
  };
}
