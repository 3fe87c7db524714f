import type { Resource } from '../azure/arm.ts';
import type { Difference } from '../azure/difference.ts';
import type { ComputeParameters } from './parameters.ts';
import type { Template } from './template.ts';
import { setByTemplate, valueAt } from './template.ts';

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
  if (found === undefined) {
    return [{ resource, attribute: 'existence', wanted: 'exists', found: 'does not exist' }];
  }
  const differences = watched[type].flatMap((attribute): Difference[] => {
    const path = attribute.split('.');
    const [wanted, is] = [setByTemplate(template, type, path, parameters), valueAt(found, path)];
    if (wanted === undefined || same(wanted, is)) return [];
    return [{ resource, attribute, wanted: shown(wanted), found: shown(is) }];
  });
  return [...differences, ...stateDifference(resource, found)].concat(
    type === 'AmlCompute' ? identityDifference(resource, found, parameters) : [],
  );
}

function stateDifference(resource: string, found: Resource): Difference[] {
  const attribute = 'properties.provisioningState';
  const state = valueAt(found, attribute.split('.'));
  if (state === 'Succeeded') return [];
  return [{ resource, attribute, wanted: 'Succeeded', found: shown(state) }];
}

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

/** ARM ids and enumerations compare without case, durations by their length. */
function same(wanted: unknown, found: unknown): boolean {
  if (typeof wanted !== 'string' || typeof found !== 'string') return wanted === found;
  const [one, other] = [durationSeconds(wanted), durationSeconds(found)];
  if (one !== undefined && other !== undefined) return one === other;
  return wanted.toLowerCase() === found.toLowerCase();
}

/** Length of an ISO 8601 duration up to days. */
function durationSeconds(text: string): number | undefined {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  if (match === null) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part || 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
}

function shown(value: unknown): string {
  if (value === undefined) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
