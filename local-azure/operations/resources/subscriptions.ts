import { regions } from '../../arm/locations.ts';
import { armOperation } from '../../arm/operation.ts';
import type { Answer, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';

const ONE = '/subscriptions/{subscription}';

export const subscriptionOperations: readonly Operation[] = [
  armOperation({
    route: 'GET /subscriptions',
    simplified: 'one subscription, whoever asks',
    answer: (_call, world) => ok({ value: [subscriptionOf(world)] }),
  }),
  armOperation({
    route: `GET ${ONE}`,
    needs: 'Microsoft.Resources/subscriptions/read',
    answer: (_call, world) => ok(subscriptionOf(world)),
  }),
  armOperation({
    route: `GET ${ONE}/locations`,
    needs: 'Microsoft.Resources/subscriptions/locations/read',
    answer: (_call, world) => ok({ value: locationsOf(world) }),
  }),
  armOperation({
    route: 'GET /tenants',
    answer: (_call, world) =>
      ok({ value: [{ id: `/tenants/${world.tenantId}`, tenantId: world.tenantId }] }),
  }),
];

function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** The subscription as ARM describes it. `subscriptionState` in the world's data says what state it is in. */
export function subscriptionOf(world: World): Record<string, unknown> {
  return {
    id: `/subscriptions/${world.subscriptionId}`,
    subscriptionId: world.subscriptionId,
    tenantId: world.tenantId,
    displayName: 'Local Azure',
    state: world.data.get('subscriptionState') ?? 'Enabled',
    subscriptionPolicies: { quotaId: 'PayAsYouGo_2014-09-01', spendingLimit: 'Off' },
    authorizationSource: 'RoleBased',
    managedByTenants: [],
  };
}

/** Regions without availability zones (learn.microsoft.com, "Azure regions list"). */
const WITHOUT_ZONES = new Set(['ukwest']);

/** True for a region with availability zones. */
export function hasZones(location: string): boolean {
  return !WITHOUT_ZONES.has(location);
}

function zonesOf(location: string): { availabilityZoneMappings?: unknown } {
  if (!hasZones(location)) return {};
  const zones = ['1', '2', '3'];
  return {
    availabilityZoneMappings: zones.map((zone) => ({
      logicalZone: zone,
      physicalZone: `${location}-az${zone}`,
    })),
  };
}

function locationsOf(world: World): unknown[] {
  return regions.map(({ name, displayName }) => ({
    id: `/subscriptions/${world.subscriptionId}/locations/${name}`,
    name,
    displayName,
    regionalDisplayName: displayName,
    type: 'Region',
    metadata: { regionType: 'Physical', regionCategory: 'Recommended' },
    ...zonesOf(name),
  }));
}
