import { normalLocation } from '../../arm/locations.ts';
import { armOperation } from '../../arm/operation.ts';
import type { Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { familiesOf, machineSizes, usageOf } from '../virtual-machine/sizes.ts';

const LOCATION =
  '/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/{location}';

/** Quota and sizes of a region; AML counts its own, apart from Microsoft.Compute. */
export const quotaOperations: readonly Operation[] = [
  armOperation({
    route: `GET ${LOCATION}/usages`,
    needs: 'Microsoft.MachineLearningServices/locations/usages/read',
    simplified: 'one limit per family, nothing is used',
    answer: (call, world) => {
      const location = normalLocation(call.params['location'] ?? '');
      const value = familiesOf().map((family) => ({
        id: `${call.path}/${family.name}`,
        type: 'Microsoft.MachineLearningServices/locations/usages',
        unit: 'Count',
        ...usageOf(world, 'ml', location, family),
      }));
      return { status: 200, body: { value } };
    },
  }),
  armOperation({
    route: `GET ${LOCATION}/quotas`,
    needs: 'Microsoft.MachineLearningServices/locations/quotas/read',
    answer: (call, world) => {
      const location = normalLocation(call.params['location'] ?? '');
      const value = familiesOf().map((family) => {
        const { name, limit } = usageOf(world, 'ml', location, family);
        return {
          id: `${call.path}/${family.name}`,
          type: 'Microsoft.MachineLearningServices/vmFamily/quotas',
          name,
          limit,
          unit: 'Count',
        };
      });
      return { status: 200, body: { value } };
    },
  }),
  armOperation({
    route: `GET ${LOCATION}/vmSizes`,
    needs: 'Microsoft.MachineLearningServices/locations/vmSizes/read',
    answer: (call, world) => ({
      status: 200,
      body: {
        value: machineSizes
          .filter((size) => size.learning && !isRestricted(world, call, size.name))
          .map((size) => ({
            name: size.name,
            family: size.family,
            vCPUs: size.cores,
            gpus: size.gpus,
            osVhdSizeMB: 1_047_552,
            maxResourceVolumeMB: 102_400,
            memoryGB: size.memory,
            lowPriorityCapable: false,
            premiumIO: true,
            supportedComputeTypes: ['AmlCompute', 'ComputeInstance'],
          })),
      },
    }),
  }),
];

/** `restrictedSizes` in the world's data: `ml/<location>/<size>` in lower case. */
function isRestricted(world: World, { params }: Call, size: string): boolean {
  const restricted = world.data.get('restrictedSizes') as ReadonlySet<string> | undefined;
  const location = normalLocation(params['location'] ?? '');
  return restricted?.has(`ml/${location}/${size}`.toLowerCase()) === true;
}
