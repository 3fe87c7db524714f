import type { JsonMap } from '../mapping/json.ts';
import { Failure } from '../azure/failure.ts';
import { sendAndSettle } from '../sending.ts';
import { alone, networkOf } from '../mapping/locks.ts';
import { at, put, remove } from '../mapping/json.ts';
import type { ResourceTable, Setting } from '../mapping/table.ts';
import type { ValueMap } from '../terraform/values.ts';

const API = '2025-01-01';

interface Kind {
  /** What is associated, and the argument that names it. */
  readonly label: string;
  readonly argument: string;
  /** The property of the subnet. */
  readonly property: string;
  readonly type: string;
}

async function subnetAt(id: string, setting: Setting): Promise<JsonMap | null> {
  const answer = await setting.arm.expect(
    { method: 'GET', path: id, api: API },
    [200, 404],
    `retrieving Subnet (${id})`,
  );
  return answer.status === 404 ? null : answer.body;
}

async function associate(kind: Kind, planned: ValueMap, setting: Setting): Promise<ValueMap> {
  const id = planned['subnet_id'] as string;
  const target = planned[kind.argument] as string;
  await alone(networkOf(id), async () => {
    const subnet = await subnetAt(id, setting);
    if (subnet === null) throw new Failure(`Subnet (${id}) was not found`);
    const present = at(subnet, `${kind.property}.id`);
    if (typeof present === 'string' && present !== '') throw associated(kind, id, present);
    put(subnet, kind.property, { id: target });
    await sendAndSettle(
      setting,
      { method: 'PUT', path: id, api: API, body: subnet },
      `updating ${kind.label} Association for Subnet (${id})`,
    );
  });
  const state = await read(kind, { ...planned, id }, setting);
  if (state === null)
    throw new Failure(
      `the ${kind.label} Association of Subnet (${id}) was not found after it was made`,
    );
  return state;
}

function associated(kind: Kind, id: string, present: string): Failure {
  return new Failure(
    `an association between "${id}" and "${present}" already exists - to be managed via Terraform this association needs to be imported into the State. Please see the resource documentation for "${kind.type}" for more information`,
  );
}

async function read(kind: Kind, state: ValueMap, setting: Setting): Promise<ValueMap | null> {
  const id = state['id'] as string;
  const target = at((await subnetAt(id, setting)) ?? {}, `${kind.property}.id`);
  return typeof target === 'string' && target !== ''
    ? { ...state, subnet_id: id, [kind.argument]: target }
    : null;
}

async function dissociate(kind: Kind, state: ValueMap, setting: Setting): Promise<void> {
  const id = state['id'] as string;
  await alone(networkOf(id), async () => {
    const subnet = await subnetAt(id, setting);
    if (subnet === null || at(subnet, `${kind.property}.id`) === undefined) return;
    remove(subnet, kind.property);
    await sendAndSettle(
      setting,
      { method: 'PUT', path: id, api: API, body: subnet },
      `removing ${kind.label} Association from Subnet (${id})`,
    );
  });
}

/** An association is no ARM resource: it is one property of a subnet. */
function association(kind: Kind): ResourceTable {
  return {
    label: `${kind.label} Association`,
    api: API,
    path: '{subnet_id}',
    fields: [],
    accepts: ['subnet_id', kind.argument],
    custom: {
      create: (planned, setting) => associate(kind, planned, setting),
      read: (state, setting) => read(kind, state, setting),
      delete: (state, setting) => dissociate(kind, state, setting),
    },
  };
}

export const associationTables = {
  azurerm_subnet_network_security_group_association: association({
    label: 'Network Security Group',
    argument: 'network_security_group_id',
    property: 'properties.networkSecurityGroup',
    type: 'azurerm_subnet_network_security_group_association',
  }),
  azurerm_subnet_route_table_association: association({
    label: 'Route Table',
    argument: 'route_table_id',
    property: 'properties.routeTable',
    type: 'azurerm_subnet_route_table_association',
  }),
};
