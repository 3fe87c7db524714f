import { asObject, asText } from '../../arm/json.ts';
import { armOperation } from '../../arm/operation.ts';
import { missing, pathOf } from '../../arm/place.ts';
import type { Answer, Operation } from '../../operation.ts';
import type { StoredResource } from '../../world.ts';
import { siteOf } from './configuration-operations.ts';
import { checkIntegration } from './sites.ts';

const ROUTE =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{site}/networkConfig/virtualNetwork';
const RIGHT = 'Microsoft.Web/sites/networkConfig';

/** The network a site is integrated with, by its own address: the same as in the site's properties. */
export const integrationOperations: readonly Operation[] = [
  armOperation({
    route: `GET ${ROUTE}`,
    needs: `${RIGHT}/read`,
    answer: (call, world) => {
      const site = siteOf(call, world);
      if (site.properties['virtualNetworkSubnetId'] === undefined) throw missing(pathOf(call));
      return shownIntegration(site);
    },
  }),
  armOperation({
    route: `PUT ${ROUTE}`,
    needs: `${RIGHT}/write`,
    answer: (call, world) => {
      const site = siteOf(call, world);
      const subnet = asText(asObject(asObject(call.body)['properties'])['subnetResourceId']);
      checkIntegration(world, subnet);
      site.properties['virtualNetworkSubnetId'] = subnet;
      return shownIntegration(site);
    },
  }),
  armOperation({
    route: `DELETE ${ROUTE}`,
    needs: `${RIGHT}/delete`,
    answer: (call, world) => {
      delete siteOf(call, world).properties['virtualNetworkSubnetId'];
      return { status: 200 };
    },
  }),
];

function shownIntegration(site: StoredResource): Answer {
  const body = {
    id: `${site.id}/networkConfig/virtualNetwork`,
    name: 'virtualNetwork',
    type: RIGHT,
    properties: {
      subnetResourceId: site.properties['virtualNetworkSubnetId'],
      swiftSupported: true,
    },
  };
  return { status: 200, body };
}
