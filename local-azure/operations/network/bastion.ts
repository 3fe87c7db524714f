import { randomUUID } from 'node:crypto';
import { checkReferences } from '../../arm/references.ts';
import type { ResourceType } from '../../arm/resource-type.ts';
import { identifyItems, networkType } from './items.ts';

export const bastionTypes: readonly ResourceType[] = [
  {
    ...networkType,
    type: 'Microsoft.Network/bastionHosts',
    seconds: { create: 25, delete: 20 },
    once: { dnsName: () => `bst-${randomUUID()}.bastion.azure.com` },
    check: ({ world, id, draft }) => checkReferences(world, draft.properties, id),
    derive: ({ draft }) =>
      void identifyItems(draft, 'ipConfigurations', 'bastionHostIpConfigurations'),
    simplified: 'nobody can connect through it',
  },
];
