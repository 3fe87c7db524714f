import { blobServiceOf } from '../../azurite/process.ts';
import { secretKey } from '../../canary.ts';
import type { StoredResource, World } from '../../world.ts';
import { manageContainer } from './container.ts';
import { keptIn } from '../../world.ts';

/** The resource type of storage accounts. */
export const ACCOUNT = 'Microsoft.Storage/storageAccounts';
const CONTAINER = `${ACCOUNT}/blobServices/containers`;

/** The storage account with this name, which is unique in all of Azure. */
export function accountNamed(world: World, name: string): StoredResource | undefined {
  const wanted = name.toLowerCase();
  return world.resources.ofType(ACCOUNT).find((account) => account.name.toLowerCase() === wanted);
}

/** The account a host such as `name.blob.core.windows.net` belongs to. */
export function accountOfHost(world: World, host: string): StoredResource | undefined {
  return accountNamed(world, host.slice(0, host.indexOf('.')));
}

/** The two keys of an account, base64; made when they are first asked for. */
export function accountKeys(account: StoredResource): readonly string[] {
  const known = account.hidden?.['keys'];
  if (Array.isArray(known)) return known as readonly string[];
  const keys = [secretKey(64), secretKey(64)];
  account.hidden = { ...account.hidden, keys };
  return keys;
}

/** What the blob service has been told so far. */
interface Told {
  /** Keys by account name. */
  readonly accounts: Map<string, string>;
  /** ARM ids of containers that were made there. */
  readonly containers: Set<string>;
  /** Serialises what must not happen twice at once. */
  turn: Promise<void>;
}

function toldIn(world: World): Told {
  return keptIn(world, 'blob-told', () => ({
    accounts: new Map(),
    containers: new Set(),
    turn: Promise.resolve(),
  }));
}

/** Has the blob service know this account, with the keys it has now. */
export function announce(world: World, account: StoredResource): Promise<void> {
  const told = toldIn(world);
  const work = told.turn.then(() => tellAccount(world, told, account));
  told.turn = work.catch(() => undefined);
  return work;
}

async function tellAccount(world: World, told: Told, account: StoredResource): Promise<void> {
  const name = account.name.toLowerCase();
  const keys = accountKeys(account);
  if (told.accounts.get(name) === keys.join(':')) return;
  told.accounts.set(name, keys.join(':'));
  const accounts = [...told.accounts].map(([known, joined]) => ({
    name: known,
    keys: joined.split(':'),
  }));
  await blobServiceOf(world).setAccounts(accounts);
}

/** The containers that ARM made in this account and the blob service does not know yet. */
export function unknownContainers(world: World, account: StoredResource): string[] {
  const { containers } = toldIn(world);
  return world.resources
    .below(account.id)
    .filter(({ type }) => type.toLowerCase() === CONTAINER.toLowerCase())
    .filter(({ id }) => !containers.has(id.toLowerCase()))
    .map(({ id, name }) => {
      containers.add(id.toLowerCase());
      return name;
    });
}

/**
 * Follows what ARM does: the first account starts the blob service, and what ARM deletes is thrown
 * away, since a new account or container of the same name must start empty.
 */
export function followAccounts(world: World): void {
  world.events.on('created', (resource: StoredResource) => {
    if (resource.type.toLowerCase() === ACCOUNT.toLowerCase()) blobServiceOf(world).warm();
  });
  world.events.on('deleted', (resource: StoredResource) => {
    const type = resource.type.toLowerCase();
    const told = toldIn(world);
    if (type === ACCOUNT.toLowerCase()) {
      told.turn = told.turn.then(() => forget(world, told, resource)).catch(() => undefined);
    } else if (
      type === CONTAINER.toLowerCase() &&
      told.containers.delete(resource.id.toLowerCase())
    ) {
      told.turn = told.turn.then(() => dropContainer(world, resource)).catch(() => undefined);
    }
  });
}

async function dropContainer(world: World, container: StoredResource): Promise<void> {
  const account = container.id.split('/')[8] ?? '';
  await manageContainer(world, account, 'DELETE', container.name);
}

async function forget(world: World, told: Told, account: StoredResource): Promise<void> {
  const start = `${account.id.toLowerCase()}/`;
  for (const id of told.containers) if (id.startsWith(start)) told.containers.delete(id);
  if (!told.accounts.delete(account.name.toLowerCase())) return;
  await blobServiceOf(world).forget(account.name.toLowerCase());
}
