import { armOperation } from '../../arm/operation.ts';
import type { Operation } from '../../operation.ts';
import {
  cancel,
  exists,
  list,
  listSteps,
  put,
  readOne,
  readStep,
  removeOne,
  statusOf,
} from './lifecycle.ts';
import { validate } from './validate.ts';
import { whatIf } from './what-if.ts';

const ALL =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Resources/deployments';
const ONE = `${ALL}/{deployment}`;
/** ARM's own path to the operations of a deployment leaves the provider out. */
const SHORT = '/subscriptions/{subscription}/resourceGroups/{group}/deployments/{deployment}';
const RIGHT = 'Microsoft.Resources/deployments';
const SIMPLIFIED =
  'incremental mode in a resource group; no template links, no user-defined functions, no loops ' +
  'inside properties; uniqueString gives other values than Azure';

/** Deployments of ARM templates. */
export const operations: readonly Operation[] = [
  armOperation({
    route: `PUT ${ONE}`,
    needs: `${RIGHT}/write`,
    simplified: SIMPLIFIED,
    answer: put,
  }),
  armOperation({ route: `GET ${ONE}`, needs: `${RIGHT}/read`, answer: readOne }),
  armOperation({ route: `HEAD ${ONE}`, needs: `${RIGHT}/read`, answer: exists }),
  armOperation({ route: `DELETE ${ONE}`, needs: `${RIGHT}/delete`, answer: removeOne }),
  armOperation({ route: `GET ${ALL}`, needs: `${RIGHT}/read`, answer: list }),
  armOperation({ route: `POST ${ONE}/cancel`, needs: `${RIGHT}/cancel/action`, answer: cancel }),
  armOperation({
    route: `POST ${ONE}/validate`,
    needs: `${RIGHT}/validate/action`,
    simplified: SIMPLIFIED,
    answer: validate,
  }),
  armOperation({
    route: `POST ${ONE}/whatIf`,
    needs: `${RIGHT}/whatIf/action`,
    simplified: SIMPLIFIED,
    answer: whatIf,
  }),
  ...[ONE, SHORT].flatMap((deployment) => [
    armOperation({
      route: `GET ${deployment}/operations`,
      needs: `${RIGHT}/operations/read`,
      answer: listSteps,
    }),
    armOperation({
      route: `GET ${deployment}/operations/{step}`,
      needs: `${RIGHT}/operations/read`,
      answer: readStep,
    }),
  ]),
  armOperation({
    route: `GET ${ONE}/operationStatuses/{operation}`,
    needs: `${RIGHT}/operationstatuses/read`,
    answer: statusOf,
  }),
];
