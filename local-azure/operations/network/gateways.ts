import { checkReferences } from '../../arm/references.ts';
import type { ResourceType } from '../../arm/resource-type.ts';
import { identifyItems, networkType } from './items.ts';

/** Ways out that a closed network does not have: they can be made, so that a proof can find them. */
export const gatewayTypes: readonly ResourceType[] = [
  {
    ...networkType,
    type: 'Microsoft.Network/natGateways',
    seconds: { create: 10, delete: 10 },
    check: ({ world, id, draft }) => checkReferences(world, draft.properties, id),
    simplified: 'no traffic goes through it',
  },
  {
    ...networkType,
    type: 'Microsoft.Network/virtualNetworkGateways',
    seconds: { create: 1500, delete: 600 },
    check: ({ world, id, draft }) => checkReferences(world, draft.properties, id),
    derive: ({ draft }) => void identifyItems(draft, 'ipConfigurations'),
    simplified: 'it joins nothing',
  },
];
