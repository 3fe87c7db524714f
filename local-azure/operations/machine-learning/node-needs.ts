import { ArmError } from '../../arm/errors.ts';
import { decide } from '../../inside/decide.ts';
import { fields, text } from '../../inside/json-fields.ts';
import { startupHosts } from '../../inside/startup-storage.ts';
import type { StoredResource, World } from '../../world.ts';

/** A connection that a node cannot do without. */
export interface Need {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

const secure = (host: string): Need => ({ host, port: 443, protocol: 'TCP' });

/**
 * What a node without a public address must reach before it is of use (learn.microsoft.com,
 * "Configure inbound and outbound network traffic" and "Secure a training environment with virtual
 * networks", Azure Machine Learning). Where Azure publishes a service tag, one host stands for it.
 */
export function needsOfNode(compute: StoredResource, workspace: StoredResource): readonly Need[] {
  const region = workspace.location ?? compute.location ?? '';
  const guid = text(workspace.properties, 'workspaceId') ?? '';
  const instance = text(compute.properties, 'computeType') === 'ComputeInstance';
  return [
    secure(`${guid}.workspace.${region}.api.azureml.ms`),
    secure('login.microsoftonline.com'),
    secure(`${region}.api.azureml.ms`),
    secure(`nodes.${region}.service.batch.azure.com`),
    ...startupHosts(region).map(secure),
    ...(instance
      ? [{ host: `${region}.tundra.azureml.ms`, port: 5831, protocol: 'UDP' } as const]
      : []),
  ];
}

/**
 * What a job on such a node must reach besides: ARM, where the SDK reads the workspace, and
 * Microsoft's registry, since AML's own part of every job comes as an image from there.
 */
export function needsOfJob(compute: StoredResource, workspace: StoredResource): readonly Need[] {
  const region = workspace.location ?? '';
  const images = ['mcr.microsoft.com', `${region}.data.mcr.microsoft.com`];
  return [...needsOfNode(compute, workspace), ...['management.azure.com', ...images].map(secure)];
}

/** The first of these that a node cannot reach from its subnet, in words; undefined where it reaches all. */
export function outOfReach(
  world: World,
  compute: StoredResource,
  needs: readonly Need[],
): string | undefined {
  for (const { host, port, protocol } of needs) {
    const decision = decide(world, { kind: 'compute', id: compute.id }, host, port, { protocol });
    if (decision.allowed) continue;
    return `The node cannot reach ${host} (${protocol} ${port}): ${decision.reason}.`;
  }
  return undefined;
}

/**
 * Fails a compute whose nodes cannot start, as ARM shows it from then on. In Azure a cluster without
 * a node may be made all the same, and its first nodes fail; here that shows at once. The first
 * sentence is Azure Batch's (microsoft/AzureTRE#4151), the second ours.
 */
export function failWhereOutOfReach(
  world: World,
  compute: StoredResource,
  state: 'CreateFailed' | 'Unusable',
): void {
  const workspace = world.resources.get(compute.id.replace(/\/computes\/[^/]+$/i, ''));
  // Without a subnet the nodes stand in Microsoft's own network.
  if (workspace === undefined) return;
  if (text(compute.properties, 'properties', 'subnet', 'id') === undefined) return;
  const blocked = outOfReach(world, compute, needsOfNode(compute, workspace));
  if (blocked === undefined) return;
  const code = 'AllocationFailed';
  const message = `Desired number of dedicated nodes could not be allocated. ${blocked}`;
  const errors = [{ error: { code, message } }];
  const instance = text(compute.properties, 'computeType') === 'ComputeInstance';
  compute.properties = {
    ...compute.properties,
    ...(state === 'CreateFailed' ? { provisioningState: 'Failed' } : {}),
    provisioningErrors: errors,
    properties: {
      ...fields(compute.properties['properties']),
      errors,
      ...(instance ? { state } : {}),
    },
  };
  throw new ArmError(409, code, message);
}
