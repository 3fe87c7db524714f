import { fields } from '../../inside/json-fields.ts';
import type { StoredResource } from '../../world.ts';
import type { AllocationError } from './job-faults.ts';

/**
 * Shows on a cluster that it wants a node and gets none, as AmlCompute's properties do (`errors`,
 * `allocationState` and the numbers of nodes; Microsoft.MachineLearningServices, AmlComputeProperties);
 * without errors, that it wants none any more.
 */
export function showAllocation(
  compute: StoredResource,
  errors: readonly AllocationError[] | undefined,
): void {
  const waiting = errors !== undefined;
  compute.properties['properties'] = {
    ...fields(compute.properties['properties']),
    allocationState: waiting ? 'Resizing' : 'Steady',
    targetNodeCount: waiting ? 1 : 0,
    currentNodeCount: 0,
    errors: waiting ? errors.map((error) => ({ error })) : null,
  };
}
