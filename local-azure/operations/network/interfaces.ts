import { badRequest } from '../../arm/errors.ts';
import { asObject, asObjects, asText, at } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { checkReferences, referrersOf } from '../../arm/references.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import type { StoredResource, World } from '../../world.ts';
import { checkStaticAddress, freeAddress } from './addresses.ts';
import { identifyItems, networkType } from './items.ts';

const MACHINES = ['Microsoft.Compute/virtualMachines'] as const;

export const interfaceTypes: readonly ResourceType[] = [
  {
    ...networkType,
    type: 'Microsoft.Network/networkInterfaces',
    seconds: { create: 5, delete: 5 },
    defaults: {
      dnsSettings: { dnsServers: [], appliedDnsServers: [] },
      enableAcceleratedNetworking: false,
      enableIPForwarding: false,
      nicType: 'Standard',
    },
    check: ({ world, id, draft }) => checkReferences(world, draft.properties, id),
    derive: giveAddresses,
    view: (card, world) => {
      const machine = referrersOf(world, card.id, MACHINES)[0];
      return machine === undefined ? {} : { virtualMachine: { id: machine.id } };
    },
    inUse: whyHeld,
  },
];

function giveAddresses({ world, draft, existing }: Write): void {
  const before = asObjects(existing?.properties['ipConfigurations']);
  const items = identifyItems(draft, 'ipConfigurations');
  const anyPrimary = items.some((one) => at(one, 'properties.primary') === true);
  const taken = new Set<string>();
  draft.properties['ipConfigurations'] = items.map((item, index) => {
    const held = before.find((one) => one['name'] === item['name']);
    const address = addressFor(world, item, held, taken);
    taken.add(address);
    const properties = asObject(item['properties']);
    const primary = anyPrimary ? properties['primary'] === true : index === 0;
    return {
      ...item,
      properties: {
        privateIPAllocationMethod: 'Dynamic',
        privateIPAddressVersion: 'IPv4',
        ...properties,
        privateIPAddress: address,
        primary,
      },
    };
  });
}

function addressFor(
  world: World,
  item: Json,
  held: Json | undefined,
  taken: ReadonlySet<string>,
): string {
  const subnet = asText(at(item, 'properties.subnet.id')) ?? '';
  const asked = asText(at(item, 'properties.privateIPAddress'));
  const isStatic = at(item, 'properties.privateIPAllocationMethod') === 'Static';
  const holds =
    at(held, 'properties.subnet.id') === subnet
      ? asText(at(held, 'properties.privateIPAddress'))
      : undefined;
  if (!isStatic || asked === undefined) return holds ?? freeAddress(world, subnet, taken);
  if (asked !== holds) checkStaticAddress(world, subnet, asked);
  return asked;
}

function whyHeld(card: StoredResource, world: World): ReturnType<typeof badRequest> | undefined {
  const machine = referrersOf(world, card.id, MACHINES)[0];
  if (machine !== undefined) {
    return badRequest(
      'NicInUse',
      `Network Interface ${card.id} is used by existing resource ${machine.id}. In order to delete ` +
        'the network interface, it must be dissociated from the resource. To learn more, see ' +
        'aka.ms/deletenic.',
    );
  }
  const endpoint = asText(at(card.properties, 'privateEndpoint.id'));
  return endpoint === undefined
    ? undefined
    : badRequest(
        'NicInUseWithPrivateEndpoint',
        `Network interface ${card.id} cannot be deleted because it is currently in use with a ` +
          `private endpoint (${endpoint}).`,
      );
}
