import { resourceOperations } from '../../arm/resource-operations.ts';
import type { Operation } from '../../operation.ts';
import { deletedOperations } from './deleted.ts';
import { vaultTypes } from './vaults.ts';

/** Microsoft.KeyVault: vaults, live and soft-deleted. */
export const operations: readonly Operation[] = [
  ...resourceOperations(vaultTypes),
  ...deletedOperations,
];
