import { issueToken, tokenLifetime } from '../../entrance/access-token.ts';
import { fields, text } from '../../inside/json-fields.ts';
import type { World } from '../../world.ts';

/** A managed identity as a token names it. */
export interface ManagedIdentity {
  readonly objectId: string;
  readonly clientId: string;
}

/** Which of a resource's identities is wanted; all empty: the system's, or the only one. */
export interface Selection {
  readonly clientId?: string;
  readonly objectId?: string;
  readonly resourceId?: string;
}

function userAssigned(identity: unknown): readonly (ManagedIdentity & { id: string })[] {
  return Object.entries(fields(fields(identity)['userAssignedIdentities'])).map(([id, one]) => ({
    id,
    objectId: text(one, 'principalId') ?? '',
    clientId: text(one, 'clientId') ?? '',
  }));
}

function systemAssigned(identity: unknown): ManagedIdentity | undefined {
  const objectId = text(identity, 'principalId');
  return objectId === undefined ? undefined : { objectId, clientId: objectId };
}

/** The managed identity of a resource that a request selects, or undefined where it has none such. */
export function identityOf(
  world: World,
  resourceId: string,
  wanted: Selection,
): ManagedIdentity | undefined {
  const identity = world.resources.get(resourceId)?.identity;
  const users = userAssigned(identity);
  const same = (one: string, other: string | undefined): boolean =>
    one.toLowerCase() === other?.toLowerCase();
  if (Object.keys(wanted).length > 0) {
    return users.find(
      (one) =>
        same(one.clientId, wanted.clientId) ||
        same(one.objectId, wanted.objectId) ||
        same(one.id, wanted.resourceId),
    );
  }
  return systemAssigned(identity) ?? (users.length === 1 ? users[0] : undefined);
}

/** A token for an identity, in the words of the machine's or the app's endpoint. */
export async function grant(
  world: World,
  identity: ManagedIdentity,
  resource: string,
  form: 'machine' | 'app',
): Promise<Record<string, string>> {
  const token = await issueToken(world, {
    objectId: identity.objectId,
    appId: identity.clientId,
    audience: resource.replace(/\/+$/, ''),
  });
  const lifetime = tokenLifetime(world);
  const expiry = Math.floor(world.clock.now() / 1000) + lifetime;
  const common = {
    access_token: token,
    expires_on: String(expiry),
    resource,
    token_type: 'Bearer',
  };
  return form === 'app'
    ? { ...common, client_id: identity.clientId }
    : { ...common, client_id: identity.clientId, expires_in: String(lifetime), not_before: '0' };
}
