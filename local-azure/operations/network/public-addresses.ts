import { badRequest } from '../../arm/errors.ts';
import { asObjects } from '../../arm/json.ts';
import { mentions, referrersOf } from '../../arm/references.ts';
import type { ResourceType } from '../../arm/resource-type.ts';
import type { StoredResource, World } from '../../world.ts';
import { networkType } from './items.ts';

/** TEST-NET-3 (RFC 5737): addresses that never belong to anybody. */
const BLOCK = '203.0.113';

export const addressTypes: readonly ResourceType[] = [
  {
    ...networkType,
    type: 'Microsoft.Network/publicIPAddresses',
    seconds: { create: 5, delete: 5 },
    defaults: {
      publicIPAddressVersion: 'IPv4',
      publicIPAllocationMethod: 'Dynamic',
      idleTimeoutInMinutes: 4,
      ipTags: [],
    },
    check: ({ draft }) => {
      draft.sku = { name: 'Standard', tier: 'Regional', ...draft.sku };
    },
    derive: ({ draft, existing, world }) => {
      if (draft.properties['publicIPAllocationMethod'] !== 'Static') return;
      draft.properties['ipAddress'] = existing?.properties['ipAddress'] ?? freeAddress(world);
    },
    view: (address, world) => {
      const holder = holderOf(address, world);
      return holder === undefined ? {} : { ipConfiguration: { id: holder } };
    },
    inUse: (address, world) => {
      const holder = holderOf(address, world);
      return holder === undefined
        ? undefined
        : badRequest(
            'PublicIPAddressCannotBeDeleted',
            `Public IP address ${address.id} can not be deleted since it is still allocated to ` +
              `resource ${holder}. In order to delete the public IP, disassociate/detach the Public ` +
              'IP address from the resource.',
          );
    },
  },
];

function freeAddress(world: World): string {
  const used = world.resources
    .ofType('Microsoft.Network/publicIPAddresses')
    .map((address) => address.properties['ipAddress']);
  const free = Array.from({ length: 254 }, (_, index) => `${BLOCK}.${index + 1}`);
  return free.find((address) => !used.includes(address)) ?? `${BLOCK}.254`;
}

function holderOf(address: StoredResource, world: World): string | undefined {
  for (const resource of referrersOf(world, address.id)) {
    const configurations = asObjects(resource.properties['ipConfigurations']);
    const using = configurations.find((one) => mentions(one['properties'], address.id));
    if (using !== undefined) return String(using['id']);
  }
  return undefined;
}
