import type { Arm, Resource } from '../azure/arm.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Evidence } from './evidence.ts';

const networkApi = '2025-01-01';

/** Subnets whose names Azure fixes; they carry no workload, and a route of ours would break them. */
const platformSubnets = new Set([
  'AzureFirewallSubnet',
  'AzureFirewallManagementSubnet',
  'AzureBastionSubnet',
  'GatewaySubnet',
]);

/** What ARM says: public addresses, public access, routes, private endpoints. */
export async function armEvidence(outputs: Outputs, arm: Arm): Promise<Evidence[]> {
  const group = `/subscriptions/${outputs.subscriptionId}/resourceGroups/${outputs.resourceGroup}`;
  const network = `${group}/providers/Microsoft.Network`;
  const parts = await Promise.all([
    interfaces(network, arm),
    publicAccess(group, outputs, arm),
    routes(`${network}/virtualNetworks/${outputs.vnetName}`, arm),
    privateEndpoints(network, arm),
  ]);
  return parts.flat();
}

/** Address ranges of the virtual network. */
export async function networkRanges(outputs: Outputs, arm: Arm): Promise<readonly string[]> {
  const vnet = await arm.get<VirtualNetwork>(
    `/subscriptions/${outputs.subscriptionId}/resourceGroups/${outputs.resourceGroup}` +
      `/providers/Microsoft.Network/virtualNetworks/${outputs.vnetName}`,
    networkApi,
  );
  return vnet?.properties?.addressSpace?.addressPrefixes ?? [];
}

async function interfaces(network: string, arm: Arm): Promise<Evidence[]> {
  const found = await arm.list<NetworkInterface>(`${network}/networkInterfaces`, networkApi);
  if (found.length === 0) return [nothing('no-public-address', 'network interfaces')];
  return found.map(({ name, properties }) => {
    const open = (properties?.ipConfigurations ?? []).flatMap(
      (one) => one.properties?.publicIPAddress?.id ?? [],
    );
    return {
      ...{ check: 'no-public-address', subject: name, from: 'arm' as const },
      result: open.length === 0 ? 'closed' : 'hole',
      seen: open.length === 0 ? 'no public address' : `public address ${lastPart(open[0])}`,
    };
  });
}

async function publicAccess(group: string, outputs: Outputs, arm: Arm): Promise<Evidence[]> {
  const services: readonly (readonly [type: string, name: string, api: string])[] = [
    ['Microsoft.Storage/storageAccounts', outputs.storageAccountName, '2025-08-01'],
    ['Microsoft.KeyVault/vaults', outputs.keyVaultName, '2026-02-01'],
    ['Microsoft.ContainerRegistry/registries', outputs.registryName, '2025-11-01'],
    ['Microsoft.MachineLearningServices/workspaces', outputs.workspaceName, '2025-12-01'],
    ['Microsoft.Web/sites', outputs.inferenceAppName, '2023-12-01'],
  ];
  return Promise.all(
    services.map(async ([type, name, api]) => {
      const resource = await arm.get(`${group}/providers/${type}/${name}`, api);
      const value = resource?.properties?.['publicNetworkAccess'];
      const access = typeof value === 'string' ? value : 'not said';
      const closed = access.toLowerCase() === 'disabled';
      return {
        ...{ check: 'public-access-off', subject: `${type.split('/')[1]} ${name}` },
        from: 'arm' as const,
        result: closed ? 'closed' : 'hole',
        seen: resource === undefined ? 'does not exist' : `publicNetworkAccess ${access}`,
      };
    }),
  );
}

async function routes(path: string, arm: Arm): Promise<Evidence[]> {
  const vnet = await arm.get<VirtualNetwork>(path, networkApi);
  const subnets = (vnet?.properties?.subnets ?? []).filter(
    ({ name }) => !platformSubnets.has(name),
  );
  if (subnets.length === 0) return [nothing('way-out-by-firewall', 'subnets')];
  return Promise.all(
    subnets.map(async ({ name, properties }) => {
      const id = properties?.routeTable?.id;
      const route = id === undefined ? undefined : await defaultRoute(id, arm);
      const hop = route?.properties?.nextHopType ?? 'none';
      return {
        ...{ check: 'way-out-by-firewall', subject: `subnet ${name}`, from: 'arm' as const },
        result: hop === 'VirtualAppliance' ? 'closed' : 'hole',
        seen: `route 0.0.0.0/0: ${hop} ${route?.properties?.nextHopIpAddress ?? ''}`.trim(),
      };
    }),
  );
}

async function defaultRoute(id: string, arm: Arm): Promise<Route | undefined> {
  const found = await arm.get<RouteTable>(id, networkApi);
  return found?.properties?.routes?.find(
    ({ properties }) => properties?.addressPrefix === '0.0.0.0/0',
  );
}

async function privateEndpoints(network: string, arm: Arm): Promise<Evidence[]> {
  const found = await arm.list<PrivateEndpoint>(`${network}/privateEndpoints`, networkApi);
  if (found.length === 0) return [nothing('endpoint-approved', 'private endpoints')];
  return found.map(({ name, properties }) => {
    const connections = [
      ...(properties?.privateLinkServiceConnections ?? []),
      ...(properties?.manualPrivateLinkServiceConnections ?? []),
    ];
    const states = connections.map(
      (one) => one.properties?.privateLinkServiceConnectionState?.status ?? 'unknown',
    );
    const approved = states.length > 0 && states.every((state) => state === 'Approved');
    return {
      ...{ check: 'endpoint-approved', subject: name, from: 'arm' as const },
      result: approved ? 'closed' : 'hole',
      seen: states.join(', ') || 'no connection',
    };
  });
}

/** A list without a single entry proves nothing. */
function nothing(check: string, what: string): Evidence {
  return { check, subject: what, from: 'arm', result: 'unproven', seen: 'ARM lists none' };
}

function lastPart(id: string | undefined): string {
  return id?.split('/').at(-1) ?? '';
}

interface NetworkInterface extends Pick<Resource, 'name'> {
  readonly properties?: {
    readonly ipConfigurations?: readonly {
      readonly properties?: { readonly publicIPAddress?: { readonly id: string } };
    }[];
  };
}

interface VirtualNetwork {
  readonly properties?: {
    readonly addressSpace?: { readonly addressPrefixes?: readonly string[] };
    readonly subnets?: readonly {
      readonly name: string;
      readonly properties?: { readonly routeTable?: { readonly id: string } };
    }[];
  };
}

interface RouteTable {
  readonly properties?: { readonly routes?: readonly Route[] };
}

interface Route {
  readonly properties?: {
    readonly addressPrefix?: string;
    readonly nextHopType?: string;
    readonly nextHopIpAddress?: string;
  };
}

interface LinkConnection {
  readonly properties?: {
    readonly privateLinkServiceConnectionState?: { readonly status?: string };
  };
}

interface PrivateEndpoint extends Pick<Resource, 'name'> {
  readonly properties?: {
    readonly privateLinkServiceConnections?: readonly LinkConnection[];
    readonly manualPrivateLinkServiceConnections?: readonly LinkConnection[];
  };
}
