import { blobServiceOf, type BlobAnswer } from '../../azurite/process.ts';
import { issueToken } from '../../entrance/access-token.ts';
import type { World } from '../../world.ts';

/** The audience of storage's access tokens. */
export const STORAGE_AUDIENCE = 'https://storage.azure.com';

/** Makes or deletes a container as ARM's own doing, with a token of the service itself. */
export async function manageContainer(
  world: World,
  account: string,
  method: 'PUT' | 'DELETE',
  container: string,
): Promise<BlobAnswer> {
  const token = await issueToken(world, {
    objectId: '00000000-0000-0000-0000-000000000000',
    audience: STORAGE_AUDIENCE,
    lifetimeSeconds: 300,
  });
  return blobServiceOf(world).send({
    method,
    target: `/${container}?restype=container`,
    headers: {
      host: `${account.toLowerCase()}.blob.core.windows.net`,
      authorization: `Bearer ${token}`,
      'x-ms-version': '2023-11-03',
    },
    body: Buffer.alloc(0),
  });
}
