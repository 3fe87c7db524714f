import type { Outputs } from '../../terraform/outputs.ts';
import { nameOf, same } from './fields.ts';
import type { Facts, Network, Subnet } from './facts.ts';

/** Subnets whose names Azure fixes; they carry no workload, and a route of ours would break them. */
const platformSubnets = new Set([
  'AzureFirewallSubnet',
  'AzureFirewallManagementSubnet',
  'AzureBastionSubnet',
  'GatewaySubnet',
]);

/** The environment's network, or undefined where ARM has none of its name. */
export function networkOf(facts: Facts, outputs: Pick<Outputs, 'vnetName'>): Network | undefined {
  return facts.networks.find(({ name }) => same(name, outputs.vnetName));
}

/** Subnets in which something may run: all but those whose names Azure fixes, unless an interface stands there. */
export function workloadSubnets(
  facts: Facts,
  outputs: Pick<Outputs, 'vnetName'>,
): readonly Subnet[] {
  const subnets = networkOf(facts, outputs)?.subnets ?? [];
  return subnets.filter(
    ({ id, name }) =>
      !platformSubnets.has(name) || facts.interfaces.some(({ subnetId }) => same(subnetId, id)),
  );
}

/** Names of the subnets in which a machine has its interfaces. */
export function subnetsOfMachine(machine: string, facts: Facts): readonly string[] {
  const found = facts.machines.find(({ name }) => same(name, machine));
  return facts.interfaces
    .filter(({ id }) => found?.interfaceIds.some((one) => same(one, id)))
    .map(({ subnetId }) => nameOf(subnetId));
}
