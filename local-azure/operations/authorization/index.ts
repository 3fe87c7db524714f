import type { Operation } from '../../operation.ts';
import { assignmentOperations } from './assignments.ts';
import { definitionOperations } from './definitions.ts';
import { permissionOperations } from './permissions.ts';

/** Microsoft.Authorization: who may do what, where. */
export const operations: readonly Operation[] = [
  ...assignmentOperations,
  ...definitionOperations,
  ...permissionOperations,
];
