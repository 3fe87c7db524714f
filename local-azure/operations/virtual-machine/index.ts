import { resourceOperations } from '../../arm/resource-operations.ts';
import type { Operation } from '../../operation.ts';
import { catalogueOperations } from './catalogue.ts';
import { extensionType } from './extensions.ts';
import { machineOperations, machineTypes } from './machines.ts';

/** Microsoft.Compute machines, their extensions and disks, what a region offers of them, and their nightly shutdown. */
export const operations: readonly Operation[] = [
  ...resourceOperations([...machineTypes, extensionType]),
  ...machineOperations,
  ...catalogueOperations,
];
