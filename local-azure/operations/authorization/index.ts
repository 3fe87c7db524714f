import type { Operation } from '../../operation.ts';
import { assignmentOperations } from './assignments.ts';
import { definitionOperations } from './definitions.ts';
import { lockOperations } from './locks.ts';
import { permissionOperations } from './permissions.ts';

/** Microsoft.Authorization: who may do what, where, and what nobody may. */
export const operations: readonly Operation[] = [
  ...assignmentOperations,
  ...definitionOperations,
  ...permissionOperations,
  ...lockOperations,
];
