import { ArmError, badRequest } from '../../arm/errors.ts';
import { sameId } from '../../arm/ids.ts';
import { asObjects, asText, at } from '../../arm/json.ts';
import { hostAddress, inRange, prefixLength } from '../../inside/address.ts';
import type { StoredResource, World } from '../../world.ts';

/** The IPv4 prefixes of a subnet. */
export function prefixesOf(subnet: StoredResource): string[] {
  const { addressPrefixes, addressPrefix } = subnet.properties;
  const many = Array.isArray(addressPrefixes) ? addressPrefixes.map(String) : [];
  return many.length > 0 || typeof addressPrefix !== 'string' ? many : [addressPrefix];
}

/** The next private address in a subnet that nothing holds and that is not in `also`. */
export function freeAddress(
  world: World,
  subnetId: string,
  also: ReadonlySet<string> = new Set(),
): string {
  const subnet = world.resources.get(subnetId);
  const used = usedAddresses(world, subnetId);
  for (const prefix of subnet === undefined ? [] : prefixesOf(subnet)) {
    const size = 2 ** (32 - prefixLength(prefix)) - 5;
    for (let nth = 0; nth < size; nth += 1) {
      const address = hostAddress(prefix, nth);
      if (!used.has(address) && !also.has(address)) return address;
    }
  }
  throw new ArmError(
    400,
    'SubnetIsFull',
    `Subnet ${subnet?.name ?? subnetId} with address prefix does not have enough capacity for the request.`,
  );
}

/** Refuses an address that is outside its subnet or held by something else. */
export function checkStaticAddress(world: World, subnetId: string, address: string): void {
  const subnet = world.resources.get(subnetId);
  if (subnet !== undefined && !prefixesOf(subnet).some((prefix) => inRange(address, prefix))) {
    throw badRequest(
      'PrivateIPAddressNotInSubnet',
      `Private static IP address ${address} does not belong to the range of subnet prefix ${prefixesOf(subnet).join(',')}.`,
    );
  }
  if (usedAddresses(world, subnetId).has(address)) {
    throw badRequest(
      'PrivateIPAddressIsAllocated',
      `IP configuration is using the private IP address ${address} which is already allocated.`,
    );
  }
}

function usedAddresses(world: World, subnetId: string): Set<string> {
  const holders = [
    ...world.resources.ofType('Microsoft.Network/networkInterfaces'),
    ...world.resources.ofType('Microsoft.Network/azureFirewalls'),
  ];
  const held = holders
    .flatMap((holder) => asObjects(holder.properties['ipConfigurations']))
    .filter((one) => sameId(asText(at(one, 'properties.subnet.id')) ?? '', subnetId))
    .map((one) => asText(at(one, 'properties.privateIPAddress')) ?? '');
  return new Set(held);
}
