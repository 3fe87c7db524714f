import { createHash } from 'node:crypto';
import { apis } from '../azure/api-versions.ts';
import type { Session } from '../login/session.ts';
import { containerId, trainingContainer } from '../storage/containers.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { PinnedImage } from './image.ts';
import { imageInRegistry, importImage } from './image.ts';

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
  if ((await session.arm.get(id, apis.machineLearning)) !== undefined) return id;
  await importImage(image, outputs, session, tools);
  await session.arm.put(id, apis.machineLearning, { properties: definition });
  tools.log.info(`Environment innereye-${hash}, version 1: made.`);
  return id;
}

/** The datastore of the training data and its container, made where they are missing. No account key is used. */
export async function ensureDatastore(outputs: Outputs, { arm }: Session): Promise<void> {
  const containerPath = containerId(trainingContainer, outputs);
  if ((await arm.get(containerPath, apis.storage)) === undefined) {
    await arm.put(containerPath, apis.storage, { properties: { publicAccess: 'None' } });
  }
  const path = `${outputs.workspaceId}/datastores/${datastore}`;
  if ((await arm.get(path, apis.machineLearning)) !== undefined) return;
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
  await arm.put(`${path}?skipValidation=true`, apis.machineLearning, { properties });
}
