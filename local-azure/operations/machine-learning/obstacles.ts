import { allowed } from '../../arm/access.ts';
import { at, fields, text } from '../../inside/json-fields.ts';
import type { StoredResource, World } from '../../world.ts';
import { holdsImage, registryAt } from '../registry-import/images.ts';
import { needsOfJob, outOfReach } from './node-needs.ts';

/** What a job needs, as its definition names it. */
export interface Needs {
  readonly workspace: StoredResource;
  readonly compute: StoredResource;
  readonly environment: StoredResource;
  readonly job: Readonly<Record<string, unknown>>;
}

/** Names of the datastores that inputs and outputs of a job lie in. */
function datastoreNames(job: Readonly<Record<string, unknown>>): readonly string[] {
  const parts = [...Object.values(fields(job['inputs'])), ...Object.values(fields(job['outputs']))];
  return parts.flatMap((part) => {
    const uri = text(part, 'uri') ?? '';
    return /^azureml:\/\/datastores\/([^/]+)\//.exec(uri)?.[1] ?? [];
  });
}

function principals(compute: StoredResource): readonly string[] {
  const users = Object.values(fields(at(compute.identity, 'userAssignedIdentities')));
  const ids = [
    text(compute.identity, 'principalId'),
    ...users.map((one) => text(one, 'principalId')),
  ];
  return ids.filter((id) => id !== undefined);
}

/** Where the node cannot get, from its subnet, by what is deployed. */
function unreachable(world: World, compute: StoredResource, host: string): string | undefined {
  return outOfReach(world, compute, [{ host, port: 443, protocol: 'TCP' }]);
}

function imageObstacle(world: World, needs: Needs): string | undefined {
  const image = text(needs.environment.properties, 'image') ?? '';
  const [host = '', ...rest] = image.split('/');
  const registry = registryAt(world, host);
  if (registry === undefined) {
    return host.includes('.') ? unreachable(world, needs.compute, host) : undefined;
  }
  if (!holdsImage(registry, rest.join('/'))) return `The image ${image} was not found.`;
  const may = principals(needs.compute).map((objectId) =>
    allowed(
      world,
      { objectId, tenantId: world.tenantId, audience: '' },
      'Microsoft.ContainerRegistry/registries/pull/read',
      registry.id,
    ),
  );
  // Without an identity of its own the node pulls as the workspace, to which Azure gives the role.
  if (may.length > 0 && !may.includes(true)) {
    return `The identity of ${needs.compute.name} may not pull from ${host}.`;
  }
  return unreachable(world, needs.compute, host);
}

function datastoreObstacle(world: World, needs: Needs): string | undefined {
  for (const name of datastoreNames(needs.job)) {
    const datastore = world.resources.get(`${needs.workspace.id}/datastores/${name}`);
    if (datastore === undefined) return `The datastore ${name} was not found.`;
    const account = text(datastore.properties, 'accountName') ?? '';
    const accounts = world.resources.ofType('Microsoft.Storage/storageAccounts');
    if (!accounts.some((one) => one.name.toLowerCase() === account.toLowerCase())) {
      return `The storage account ${account} of the datastore ${name} was not found.`;
    }
    const blocked = unreachable(world, needs.compute, `${account}.blob.core.windows.net`);
    if (blocked !== undefined) return blocked;
  }
  return undefined;
}

/** Why a job would fail on its node: a service, image, registry, datastore or workspace out of reach; undefined where it can run. */
export function obstacleOf(world: World, needs: Needs): string | undefined {
  return (
    outOfReach(world, needs.compute, needsOfJob(needs.compute, needs.workspace)) ??
    imageObstacle(world, needs) ??
    datastoreObstacle(world, needs)
  );
}
