import { regions } from '../../arm/locations.ts';
import { armOperation } from '../../arm/operation.ts';
import type { Operation } from '../../operation.ts';
import { hasZones } from '../resources/subscriptions.ts';

/** Regions without a partner, so without a copy there (learn.microsoft.com, "Azure regions list"). */
const WITHOUT_PAIR = new Set(['italynorth', 'polandcentral', 'spaincentral']);

/** The redundancies of general-purpose accounts, and what each asks of a region. */
const REDUNDANCIES = [
  { name: 'Standard_LRS', zones: false, pair: false },
  { name: 'Standard_ZRS', zones: true, pair: false },
  { name: 'Standard_GRS', zones: false, pair: true },
  { name: 'Standard_RAGRS', zones: false, pair: true },
  { name: 'Standard_GZRS', zones: true, pair: true },
  { name: 'Standard_RAGZRS', zones: true, pair: true },
] as const;

/** Which redundancy can be had where, one row for each, as Azure lists it. */
export const skuOperations: readonly Operation[] = [
  armOperation({
    route: 'GET /subscriptions/{subscription}/providers/Microsoft.Storage/skus',
    needs: 'Microsoft.Storage/skus/read',
    simplified:
      'general-purpose accounts only; an account of a kind that is not listed is made all the same',
    answer: () => ({
      status: 200,
      body: {
        value: regions.flatMap((region) =>
          REDUNDANCIES.filter(
            ({ zones, pair }) =>
              (!zones || hasZones(region.name)) && (!pair || !WITHOUT_PAIR.has(region.name)),
          ).map(({ name }) => ({
            resourceType: 'storageAccounts',
            kind: 'StorageV2',
            name,
            tier: 'Standard',
            locations: [region.name],
            capabilities: [],
            restrictions: [],
          })),
        ),
      },
    }),
  }),
];
