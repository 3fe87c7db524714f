import { allowed, allowedData } from '../../arm/access.ts';
import type { Caller } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';

/** What a request wants of which container; from method, path and query. */
export interface Wish {
  readonly method: string;
  readonly container: string | undefined;
  readonly blob: string | undefined;
  readonly query: URLSearchParams;
}

const SERVICE = 'Microsoft.Storage/storageAccounts/blobServices';
const CONTAINERS = `${SERVICE}/containers`;
const BLOBS = `${CONTAINERS}/blobs`;

type Verb = 'read' | 'write' | 'delete';

/** Reads container and blob from a path such as /container/folder/name . */
export function wishOf(method: string, path: string, query: URLSearchParams): Wish {
  const [container, ...blob] = decodeURIComponent(path).split('/').slice(1);
  return {
    method,
    container: container === '' ? undefined : container,
    blob: blob.join('/') === '' ? undefined : blob.join('/'),
    query,
  };
}

/**
 * True where the caller's roles grant the wish. What concerns whole containers takes the control
 * action and the data action of the same verb: an Owner has the first, yet is refused by Azure.
 */
export function mayDo(world: World, caller: Caller, account: StoredResource, wish: Wish): boolean {
  const scope = scopeOf(account, wish);
  const comp = wish.query.get('comp');
  if (comp === 'userdelegationkey') {
    return allowed(world, caller, `${SERVICE}/generateUserDelegationKey/action`, scope);
  }
  const verb = verbOf(wish.method);
  const onContainer = wish.blob === undefined && comp !== 'list' && comp !== 'batch';
  const listsContainers = wish.container === undefined;
  if (onContainer || listsContainers) {
    return (
      allowed(world, caller, `${CONTAINERS}/${verb}`, scope) &&
      allowedData(world, caller, `${BLOBS}/${verb}`, scope)
    );
  }
  return allowedData(world, caller, `${BLOBS}/${verb}`, scope);
}

function scopeOf(account: StoredResource, wish: Wish): string {
  if (wish.container === undefined) return account.id;
  return `${account.id}/blobServices/default/containers/${wish.container}`;
}

function verbOf(method: string): Verb {
  if (method === 'GET' || method === 'HEAD') return 'read';
  return method === 'DELETE' ? 'delete' : 'write';
}
