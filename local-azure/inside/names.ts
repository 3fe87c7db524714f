import type { StoredResource, World } from '../world.ts';
import { publicAddress } from './address.ts';
import { firewallAt } from './firewall.ts';
import { at, list, text, texts } from './json-fields.ts';
import { askZones } from './zones.ts';

/** A family of public names that can move into a network by a private endpoint. */
interface PrivateName {
  /** The public name; its groups are put into `alias`. */
  readonly pattern: RegExp;
  /** The zone that the public name is an alias into once its resource has a private endpoint. */
  readonly zone: string;
  /** The name inside that zone. */
  readonly record: (match: RegExpExecArray) => string;
  /** The ARM type that owns the name. */
  readonly type: string;
  /** Sub-resource (`groupIds`) of the private endpoint that answers for it. */
  readonly group: string;
}

const storageServices = ['blob', 'file', 'queue', 'table', 'dfs'].map((service): PrivateName => ({
  pattern: new RegExp(`^([a-z0-9-]+)\\.${service}\\.core\\.windows\\.net$`),
  zone: `privatelink.${service}.core.windows.net`,
  record: (match) => match[1] ?? '',
  type: 'Microsoft.Storage/storageAccounts',
  group: service,
}));

/** Azure's aliases (learn.microsoft.com, "Azure Private Endpoint private DNS zone values"). */
const privateNames: readonly PrivateName[] = [
  ...storageServices,
  {
    pattern: /^([a-z0-9-]+)\.vault\.azure\.net$/,
    zone: 'privatelink.vaultcore.azure.net',
    record: (match) => match[1] ?? '',
    type: 'Microsoft.KeyVault/vaults',
    group: 'vault',
  },
  {
    pattern: /^([a-z0-9]+(?:\.[a-z0-9]+\.data)?)\.azurecr\.io$/,
    zone: 'privatelink.azurecr.io',
    record: (match) => match[1] ?? '',
    type: 'Microsoft.ContainerRegistry/registries',
    group: 'registry',
  },
  {
    pattern: /^([a-z0-9-]+\.workspace\.[a-z0-9]+(?:\.cert)?)\.api\.azureml\.ms$/,
    zone: 'privatelink.api.azureml.ms',
    record: (match) => match[1] ?? '',
    type: 'Microsoft.MachineLearningServices/workspaces',
    group: 'amlworkspace',
  },
  {
    pattern: /^(ml-[a-z0-9_-]+\.[a-z0-9]+)\.notebooks\.azure\.net$/,
    zone: 'privatelink.notebooks.azure.net',
    record: (match) => match[1] ?? '',
    type: 'Microsoft.MachineLearningServices/workspaces',
    group: 'amlworkspace',
  },
  {
    pattern: /^([a-z0-9-]+(?:\.scm)?)\.azurewebsites\.net$/,
    zone: 'privatelink.azurewebsites.net',
    record: (match) => match[1] ?? '',
    type: 'Microsoft.Web/sites',
    group: 'sites',
  },
];

interface Found {
  readonly rule: PrivateName;
  readonly record: string;
}

function privateName(host: string): Found | undefined {
  for (const rule of privateNames) {
    const match = rule.pattern.exec(host.toLowerCase());
    if (match !== null) return { rule, record: rule.record(match) };
  }
  return undefined;
}

/** Whether a host name is one that Azure gives to a resource of somebody's, such as a vault's. */
export function isResourceName(host: string): boolean {
  return privateName(host) !== undefined;
}

/** The resource that a public host name belongs to, and the endpoint group that serves it. */
export function ownerOf(
  world: World,
  host: string,
): { readonly resource: StoredResource; readonly group: string } | undefined {
  const found = privateName(host);
  if (found === undefined) return undefined;
  const label = found.record.split('.')[0] ?? '';
  const resource = world.resources
    .ofType(found.rule.type)
    .find((candidate) => owns(candidate, label));
  return resource === undefined ? undefined : { resource, group: found.rule.group };
}

function owns(resource: StoredResource, label: string): boolean {
  const workspaceId = text(resource.properties, 'workspaceId')?.toLowerCase();
  if (workspaceId === undefined) return resource.name.toLowerCase() === label;
  return label === workspaceId || (label.startsWith('ml-') && label.endsWith(workspaceId));
}

/** The private endpoints that connect to a resource's group and are approved. */
export function endpointsOf(
  world: World,
  resourceId: string,
  group: string,
): readonly StoredResource[] {
  return world.resources
    .ofType('Microsoft.Network/privateEndpoints')
    .filter((endpoint) => connections(endpoint).some((one) => connects(one, resourceId, group)));
}

function connections(endpoint: StoredResource): readonly unknown[] {
  return [
    ...list(endpoint.properties['privateLinkServiceConnections']),
    ...list(endpoint.properties['manualPrivateLinkServiceConnections']),
  ];
}

function connects(connection: unknown, resourceId: string, group: string): boolean {
  const target = text(connection, 'properties', 'privateLinkServiceId');
  const status = text(connection, 'properties', 'privateLinkServiceConnectionState', 'status');
  return (
    target?.toLowerCase() === resourceId.toLowerCase() &&
    (status === undefined || status === 'Approved') &&
    texts(connection, 'properties', 'groupIds').some((id) => id.toLowerCase() === group)
  );
}

/** The private addresses of a private endpoint: those of its network interface and of its DNS list. */
export function endpointAddresses(world: World, endpoint: StoredResource): readonly string[] {
  const interfaces = list(endpoint.properties['networkInterfaces']).map((one) =>
    world.resources.get(text(one, 'id') ?? ''),
  );
  const fromInterfaces = interfaces.flatMap((card) =>
    list(card?.properties['ipConfigurations']).flatMap(
      (configuration) => text(configuration, 'properties', 'privateIPAddress') ?? [],
    ),
  );
  const fromNames = list(endpoint.properties['customDnsConfigs']).flatMap((one) =>
    texts(one, 'ipAddresses'),
  );
  return [...new Set([...fromInterfaces, ...fromNames])];
}

/** What a name means to whoever asks inside a network. */
export type Resolution =
  | { readonly kind: 'private'; readonly address: string; readonly name: string }
  | { readonly kind: 'public'; readonly address: string }
  | { readonly kind: 'none'; readonly name: string; readonly why: string };

/**
 * Resolves a public host name as Azure's resolver does for a machine in `networkId` (undefined: in
 * no network). A linked zone that covers the name answers for it. Otherwise, once the resource has
 * a private endpoint, its public name is an alias into the `privatelink` zone, and a zone of that
 * name answers for the alias alone, so that a linked zone without the record means that the name
 * does not exist.
 */
export function resolve(world: World, networkId: string | undefined, host: string): Resolution {
  const open = { kind: 'public', address: publicAddress(host) } as const;
  if (networkId === undefined) return open;
  const stranger = strangeResolver(world, networkId);
  if (stranger !== undefined) {
    const why = `the network asks the resolver ${stranger}, which is not simulated`;
    return { kind: 'none', name: host, why };
  }
  for (const name of [host.toLowerCase(), aliasOf(world, host)]) {
    const said = name === undefined ? undefined : askZones(world, networkId, name);
    if (said === undefined || name === undefined) continue;
    return said.kind === 'address'
      ? { kind: 'private', address: said.address, name }
      : { kind: 'none', name, why: `${name} does not exist: the linked zone has no such record` };
  }
  return open;
}

/** The name in the `privatelink` zone that a public name points to, once a private endpoint exists. */
function aliasOf(world: World, host: string): string | undefined {
  const found = privateName(host);
  const owner = ownerOf(world, host);
  if (found === undefined || owner === undefined) return undefined;
  const endpoints = endpointsOf(world, owner.resource.id, owner.group);
  return endpoints.length === 0 ? undefined : `${found.record}.${found.rule.zone}`;
}

/** Azure's own resolver. */
const azureResolver = '168.63.129.16';

/** A resolver of the network's own that is neither Azure's nor a firewall that asks Azure's. */
function strangeResolver(world: World, networkId: string): string | undefined {
  const network = world.resources.get(networkId);
  return texts(network?.properties, 'dhcpOptions', 'dnsServers').find(
    (server) => server !== azureResolver && !isProxy(world, server),
  );
}

function isProxy(world: World, server: string): boolean {
  const firewall = firewallAt(world, server);
  const policy = world.resources.get(text(firewall?.properties, 'firewallPolicy', 'id') ?? '');
  const settings = policy?.properties['dnsSettings'];
  return at(settings, 'enableProxy') === true && texts(settings, 'servers').length === 0;
}
