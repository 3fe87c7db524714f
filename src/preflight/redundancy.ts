import { apis } from '../azure/api-versions.ts';
import { fine, subscriptionOf, wrong } from './check.ts';
import type { Check } from './check.ts';
import type { Choices } from './choices.ts';
import { plainRegion } from './facts.ts';

interface StorageSku {
  readonly name?: string;
  readonly resourceType?: string;
  readonly kind?: string;
  readonly locations?: readonly string[];
  readonly restrictions?: readonly { readonly type?: string; readonly reasonCode?: string }[];
}

/** Whether the region can keep data as the variables want it: in three zones, in a second region, both. */
export const redundancyCheck: Check = {
  name: 'redundancy of data',
  regional: true,
  async run(look) {
    const { choices, facts, settings, arm } = look;
    const region = (await facts.regions()).find(({ name }) => name === settings.location);
    const zones = region?.availabilityZoneMappings?.length ?? 0;
    if (choices.zoneRedundancy && zones === 0) {
      return wrong(
        `${settings.location} has no availability zones, and zone_redundancy is on.`,
        'set zone_redundancy = false in the variables file, or choose another location.',
      );
    }
    const wanted = storageSku(choices);
    const path = `${subscriptionOf(look)}/providers/Microsoft.Storage/skus`;
    const skus = await arm.list<StorageSku>(path, apis.storage);
    if (skus.some((sku) => isOffered(sku, wanted, settings.location))) return fine(wanted);
    return wrong(
      `${settings.location} does not offer storage accounts of ${wanted}.`,
      `${remedy(choices)} in the variables file, or choose another location.`,
    );
  },
};

/** The kind of redundancy by the names that storage accounts have for it. */
export function storageSku({ zoneRedundancy, secondRegion }: Choices): string {
  if (secondRegion) return zoneRedundancy ? 'Standard_GZRS' : 'Standard_GRS';
  return zoneRedundancy ? 'Standard_ZRS' : 'Standard_LRS';
}

function remedy({ secondRegion }: Choices): string {
  return secondRegion ? 'set data_in_second_region = false' : 'set zone_redundancy = false';
}

function isOffered(sku: StorageSku, wanted: string, location: string): boolean {
  const { name, resourceType, kind, locations = [], restrictions = [] } = sku;
  return (
    name === wanted &&
    resourceType === 'storageAccounts' &&
    kind === 'StorageV2' &&
    locations.some((place) => plainRegion(place) === location) &&
    !restrictions.some(({ type }) => type === undefined || type === 'Location')
  );
}
