import { isTaken } from '../../arm/global-names.ts';
import { textAt } from '../../arm/json.ts';
import { armOperation } from '../../arm/operation.ts';
import { resourceOperations } from '../../arm/resource-operations.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { configurationOperations } from './configuration-operations.ts';
import { geoRegionOperations } from './geo-regions.ts';
import { integrationOperations } from './integration.ts';
import { SITES, siteTypes } from './sites.ts';

const CHECK = '/subscriptions/{subscription}/providers/Microsoft.Web/checknameavailability';

/** Microsoft.Web: plans, sites and their configuration. */
export const operations: readonly Operation[] = [
  ...resourceOperations(siteTypes),
  ...configurationOperations,
  ...integrationOperations,
  ...geoRegionOperations,
  armOperation({
    route: `POST ${CHECK}`,
    needs: 'Microsoft.Web/checknameavailability/read',
    answer: checkName,
  }),
];

function checkName(call: Call, world: World): Answer {
  const name = textAt(call.body, 'name');
  if (!isTaken(world, SITES, name)) return { status: 200, body: { nameAvailable: true } };
  const message = `Hostname '${name}' already exists. Please select a different name.`;
  return { status: 200, body: { nameAvailable: false, reason: 'AlreadyExists', message } };
}
