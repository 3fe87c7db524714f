import { regions } from '../../arm/locations.ts';
import { armOperation } from '../../arm/operation.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';

/** Which regions offer plans of a tier, such as PREMIUMV3. */
export const geoRegionOperations: readonly Operation[] = [
  armOperation({
    route: 'GET /subscriptions/{subscription}/providers/Microsoft.Web/geoRegions',
    needs: 'Microsoft.Web/geoRegions/read',
    simplified: 'every region offers every tier; a plan of another tier is made all the same',
    answer: listed,
  }),
];

/** `tiersNotOffered` in the world's data takes regions out: `<tier>/<location>` in lower case. */
function listed(call: Call, world: World): Answer {
  const tier = call.query.get('sku') ?? '';
  const withheld = world.data.get('tiersNotOffered') as ReadonlySet<string> | undefined;
  const value = regions
    .filter(({ name }) => withheld?.has(`${tier}/${name}`.toLowerCase()) !== true)
    .map(({ displayName }) => ({
      id: `/subscriptions/${world.subscriptionId}/providers/Microsoft.Web/geoRegions/${displayName}`,
      name: displayName,
      type: 'Microsoft.Web/geoRegions',
      properties: { name: displayName, displayName },
    }));
  return { status: 200, body: { value } };
}
