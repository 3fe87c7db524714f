import { operations as blobPlane } from '../../../local-azure/operations/blob/index.ts';
import { operations } from '../../../local-azure/operations/index.ts';
import { operations as learning } from '../../../local-azure/operations/machine-learning/index.ts';
import { operations as registryImport } from '../../../local-azure/operations/registry-import/index.ts';
import { pollOperations } from '../../../local-azure/operations/resources/polls.ts';
import { createBlobService } from '../../../local-azure/azurite/process.ts';
import { createAuthority } from '../../../local-azure/entrance/authority.ts';
import { followAccounts } from '../../../local-azure/operations/blob/account.ts';
import { setRegistration } from '../../../local-azure/arm/providers.ts';
import type { World } from '../../../local-azure/world.ts';
import { deployAllowList } from '../inside/allow-list.ts';
import {
  account,
  change,
  closedNetwork,
  connect,
  group,
  put,
  subnet,
  workspace,
} from '../inside/closed-network.ts';
import { asker } from '../inside/requests.ts';
import { openInside, type Inside } from '../inside/services.ts';

export const registry = `${group}/providers/Microsoft.ContainerRegistry/registries/acr1`;
const digest = `sha256:${'ab'.repeat(32)}`;

/** A closed network with a workspace, its storage, a registry with an image, and a cluster. */
export interface Cluster {
  readonly world: World;
  readonly ask: ReturnType<typeof asker>;
  readonly inside: Inside;
  stop(): Promise<void>;
}

/** Starts one with the real blob service and everything behind the inside proxy. */
export async function openCluster(): Promise<Cluster> {
  const { world, remove } = await closedNetwork({ pace: 0 });
  const blobs = createBlobService(createAuthority(), world.folder);
  world.data.set('blob-service', blobs);
  followAccounts(world);
  const inside = await openInside(world, operations);
  const ask = await prepareCluster(world);
  const stop = async (): Promise<void> => {
    await remove();
    await inside.close();
    await blobs.stop();
  };
  return { world, ask, inside, stop };
}

/** Adds registry, image, datastore and cluster to a closed network. Jobs are played. */
export async function prepareCluster(world: World): Promise<Cluster['ask']> {
  world.data.set('jobRuntime', undefined);
  setRegistration(world, 'Microsoft.MachineLearningServices', 'Registered');
  deployAllowList(world);
  const ask = asker(world, [...learning, ...registryImport, ...blobPlane, ...pollOperations]);
  await prepare(world, ask);
  return ask;
}

async function prepare(world: World, ask: Cluster['ask']): Promise<void> {
  put(world, registry);
  const endpoint = { zone: 'privatelink.azurecr.io', record: 'acr1', address: '10.1.0.30' };
  connect(world, { target: registry, group: 'registry', ...endpoint });
  change(world, workspace, { storageAccount: account });
  put(world, `${account}/blobServices/default/containers/datasets`);
  const source = { registryUri: 'ghcr.example', sourceImage: `org/innereye@${digest}` };
  await ask(`POST ${registry}/importImage`, { body: { source, targetTags: ['innereye:abc'] } });
  const image = `acr1.azurecr.io/innereye@${digest}`;
  await ask(`PUT ${workspace}/environments/innereye-abc/versions/1`, {
    body: { properties: { image, osType: 'Linux' } },
  });
  const datastore = {
    ...{ datastoreType: 'AzureBlob', accountName: 'store1', containerName: 'datasets' },
    credentials: { credentialsType: 'None' },
  };
  await ask(`PUT ${workspace}/datastores/innereyedatasets?skipValidation=true`, {
    body: { properties: datastore },
  });
  const node = {
    ...{ vmSize: 'Standard_D4s_v3', enableNodePublicIp: false },
    subnet: { id: subnet('default') },
  };
  await ask(`PUT ${workspace}/computes/cluster`, {
    body: { location: 'westeurope', properties: { computeType: 'AmlCompute', properties: node } },
  });
  // Whatever is due ends with the next request.
  await world.clock.sleep(300_000 * world.pace);
  await ask(`GET ${workspace}/jobs`);
}

/** A job on the cluster that runs this command line. */
export function definition(
  command: string,
  more: Readonly<Record<string, unknown>> = {},
): { body: { properties: Record<string, unknown> } } {
  const properties = {
    jobType: 'Command',
    experimentName: 'helloworld',
    computeId: `${workspace}/computes/cluster`,
    environmentId: `${workspace}/environments/innereye-abc/versions/1`,
    command,
    tags: { model_name: 'HelloWorld' },
    ...more,
  };
  return { body: { properties } };
}
