import { asObject, withDefaults } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { armOperation } from '../../arm/operation.ts';
import { missing, pathOf } from '../../arm/place.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { COMPONENTS } from './types.ts';

const ROUTE = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${COMPONENTS}/{component}/currentbillingfeatures`;

/** What a component has before anybody says otherwise. */
const USUAL: Json = {
  CurrentBillingFeatures: ['Basic'],
  DataVolumeCap: {
    Cap: 100,
    ResetTime: 24,
    WarningThreshold: 90,
    StopSendNotificationWhenHitCap: false,
    StopSendNotificationWhenHitThreshold: false,
  },
};

/** The daily cap of a component: an old API whose body has no `properties`. */
export const billingOperations: readonly Operation[] = [
  armOperation({
    route: `GET ${ROUTE}`,
    needs: `${COMPONENTS}/currentBillingFeatures/read`,
    answer: (call, world) => ({ status: 200, body: billingOf(componentOf(call, world)) }),
  }),
  armOperation({
    route: `PUT ${ROUTE}`,
    needs: `${COMPONENTS}/currentBillingFeatures/write`,
    answer: put,
  }),
];

function put(call: Call, world: World): Answer {
  const component = componentOf(call, world);
  const billing = withDefaults(asObject(call.body), billingOf(component));
  component.hidden = { ...component.hidden, billing };
  return { status: 200, body: billing };
}

function billingOf(component: StoredResource): Json {
  return withDefaults(asObject(component.hidden?.['billing']), USUAL);
}

function componentOf(call: Call, world: World): StoredResource {
  const id = pathOf(call).replace(/\/currentbillingfeatures$/i, '');
  const component = world.resources.get(id);
  if (component === undefined) throw missing(id);
  return component;
}
