import { parseFilter } from '../../arm/filter.ts';
import { normalLocation, regions } from '../../arm/locations.ts';
import { armOperation } from '../../arm/operation.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { familiesOf, machineSizes, usageOf } from './sizes.ts';
import type { MachineSize } from './sizes.ts';

const PROVIDER = '/subscriptions/{subscription}/providers/Microsoft.Compute';
const LOCATION = `${PROVIDER}/locations/{location}`;

/** Which sizes a region offers, and how many cores the subscription may use. */
export const catalogueOperations: readonly Operation[] = [
  armOperation({
    route: `GET ${PROVIDER}/skus`,
    needs: 'Microsoft.Compute/skus/read',
    answer: skus,
  }),
  armOperation({
    route: `GET ${LOCATION}/usages`,
    needs: 'Microsoft.Compute/locations/usages/read',
    simplified: 'one limit per family, nothing is used',
    answer: usages,
  }),
  armOperation({
    route: `GET ${LOCATION}/vmSizes`,
    needs: 'Microsoft.Compute/locations/vmSizes/read',
    answer: () => ({
      status: 200,
      body: {
        value: machineSizes.map((size) => ({
          name: size.name,
          numberOfCores: size.cores,
          memoryInMB: size.memory * 1024,
          maxDataDiskCount: 8,
          osDiskSizeInMB: 1_047_552,
          resourceDiskSizeInMB: 0,
        })),
      },
    }),
  }),
];

function usages(call: Call, world: World): Answer {
  const location = normalLocation(call.params['location'] ?? '');
  const total = { name: 'cores', localizedValue: 'Total Regional vCPUs' };
  const value = [total, ...familiesOf()].map((family) => ({
    unit: 'Count',
    ...usageOf(world, 'compute', location, family),
  }));
  return { status: 200, body: { value } };
}

/** With `$filter=location eq '…'` for one region, as clients ask: the whole list is long. */
function skus(call: Call, world: World): Answer {
  const wanted = parseFilter(call.query.get('$filter')).find(({ field }) => field === 'location');
  const places =
    wanted === undefined ? regions.map(({ name }) => name) : [normalLocation(wanted.value)];
  const value = places.flatMap((place) => machineSizes.map((size) => skuOf(size, place, world)));
  return { status: 200, body: { value } };
}

function skuOf(size: MachineSize, location: string, world: World): unknown {
  const restricted = world.data.get('restrictedSizes') as ReadonlySet<string> | undefined;
  const isRestricted = restricted?.has(`${location}/${size.name}`.toLowerCase()) === true;
  return {
    resourceType: 'virtualMachines',
    name: size.name,
    tier: 'Standard',
    size: size.name.replace('Standard_', ''),
    family: size.family,
    locations: [location],
    locationInfo: [{ location, zones: ['1', '2', '3'], zoneDetails: [] }],
    capabilities: [
      { name: 'vCPUs', value: String(size.cores) },
      { name: 'MemoryGB', value: String(size.memory) },
      { name: 'GPUs', value: String(size.gpus) },
      { name: 'CpuArchitectureType', value: size.lacks === 'x64' ? 'Arm64' : 'x64' },
      { name: 'HyperVGenerations', value: size.lacks === 'generation 2' ? 'V1' : 'V1,V2' },
      { name: 'EncryptionAtHostSupported', value: size.lacks === 'encryption' ? 'False' : 'True' },
    ],
    restrictions: isRestricted
      ? [{ type: 'Location', values: [location], reasonCode: 'NotAvailableForSubscription' }]
      : [],
  };
}
