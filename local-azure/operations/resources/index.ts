import type { Operation } from '../../operation.ts';
import { cloudOperations } from './clouds.ts';
import { featureOperations } from './features.ts';
import { groupOperations } from './groups.ts';
import { inventoryOperations } from './inventory.ts';
import { pollOperations } from './polls.ts';
import { providerOperations } from './providers.ts';
import { subscriptionOperations } from './subscriptions.ts';

/** Microsoft.Resources: subscription, clouds, groups, providers and their features, what lies where, and the polls of all services. */
export const operations: readonly Operation[] = [
  ...subscriptionOperations,
  ...cloudOperations,
  ...groupOperations,
  ...inventoryOperations,
  ...providerOperations,
  ...featureOperations,
  ...pollOperations,
];
