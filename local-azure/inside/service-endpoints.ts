import type { StoredResource, World } from '../world.ts';
import { at, list, text, texts } from './json-fields.ts';
import { ownerOf } from './names.ts';
import { regionOf, tagCovers } from './service-tags.ts';
import { startupRegion } from './startup-storage.ts';

/** What a service endpoint of a subnet does with a connection. */
export interface EndpointWay {
  readonly permitted: boolean;
  readonly reason: string;
}

/** The tag whose addresses a service endpoint leads to directly. */
const endpointTags: Readonly<Record<string, string>> = {
  'microsoft.storage': 'Storage',
  'microsoft.storage.global': 'Storage',
  'microsoft.keyvault': 'AzureKeyVault',
  'microsoft.containerregistry': 'AzureContainerRegistry',
  'microsoft.web': 'AppService',
};

/** In a policy, whatever belongs to Azure Machine Learning itself; its definition's service is Global. */
const machineLearningAlias = '/services/azure/machinelearning';

/**
 * What the subnet's service endpoints do with a connection to a public host; undefined where none
 * of them leads to it. An endpoint's route is more precise than 0.0.0.0/0: what it takes never
 * meets the firewall, and only its policies, which exist for storage alone, can stop it
 * (learn.microsoft.com, "Virtual network service endpoint policies for Azure Storage").
 */
export function overServiceEndpoint(
  world: World,
  subnet: StoredResource,
  host: string,
): EndpointWay | undefined {
  const service = list(subnet.properties['serviceEndpoints'])
    .map((one) => text(one, 'service') ?? '')
    .find((one) => leadsTo(world, one.toLowerCase(), subnet, host));
  if (service === undefined) return undefined;
  const storage = service.toLowerCase().startsWith('microsoft.storage');
  return !storage || permitted(world, subnet, host)
    ? { permitted: true, reason: `service endpoint ${service} of the subnet` }
    : { permitted: false, reason: `no service endpoint policy of the subnet names ${host}` };
}

/** Only `Microsoft.Storage.Global` reaches accounts of other regions; paired regions are left out. */
function leadsTo(world: World, service: string, subnet: StoredResource, host: string): boolean {
  const tag = endpointTags[service];
  if (tag === undefined || !tagCovers(world, tag, host)) return false;
  if (service !== 'microsoft.storage') return true;
  const network = world.resources.get(subnet.id.replace(/\/subnets\/[^/]+$/i, ''));
  const [here, there] = [network?.location, regionOf(world, host)];
  return here === undefined || there === undefined || here === there;
}

function permitted(world: World, subnet: StoredResource, host: string): boolean {
  const policies = list(subnet.properties['serviceEndpointPolicies']).map((one) => text(one, 'id'));
  if (policies.length === 0) return true;
  return policies
    .flatMap((id) =>
      list(at(world.resources.get(id ?? ''), 'properties', 'serviceEndpointPolicyDefinitions')),
    )
    .some((definition) => names(world, definition, host));
}

/** A definition names accounts, or the groups and subscriptions they lie in; or, as Global, an alias. */
function names(world: World, definition: unknown, host: string): boolean {
  const scopes = texts(definition, 'properties', 'serviceResources').map((one) =>
    one.toLowerCase(),
  );
  if (text(definition, 'properties', 'service')?.toLowerCase() === 'global') {
    return scopes.includes(machineLearningAlias) && startupRegion(host) !== undefined;
  }
  const account = ownerOf(world, host)?.resource.id.toLowerCase();
  return account !== undefined && scopes.some((scope) => `${account}/`.startsWith(`${scope}/`));
}
