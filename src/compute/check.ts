import type { Resource } from '../azure/arm.ts';
import type { Difference } from '../azure/difference.ts';
import type { Template } from '../azure/template.ts';
import { differencesFrom, same } from '../azure/template-check.ts';
import { valueAt } from '../azure/template.ts';
import type { ComputeParameters } from './parameters.ts';
import { setByTemplate } from './template.ts';

type ComputeType = 'AmlCompute' | 'ComputeInstance';

/** What closes and contains a compute, by its place in ARM's answer (Microsoft.MachineLearningServices, Computes_Get). */
export const watched: Readonly<Record<ComputeType, readonly string[]>> = {
  AmlCompute: [
    'properties.disableLocalAuth',
    'properties.properties.vmSize',
    'properties.properties.enableNodePublicIp',
    'properties.properties.remoteLoginPortPublicAccess',
    'properties.properties.subnet.id',
    'properties.properties.scaleSettings.minNodeCount',
    'properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown',
  ],
  ComputeInstance: [
    'properties.disableLocalAuth',
    'properties.properties.vmSize',
    'properties.properties.enableNodePublicIp',
    'properties.properties.sshSettings.sshPublicAccess',
    'properties.properties.subnet.id',
    'properties.properties.idleTimeBeforeShutdown',
  ],
};

/** How `found` differs from what the template sets; a compute that is not there differs in its existence. */
export function differencesOf(
  type: ComputeType,
  found: Resource | undefined,
  template: Template,
  parameters: ComputeParameters,
): Difference[] {
  const resource = type === 'AmlCompute' ? parameters.clusterName : parameters.instanceName;
  const set = watched[type].map((attribute) => [
    attribute,
    setByTemplate(template, type, attribute.split('.'), parameters),
  ]);
  const wanted = {
    ...(Object.fromEntries(set) as Readonly<Record<string, unknown>>),
    'properties.provisioningState': 'Succeeded',
  };
  const differences = differencesFrom({ resource, wanted, found });
  if (found === undefined) return differences;
  const own =
    type === 'AmlCompute'
      ? identityDifference(resource, found, parameters)
      : personDifference(found, parameters);
  return [...differences, ...own];
}

/**
 * An instance that belongs to somebody else than the one it is wanted for. Where ARM does not say whose
 * it is, nothing is said.
 */
export function personDifference(
  instance: Resource | undefined,
  { instanceName, instanceUserObjectId }: ComputeParameters,
): Difference[] {
  const path = ['properties', 'properties', ...person.split('.')];
  const found = valueAt(instance, path);
  if (typeof found !== 'string' || same(instanceUserObjectId, found)) return [];
  const attribute = path.join('.');
  return [{ resource: instanceName, attribute, wanted: instanceUserObjectId, found }];
}

const person = 'personalComputeInstanceSettings.assignedUser.objectId';

/** Exactly the cluster's own identity: one more could carry rights that nobody reviewed. */
function identityDifference(
  resource: string,
  found: Resource,
  { clusterIdentityId }: ComputeParameters,
): Difference[] {
  const ids = Object.keys((found.identity?.['userAssignedIdentities'] as object | undefined) ?? {});
  if (ids.length === 1 && same(clusterIdentityId, ids[0])) return [];
  const attribute = 'identity.userAssignedIdentities';
  return [{ resource, attribute, wanted: clusterIdentityId, found: ids.join(', ') || 'none' }];
}
