import { allowed, allowedData } from '../../arm/access.ts';
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

/** A datastore that an input or output of a job lies in. */
interface Store {
  readonly name: string;
  readonly verb: 'read' | 'write';
}

function storesOf(job: Readonly<Record<string, unknown>>): readonly Store[] {
  const of = (parts: unknown, verb: Store['verb']): readonly Store[] =>
    Object.values(fields(parts)).flatMap((part) => {
      const name = /^azureml:\/\/(?:.*\/)?datastores\/([^/]+)\//.exec(text(part, 'uri') ?? '')?.[1];
      return name === undefined ? [] : [{ name, verb }];
    });
  return [...of(job['inputs'], 'read'), ...of(job['outputs'], 'write')];
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
  for (const store of storesOf(needs.job)) {
    const datastore = world.resources.get(`${needs.workspace.id}/datastores/${store.name}`);
    if (datastore === undefined) return `The datastore ${store.name} was not found.`;
    const name = text(datastore.properties, 'accountName') ?? '';
    const accounts = world.resources.ofType('Microsoft.Storage/storageAccounts');
    const account = accounts.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (account === undefined) {
      return `The storage account ${name} of the datastore ${store.name} was not found.`;
    }
    const blocked =
      unreachable(world, needs.compute, `${name}.blob.core.windows.net`) ??
      rightsObstacle(world, needs, { store, datastore, account });
    if (blocked !== undefined) return blocked;
  }
  return undefined;
}

/**
 * Where a datastore has no credentials of its own, the identity of the cluster reads and writes
 * (learn.microsoft.com, "Set up service authentication", Azure Machine Learning). What a cluster
 * without an identity does then is not simulated. The words are ours.
 */
function rightsObstacle(
  world: World,
  { compute }: Needs,
  of: {
    readonly store: Store;
    readonly datastore: StoredResource;
    readonly account: StoredResource;
  },
): string | undefined {
  const { store, datastore, account } = of;
  if (text(datastore.properties, 'credentials', 'credentialsType') !== 'None') return undefined;
  const container = text(datastore.properties, 'containerName') ?? '';
  const scope = `${account.id}/blobServices/default/containers/${container}`;
  const action = `Microsoft.Storage/storageAccounts/blobServices/containers/blobs/${store.verb}`;
  const may = principals(compute).map((objectId) =>
    allowedData(world, { objectId, tenantId: world.tenantId, audience: '' }, action, scope),
  );
  if (may.length === 0 || may.includes(true)) return undefined;
  return `The identity of ${compute.name} may not ${store.verb} blobs of ${account.name}/${container}.`;
}

/** Why a job would fail on its node: a service, image, registry, datastore or workspace out of reach; undefined where it can run. */
export function obstacleOf(world: World, needs: Needs): string | undefined {
  return (
    outOfReach(world, needs.compute, needsOfJob(needs.compute, needs.workspace)) ??
    imageObstacle(world, needs) ??
    datastoreObstacle(world, needs)
  );
}
