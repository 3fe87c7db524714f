import { apis } from '../../azure/api-versions.ts';
import type { Arm } from '../../azure/arm.ts';
import type { Outputs } from '../../terraform/outputs.ts';
import { groupOf } from '../../terraform/resource-ids.ts';
import { nameOf, same, textAt } from './fields.ts';
import type { Facts, Listed, NetworkFacts } from './facts.ts';
import { readBastion, readEndpoint, readZones } from './read-endpoints.ts';
import { readFirewall, readPolicies } from './read-firewall.ts';
import { readAddress, readInterface, readNetwork, readTables } from './read-network.ts';
import { readLogWays } from './read-log-ways.ts';
import { readAssignments, readIdentities } from './read-roles.ts';
import {
  readAccount,
  readCompute,
  readLogStore,
  readMachine,
  readRegistry,
  readSite,
  readVault,
  readWorkspace,
} from './read-services.ts';
import { openReading } from './reading.ts';
import type { Reading } from './reading.ts';
import type { Compute, ServiceFacts } from './service-facts.ts';

/**
 * Everything ARM says about the environment, read once, by lists of its resource group, so that what
 * nobody expected is seen, too. Only GETs that a Reader may make. What ARM refuses is noted in
 * `unread` and keeps the proof from holding.
 */
export async function readDeployed(outputs: Outputs, arm: Arm): Promise<Facts> {
  const groupId = groupOf(outputs);
  const reading = openReading(arm);
  const [inventory, network, services] = await Promise.all([
    reading.list(`${groupId}/resources`, apis.resources),
    readNetworkFacts(groupId, outputs, reading),
    readServiceFacts(groupId, reading),
  ]);
  const logWays = await readLogWays(network, services, reading);
  const workspace = services.workspaces.find(({ id }) => same(id, outputs.workspaceId));
  return {
    ranges: network.networks.find(({ name }) => same(name, outputs.vnetName))?.ranges ?? [],
    workspaceGuid: workspace?.guid,
    notebookHost: workspace?.notebookHost,
    imagesAccount: imagesAccountIn(services, outputs),
    groupId,
    inventory: inventory.map(readListed),
    ...network,
    ...services,
    logWays,
    unread: reading.unread,
  };
}

/** Both accounts of an environment share all of their names but this part (src/names.ts). */
function imagesAccountIn(
  { accounts }: Pick<ServiceFacts, 'accounts'>,
  { storageAccountName }: Outputs,
): string | undefined {
  const wanted = storageAccountName.replace(/st(\w{6})$/, 'im$1');
  return accounts.find(({ name }) => same(name, wanted))?.name;
}

async function readNetworkFacts(
  groupId: string,
  outputs: Outputs,
  reading: Reading,
): Promise<NetworkFacts> {
  const network = `${groupId}/providers/Microsoft.Network`;
  const list = async <T>(type: string, as: (raw: unknown) => T): Promise<readonly T[]> =>
    (await reading.list(`${network}/${type}`, apis.network)).map(as);
  const networks = list('virtualNetworks', readNetwork);
  const firewalls = list('azureFirewalls', readFirewall);
  const [publicAddresses, interfaces, nat, gateways, endpoints, zones, bastions, tables, policies] =
    await Promise.all([
      list('publicIPAddresses', readAddress),
      list('networkInterfaces', readInterface),
      list('natGateways', readListed),
      list('virtualNetworkGateways', readListed),
      list('privateEndpoints', readEndpoint),
      readZones(network, reading),
      list('bastionHosts', readBastion),
      networks.then((found) => readTables(found, outputs, reading)),
      firewalls.then((found) => readPolicies(found, reading)),
    ]);
  return {
    ...{ publicAddresses, interfaces, endpoints, zones, bastions, policies },
    gateways: [...nat, ...gateways],
    networks: await networks,
    firewalls: await firewalls,
    ...tables,
  };
}

async function readServiceFacts(
  groupId: string,
  reading: Reading,
): Promise<Omit<ServiceFacts, 'logWays'>> {
  const list = async <T>(
    type: string,
    api: string,
    as: (raw: unknown) => T,
  ): Promise<readonly T[]> => (await reading.list(`${groupId}/providers/${type}`, api)).map(as);
  const workspaces = list(
    'Microsoft.MachineLearningServices/workspaces',
    apis.machineLearning,
    readWorkspace,
  );
  const sites = list('Microsoft.Web/sites', apis.web, (raw) => readSite(raw, reading));
  const [
    accounts,
    vaults,
    registries,
    logs,
    insights,
    machines,
    identities,
    assignments,
    computes,
  ] = await Promise.all([
    list('Microsoft.Storage/storageAccounts', apis.storage, readAccount),
    list('Microsoft.KeyVault/vaults', apis.vault, readVault),
    list('Microsoft.ContainerRegistry/registries', apis.registry, readRegistry),
    list('Microsoft.OperationalInsights/workspaces', apis.logs, (raw) =>
      readLogStore(raw, 'log workspace'),
    ),
    list('Microsoft.Insights/components', apis.insights, (raw) =>
      readLogStore(raw, 'application insights'),
    ),
    list('Microsoft.Compute/virtualMachines', apis.compute, (raw) => readMachine(raw, reading)),
    readIdentities(groupId, reading),
    readAssignments(groupId, reading),
    workspaces.then((found) =>
      readComputes(
        found.map(({ id }) => id),
        reading,
      ),
    ),
  ]);
  return {
    ...{ accounts, vaults, registries, identities, assignments, computes },
    logs: [...logs, ...insights],
    machines: await Promise.all(machines),
    workspaces: await workspaces,
    sites: await Promise.all(await sites),
  };
}

async function readComputes(
  workspaces: readonly string[],
  reading: Reading,
): Promise<readonly Compute[]> {
  const found = await Promise.all(
    workspaces.map(async (workspace) =>
      (await reading.list(`${workspace}/computes`, apis.machineLearning)).map((raw) =>
        readCompute(raw, workspace),
      ),
    ),
  );
  return found.flat();
}

function readListed(raw: unknown): Listed {
  const id = textAt(raw, 'id') ?? '';
  return {
    id,
    name: textAt(raw, 'name') ?? nameOf(id),
    type:
      textAt(raw, 'type') ??
      id
        .replace(/^.*\/providers\//i, '')
        .split('/')
        .slice(0, 2)
        .join('/'),
  };
}
