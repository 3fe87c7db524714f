import { resourceOperations } from '../../arm/resource-operations.ts';
import type { Operation } from '../../operation.ts';
import { quotaOperations } from './quota.ts';
import { workspaceLists, workspaceTypes } from './workspaces.ts';

/** Microsoft.MachineLearningServices: workspaces, and what a region offers them. */
export const operations: readonly Operation[] = [
  ...resourceOperations(workspaceTypes),
  ...workspaceLists(),
  ...quotaOperations,
];
