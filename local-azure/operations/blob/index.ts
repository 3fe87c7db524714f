import { blobServiceOf, type BlobAnswer } from '../../azurite/process.ts';
import { verifyToken } from '../../entrance/access-token.ts';
import { keptOut } from '../../entrance/public-access.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { accountOfHost, announce, unknownContainers } from './account.ts';
import { manageContainer, STORAGE_AUDIENCE } from './container.ts';
import * as errors from './errors.ts';
import { files } from './files.ts';
import { mayDo, wishOf, type Wish } from './permission.ts';

/** Blobs by any method on any path. */
export const blobs: Operation = {
  host: '*.blob.core.windows.net',
  route: 'ANY /{path...}',
  simplified:
    'Azurite behind the account’s network rules, token and role; no versioning, no soft delete',
  hostExists: (host, world) => accountOfHost(world, host) !== undefined,
  answer: async (call, world) => {
    const account = accountOfHost(world, call.host);
    if (!account) throw new Error(`No account has the host ${call.host}.`);
    return (await refusal(call, world, account)) ?? forward(call, world, account);
  },
};

/** The service's order: the network first, then who asks, then what they may. */
async function refusal(
  call: Call,
  world: World,
  account: StoredResource,
): Promise<Answer | undefined> {
  if (keptOut(account, call) !== undefined) return errors.notFromHere();
  const wish = wishOf(call.method, call.path, call.query);
  if (call.query.has('sig')) return signatureRefusal(call, world, account, wish);
  const { authorization } = call.headers;
  if (authorization === undefined) return anonymousRefusal(call, world, account);
  if (/^SharedKey/i.test(authorization)) {
    return keysAllowed(account) ? undefined : errors.keysNotPermitted();
  }
  const own = `https://${call.host}`;
  const caller = await verifyToken(world, authorization, STORAGE_AUDIENCE, own);
  if ('reason' in caller) return errors.unauthenticated(world, caller);
  return mayDo(world, caller, account, wish) ? undefined : errors.permissionMismatch();
}

function keysAllowed(account: StoredResource): boolean {
  return account.properties['allowSharedKeyAccess'] !== false;
}

/** A shared access signature is Azurite's to check; whose it is decides whether it may be used. */
function signatureRefusal(
  call: Call,
  world: World,
  account: StoredResource,
  wish: Wish,
): Answer | undefined {
  const objectId = call.query.get('skoid');
  if (objectId === null) return keysAllowed(account) ? undefined : errors.keysNotPermitted();
  const signer = { objectId, tenantId: world.tenantId, audience: STORAGE_AUDIENCE };
  return mayDo(world, signer, account, wish) ? undefined : errors.permissionMismatch();
}

function anonymousRefusal(call: Call, world: World, account: StoredResource): Answer | undefined {
  if (account.properties['allowBlobPublicAccess'] === true) return undefined;
  return call.headers['x-ms-version'] === undefined
    ? errors.publicAccessNotPermitted()
    : errors.unauthenticated(world, { reason: 'missing' });
}

/** Has the blob service answer; its network rules, token and role have been checked. */
export async function forward(call: Call, world: World, account: StoredResource): Promise<Answer> {
  try {
    await announce(world, account);
    for (const container of unknownContainers(world, account)) {
      await manageContainer(world, account.name, 'PUT', container);
    }
    const query = call.query.size > 0 ? `?${call.query.toString()}` : '';
    const answer = await blobServiceOf(world).send({
      method: call.method,
      target: `${call.path}${query}`,
      headers: { ...call.headers, host: call.host },
      body: call.rawBody,
    });
    return inAzuresWords(call, answer);
  } catch (error) {
    return errors.serverBusy(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Azurite refuses a wrong signature with the code that Azure keeps for the network's refusal (or,
 * for account keys, as malformed); whoever proves that a network is closed must see the difference.
 */
function inAzuresWords(call: Call, answer: BlobAnswer): Answer {
  const code = answer.headers['x-ms-error-code'] ?? '';
  if (!['AuthorizationFailure', 'InvalidAuthenticationInfo'].includes(code)) return answer;
  const signed = call.query.has('sig') || call.headers['authorization'] !== undefined;
  return signed ? errors.signatureMismatch() : errors.notFound();
}

/** Storage's data planes: blobs by any method on any path, files as far as their network goes. */
export const operations: readonly Operation[] = [blobs, files];
