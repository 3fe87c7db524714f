import { readFileSync } from 'node:fs';
import type { World } from '../../../local-azure/world.ts';
import { account, change, group, put, rules, subnet } from './closed-network.ts';

/** A row of terraform/egress.json, as far as the firewall sees it. */
export interface Row {
  readonly name: string;
  readonly kind: 'tag' | 'host';
  readonly destinations: readonly string[];
  readonly protocols: readonly string[];
  readonly ports: readonly string[];
  readonly from: readonly string[];
  readonly unless?: string;
}

/** The allow-list of terraform/, for an environment in West Europe whose state lies in state1. */
export const rows = JSON.parse(
  readFileSync(new URL('../../../terraform/egress.json', import.meta.url), 'utf8')
    .replaceAll('${location}', 'westeurope')
    .replaceAll('${state_account}', 'state1'),
) as readonly Row[];

const prefixes: Readonly<Record<string, string>> = {
  default: '10.1.0.0/24',
  inference: '10.1.2.0/26',
  probe: '10.1.3.0/28',
  jumpbox: '10.1.4.0/28',
};

/** The policy of service endpoints that stands in for the row of the start-up storage. */
export const endpointPolicy = `${group}/providers/Microsoft.Network/serviceEndpointPolicies/guard`;

/** Deploys an allow-list as terraform/ does, with its guard of storage or without. */
export function deployAllowList(world: World, list: readonly Row[] = rows, guard = true): void {
  const wanted = list.filter(({ unless }) => unless === undefined || !guard);
  const collection = (name: string, priority: number, of: readonly object[]) => ({
    name,
    priority,
    ruleCollectionType: 'FirewallPolicyFilterRuleCollection',
    action: { type: 'Allow' },
    rules: of,
  });
  change(world, rules, {
    ruleCollections: [
      collection('services', 100, wanted.filter(({ kind }) => kind === 'tag').map(networkRule)),
      collection('hosts', 200, wanted.filter(({ kind }) => kind === 'host').map(applicationRule)),
    ],
  });
  change(world, subnet('default'), { serviceEndpoints: [], serviceEndpointPolicies: [] });
  if (guard) guardStorage(world);
}

function sources(row: Row): readonly string[] {
  return row.from.map((name) => prefixes[name] ?? name);
}

function networkRule(row: Row): object {
  return {
    ruleType: 'NetworkRule',
    name: row.name,
    ipProtocols: row.protocols,
    sourceAddresses: sources(row),
    destinationAddresses: row.destinations,
    destinationPorts: row.ports,
  };
}

function applicationRule(row: Row): object {
  return {
    ruleType: 'ApplicationRule',
    name: row.name,
    sourceAddresses: sources(row),
    targetFqdns: row.destinations,
    protocols: [{ protocolType: 'Https', port: 443 }],
  };
}

function guardStorage(world: World): void {
  const definition = (name: string, service: string, serviceResources: readonly string[]) => ({
    name,
    properties: { service, serviceResources },
  });
  put(world, endpointPolicy, {
    serviceEndpointPolicyDefinitions: [
      definition('own', 'Microsoft.Storage', [account]),
      definition('machine-learning', 'Global', ['/services/Azure/MachineLearning']),
    ],
  });
  change(world, subnet('default'), {
    serviceEndpoints: [{ service: 'Microsoft.Storage' }],
    serviceEndpointPolicies: [{ id: endpointPolicy }],
  });
}
