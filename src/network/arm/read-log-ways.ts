import { apis } from '../../azure/api-versions.ts';
import { nameOf, textAt } from './fields.ts';
import type { NetworkFacts } from './facts.ts';
import type { Reading } from './reading.ts';
import type { LogWay, ServiceFacts } from './service-facts.ts';

/** Members of a diagnostic setting that name a destination (Microsoft.Insights/diagnosticSettings). */
const destinations = [
  'workspaceId',
  'storageAccountId',
  'eventHubAuthorizationRuleId',
  'marketplacePartnerId',
] as const;

/**
 * The diagnostic settings of what has something to tell: Azure itself carries these logs, so no rule
 * of the network holds them.
 */
export async function readLogWays(
  { firewalls, networks }: Pick<NetworkFacts, 'firewalls' | 'networks'>,
  services: Pick<ServiceFacts, 'accounts' | 'vaults' | 'registries' | 'workspaces' | 'sites'>,
  reading: Reading,
): Promise<readonly LogWay[]> {
  const { accounts, vaults, registries, workspaces, sites } = services;
  const ids = [
    ...[...firewalls, ...networks, ...vaults, ...registries, ...workspaces, ...sites].map(
      ({ id }) => id,
    ),
    ...accounts.flatMap(({ id }) =>
      ['blob', 'file'].map((part) => `${id}/${part}Services/default`),
    ),
  ];
  return (await Promise.all(ids.map((id) => waysFrom(id, reading)))).flat();
}

async function waysFrom(id: string, reading: Reading): Promise<readonly LogWay[]> {
  const path = `${id}/providers/Microsoft.Insights/diagnosticSettings`;
  return (await reading.list(path, apis.diagnostics)).map((raw) => ({
    source: nameOf(id.replace(/\/default$/, '')),
    name: textAt(raw, 'name') ?? '',
    destinations: destinations.flatMap((member) => textAt(raw, 'properties', member) ?? []),
  }));
}
