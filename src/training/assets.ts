import { createHash } from 'node:crypto';
import type { Session } from '../login/session.ts';
import { containerId, storageApi, trainingContainer } from '../storage/containers.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { PinnedImage } from './image.ts';
import { imageInRegistry, importImage } from './image.ts';

/** Version of Microsoft.MachineLearningServices' API. */
export const machineLearningApi = '2025-12-01';

/** Datastore that InnerEye's settings name. */
export const datastore = 'innereyedatasets';

/**
 * The AML environment of this image, made where it is missing. Its version is always "1": InnerEye
 * asserts it before it tags the model, and the inference service asks for it literally. What it is
 * made of is in its name. Gives its ARM id.
 */
export async function ensureEnvironment(
  image: PinnedImage,
  outputs: Outputs,
  session: Session,
  tools: Pick<Toolbox, 'log'>,
): Promise<string> {
  const definition = { image: imageInRegistry(image, outputs), osType: 'Linux' };
  const hash = createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 12);
  const id = `${outputs.workspaceId}/environments/innereye-${hash}/versions/1`;
  // The image came first when it was made, so it need not be brought again.
  if ((await session.arm.get(id, machineLearningApi)) !== undefined) return id;
  await importImage(image, outputs, session, tools);
  await session.arm.put(id, machineLearningApi, { properties: definition });
  tools.log.info(`Environment innereye-${hash}, version 1: made.`);
  return id;
}

/** The datastore of the training data and its container, made where they are missing. No account key is used. */
export async function ensureDatastore(outputs: Outputs, { arm }: Session): Promise<void> {
  const containerPath = containerId(trainingContainer, outputs);
  if ((await arm.get(containerPath, storageApi)) === undefined) {
    await arm.put(containerPath, storageApi, { properties: { publicAccess: 'None' } });
  }
  const path = `${outputs.workspaceId}/datastores/${datastore}`;
  if ((await arm.get(path, machineLearningApi)) !== undefined) return;
  const properties = {
    datastoreType: 'AzureBlob',
    accountName: outputs.storageAccountName,
    containerName: trainingContainer,
    endpoint: 'core.windows.net',
    protocol: 'https',
    serviceDataAccessAuthIdentity: 'WorkspaceSystemAssignedIdentity',
    credentials: { credentialsType: 'None' },
  };
  // The check would be made from outside the network, where the account does not answer.
  await arm.put(`${path}?skipValidation=true`, machineLearningApi, { properties });
}
