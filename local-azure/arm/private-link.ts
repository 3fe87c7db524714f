import type { StoredResource, World } from '../world.ts';
import { nameOf, sameId } from './ids.ts';
import { asObjects, asText, at } from './json.ts';
import type { Json } from './json.ts';

/** One name that a private endpoint answers for. */
export interface Member {
  /** Azure's name for the part of the service, one private address each. */
  readonly member: string;
  readonly fqdn: string;
  readonly zone: string;
  /** The record in that zone. */
  readonly record: string;
}

const STORAGE = ['blob', 'file', 'queue', 'table', 'dfs', 'web'];

/**
 * The names a private endpoint to `group` of a resource serves (learn.microsoft.com, "Azure Private
 * Endpoint private DNS zone values" and, for workspaces, "Use a workspace with a custom DNS server").
 */
export function membersOf(target: StoredResource, group: string): Member[] {
  const name = target.name.toLowerCase();
  const region = target.location ?? '';
  const one = (member: string, host: string, zone: string): Member => ({
    member,
    fqdn: `${host}.${zone.replace('privatelink.', '').replace('vaultcore', 'vault')}`,
    zone,
    record: host,
  });
  switch (`${target.type.toLowerCase()}|${group.toLowerCase()}`) {
    case 'microsoft.keyvault/vaults|vault':
      return [one('default', name, 'privatelink.vaultcore.azure.net')];
    case 'microsoft.containerregistry/registries|registry':
      return [
        one(`registry_data_${region}`, `${name}.${region}.data`, 'privatelink.azurecr.io'),
        one('registry', name, 'privatelink.azurecr.io'),
      ];
    case 'microsoft.web/sites|sites':
      return [name, `${name}.scm`].map((host) =>
        one('sites', host, 'privatelink.azurewebsites.net'),
      );
    case 'microsoft.machinelearningservices/workspaces|amlworkspace':
      return workspaceMembers(target, one);
    default:
      return STORAGE.includes(group.toLowerCase())
        ? [one(group.toLowerCase(), name, `privatelink.${group.toLowerCase()}.core.windows.net`)]
        : [];
  }
}

function workspaceMembers(
  workspace: StoredResource,
  one: (member: string, host: string, zone: string) => Member,
): Member[] {
  const guid = asText(workspace.properties['workspaceId']) ?? '';
  const region = workspace.location ?? '';
  const api = 'privatelink.api.azureml.ms';
  const notebook = `ml-${workspace.name.slice(0, 20)}-${region}-${guid}.${region}`.toLowerCase();
  return [
    one('default', `${guid}.workspace.${region}`, api),
    one('default', `${guid}.workspace.${region}.cert`, api),
    one('notebook', notebook, 'privatelink.notebooks.azure.net'),
    one('inference', `*.${guid}.inference.${region}`, api),
  ];
}

/** The private endpoint connections of a resource, as its own GET shows them. */
export function connectionsOf(world: World, target: StoredResource): Json[] {
  return world.resources
    .ofType('Microsoft.Network/privateEndpoints')
    .flatMap((endpoint) =>
      [
        ...asObjects(endpoint.properties['privateLinkServiceConnections']),
        ...asObjects(endpoint.properties['manualPrivateLinkServiceConnections']),
      ]
        .filter((link) =>
          sameId(asText(at(link, 'properties.privateLinkServiceId')) ?? '', target.id),
        )
        .map((link) => connection(target, endpoint, link)),
    );
}

function connection(target: StoredResource, endpoint: StoredResource, link: Json): Json {
  const guid = asText(endpoint.properties['resourceGuid']) ?? '';
  const name = `${nameOf(endpoint.id)}.${guid}`;
  return {
    id: `${target.id}/privateEndpointConnections/${name}`,
    name,
    type: `${target.type}/privateEndpointConnections`,
    properties: {
      provisioningState: 'Succeeded',
      privateEndpoint: { id: endpoint.id },
      groupIds: at(link, 'properties.groupIds'),
      privateLinkServiceConnectionState: at(link, 'properties.privateLinkServiceConnectionState'),
    },
  };
}
