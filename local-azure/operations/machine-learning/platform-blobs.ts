import { blobServiceOf, type BlobAnswer } from '../../azurite/process.ts';
import { issueToken } from '../../entrance/access-token.ts';
import type { StoredResource, World } from '../../world.ts';
import { announce, unknownContainers } from '../blob/account.ts';
import { manageContainer, STORAGE_AUDIENCE } from '../blob/container.ts';

/** What AML itself does with blobs: no role and no network is asked, that has been done before. */
export interface BlobWish {
  readonly method: string;
  /** `/container/folder/name` and a query, encoded. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** Does something with the blobs of an account as the platform. */
export async function asPlatform(
  world: World,
  account: StoredResource,
  { method, target, headers = {}, body = Buffer.alloc(0) }: BlobWish,
): Promise<BlobAnswer> {
  await announce(world, account);
  for (const container of unknownContainers(world, account)) {
    await manageContainer(world, account.name, 'PUT', container);
  }
  const token = await issueToken(world, {
    objectId: '00000000-0000-0000-0000-000000000000',
    audience: STORAGE_AUDIENCE,
    lifetimeSeconds: 300,
  });
  const own = {
    host: `${account.name.toLowerCase()}.blob.core.windows.net`,
    authorization: `Bearer ${token}`,
    'x-ms-version': '2023-11-03',
  };
  return blobServiceOf(world).send({ method, target, headers: { ...headers, ...own }, body });
}

/** `/container/name` as it stands in an address. */
export function blobTarget(container: string, name: string): string {
  return `/${container}/${name.split('/').map(encodeURIComponent).join('/')}`;
}

/** The same for a write: a container that is not there yet is made, as AML makes its own. */
export async function writeAsPlatform(
  world: World,
  account: StoredResource,
  wish: BlobWish,
): Promise<BlobAnswer> {
  const answer = await asPlatform(world, account, wish);
  if (answer.headers['x-ms-error-code'] !== 'ContainerNotFound') return answer;
  await manageContainer(world, account.name, 'PUT', wish.target.split('/')[1] ?? '');
  return asPlatform(world, account, wish);
}

/** Writes a whole blob. */
export async function storeBlob(
  world: World,
  account: StoredResource,
  blob: { readonly container: string; readonly name: string; readonly bytes: Buffer },
): Promise<void> {
  const headers = { 'x-ms-blob-type': 'BlockBlob' };
  const target = blobTarget(blob.container, blob.name);
  const wish: BlobWish = { method: 'PUT', target, headers, body: blob.bytes };
  const { status } = await writeAsPlatform(world, account, wish);
  if (status !== 201) throw new Error(`${target} was not written: ${status}`);
}

/** The bytes of a blob, or undefined where there is none. */
export async function loadBlob(
  world: World,
  account: StoredResource,
  container: string,
  name: string,
): Promise<Buffer | undefined> {
  const target = blobTarget(container, name);
  const answer = await asPlatform(world, account, { method: 'GET', target });
  return answer.status === 200 ? answer.body : undefined;
}

/** Names of a container's blobs that begin with a prefix; none where there is no such container. */
export async function blobNames(
  world: World,
  account: StoredResource,
  container: string,
  prefix: string,
): Promise<readonly string[]> {
  const names: string[] = [];
  let marker = '';
  do {
    const query = new URLSearchParams({ restype: 'container', comp: 'list', prefix, marker });
    const target = `/${container}?${query.toString()}`;
    const answer = await asPlatform(world, account, { method: 'GET', target });
    if (answer.status !== 200) return names;
    const page = answer.body.toString('utf8');
    for (const [, name = ''] of page.matchAll(/<Blob><Name>(.*?)<\/Name>/gs)) {
      names.push(plain(name));
    }
    marker = plain(/<NextMarker>(.*?)<\/NextMarker>/s.exec(page)?.[1] ?? '');
  } while (marker !== '');
  return names;
}

function plain(xml: string): string {
  const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'" };
  return xml.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name] ?? '&');
}
