import { badRequest } from '../../arm/errors.ts';
import type { ArmError } from '../../arm/errors.ts';
import { nameOf, parentOf, sameId } from '../../arm/ids.ts';
import { asObject, asObjects, asText, at } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { checkReferences, referrersOf } from '../../arm/references.ts';
import { removeTree } from '../../arm/remove.ts';
import { shown } from '../../arm/read.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import { make } from '../../arm/write.ts';
import { addressNumber, inRange, prefixLength } from '../../inside/address.ts';
import type { StoredResource, World } from '../../world.ts';
import { prefixesOf } from './addresses.ts';
import { networkType } from './items.ts';

const SUBNETS = 'Microsoft.Network/virtualNetworks/subnets';
const PEERINGS = 'Microsoft.Network/virtualNetworks/virtualNetworkPeerings';

/** Types that name a subnet as a permission, not because they live in it. */
const GUESTS = new Set(['microsoft.storage/storageaccounts', 'microsoft.keyvault/vaults']);

const virtualNetworks: ResourceType = {
  ...networkType,
  type: 'Microsoft.Network/virtualNetworks',
  seconds: { create: 5, update: 5, delete: 10 },
  defaults: { virtualNetworkPeerings: [], enableDdosProtection: false },
  lock: (id) => id,
  check: checkNetwork,
  derive: (write) => {
    const listed = write.draft.properties['subnets'];
    delete write.draft.properties['subnets'];
    // Shown below, and resources of their own.
    delete write.draft.properties['virtualNetworkPeerings'];
    if (listed !== undefined) replaceSubnets(write, asObjects(listed));
  },
  view: (network, world) => ({
    subnets: subnetsOf(network.id, world).map((subnet) => shown(subnet, world)),
    virtualNetworkPeerings: world.resources
      .below(network.id)
      .filter(({ type }) => sameId(type, PEERINGS))
      .map((peering) => shown(peering, world)),
  }),
  inUse: (network, world) =>
    subnetsOf(network.id, world)
      .map((subnet) => subnetInUse(subnet, world))
      .find((reason) => reason !== undefined),
};

const subnets: ResourceType = {
  ...networkType,
  type: SUBNETS,
  located: false,
  once: {},
  seconds: { create: 10, update: 5, delete: 10 },
  defaults: {
    delegations: [],
    privateEndpointNetworkPolicies: 'Disabled',
    privateLinkServiceNetworkPolicies: 'Enabled',
  },
  lock: (id) => parentOf(id) ?? id,
  check: ({ world, id, draft }) => {
    checkReferences(world, draft.properties, id);
    checkPrefixes(world, parentOf(id) ?? '', draft);
  },
  view: subnetView,
  inUse: subnetInUse,
};

const peerings: ResourceType = {
  ...networkType,
  type: PEERINGS,
  located: false,
  once: {},
  seconds: { create: 5, delete: 5 },
  lock: (id) => parentOf(id) ?? id,
  // The other side may belong to somebody else, so that nothing here knows whether it exists.
  defaults: { peeringState: 'Initiated', peeringSyncLevel: 'RemoteNotInSync' },
  simplified: 'no traffic crosses it',
};

export const networkTypes: readonly ResourceType[] = [virtualNetworks, subnets, peerings];

function subnetsOf(networkId: string, world: World): StoredResource[] {
  return world.resources.below(networkId).filter(({ type }) => sameId(type, SUBNETS));
}

function checkNetwork({ world, id, draft }: Write): void {
  checkReferences(world, draft.properties, id);
  const space = spaceOf(draft);
  const wrong = space.find((prefix) => !isPrefix(prefix));
  if (space.length === 0 || wrong !== undefined) {
    throw badRequest(
      'InvalidAddressPrefixFormat',
      `Address prefix ${wrong ?? ''} of resource ${id} is not formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24.`,
    );
  }
  const listed = draft.properties['subnets'];
  if (listed === undefined) return;
  const names = asObjects(listed).map((subnet) => String(subnet['name']).toLowerCase());
  for (const subnet of subnetsOf(id, world)) {
    if (names.includes(subnet.name.toLowerCase())) continue;
    const reason = subnetInUse(subnet, world);
    if (reason !== undefined) throw reason;
  }
}

/** A PUT of the network names all its subnets: those it leaves out go. */
function replaceSubnets(write: Write, listed: readonly Json[]): void {
  const { world, id, draft } = write;
  const names = listed.map((subnet) => String(subnet['name']).toLowerCase());
  for (const subnet of subnetsOf(id, world)) {
    if (!names.includes(subnet.name.toLowerCase())) removeTree(world, subnet.id);
  }
  for (const item of listed) {
    const subnetId = `${id}/subnets/${String(item['name'])}`;
    const existing = world.resources.get(subnetId);
    const subnet: StoredResource = {
      ...existing,
      id: existing?.id ?? subnetId,
      name: String(item['name']),
      type: SUBNETS,
      properties: {
        ...subnets.defaults,
        ...asObject(item['properties']),
        provisioningState: 'Succeeded',
      },
    };
    for (const made of ['ipConfigurations', 'privateEndpoints'])
      Reflect.deleteProperty(subnet.properties, made);
    checkPrefixes(world, draft, subnet);
    make(world, subnet);
  }
}

function checkPrefixes(
  world: World,
  network: string | StoredResource,
  subnet: StoredResource,
): void {
  const owner = typeof network === 'string' ? world.resources.get(network) : network;
  if (owner === undefined) return;
  const space = spaceOf(owner);
  for (const prefix of prefixesOf(subnet)) {
    if (!isPrefix(prefix) || !space.some((outer) => contains(outer, prefix))) {
      throw badRequest(
        'NetcfgInvalidSubnet',
        `Subnet '${subnet.name}' is not valid in virtual network '${owner.name}'.`,
      );
    }
    for (const other of subnetsOf(owner.id, world)) {
      if (sameId(other.id, subnet.id)) continue;
      if (prefixesOf(other).some((taken) => contains(taken, prefix) || contains(prefix, taken))) {
        throw badRequest(
          'NetcfgSubnetRangesOverlap',
          `Subnet '${subnet.name}' is not valid because its IP address range overlaps with that of ` +
            `an existing subnet in virtual network '${owner.name}'.`,
        );
      }
    }
  }
}

function spaceOf(network: StoredResource): string[] {
  const prefixes = at(network.properties, 'addressSpace.addressPrefixes');
  return Array.isArray(prefixes) ? prefixes.map(String) : [];
}

/** CIDR with no bit set behind the prefix; IPv6 is taken on trust. */
function isPrefix(prefix: string): boolean {
  if (prefix.includes(':')) return true;
  const length = prefixLength(prefix);
  const base = addressNumber(prefix.split('/')[0] ?? '');
  return (
    prefix.includes('/') && length >= 0 && base !== undefined && base % 2 ** (32 - length) === 0
  );
}

function contains(outer: string, inner: string): boolean {
  if (outer.includes(':') || inner.includes(':')) return outer === inner;
  return prefixLength(outer) <= prefixLength(inner) && inRange(inner.split('/')[0] ?? '', outer);
}

/** Who lives in a subnet, as the subnet shows it. */
function subnetView(subnet: StoredResource, world: World): Json {
  const residents = referrersOf(world, subnet.id, [
    'Microsoft.Network/networkInterfaces',
    'Microsoft.Network/azureFirewalls',
  ]);
  const ipConfigurations = residents.flatMap((resident) =>
    asObjects(resident.properties['ipConfigurations'])
      .filter((one) => sameId(asText(at(one, 'properties.subnet.id')) ?? '', subnet.id))
      .map((one) => ({ id: one['id'] })),
  );
  const endpoints = referrersOf(world, subnet.id, ['Microsoft.Network/privateEndpoints']);
  return {
    ...(ipConfigurations.length > 0 ? { ipConfigurations } : {}),
    ...(endpoints.length > 0 ? { privateEndpoints: endpoints.map(({ id }) => ({ id })) } : {}),
  };
}

function subnetInUse(subnet: StoredResource, world: World): ArmError | undefined {
  const users = referrersOf(world, subnet.id).filter(
    ({ type }) => !GUESTS.has(type.toLowerCase()) && !type.startsWith('Microsoft.Authorization/'),
  );
  if (users.length === 0) return undefined;
  return badRequest(
    'InUseSubnetCannotBeDeleted',
    `Subnet ${nameOf(subnet.id)} is in use by ${users.map(({ id }) => id).join(', ')} and cannot be ` +
      'deleted. In order to delete the subnet, delete all the resources within the subnet. See ' +
      'aka.ms/deletesubnet.',
  );
}
