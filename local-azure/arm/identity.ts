import { randomUUID } from 'node:crypto';
import type { StoredResource, World } from '../world.ts';
import { badRequest } from './errors.ts';
import { asObject, textAt } from './json.ts';
import type { Json } from './json.ts';

/**
 * The `identity` of a resource as ARM answers it: a system-assigned one gets its principal and
 * keeps it; user-assigned ones show the principal and client ids of the identities they name.
 * Throws FailedIdentityOperation where such an identity does not exist.
 */
export function identityOf(
  world: World,
  asked: Json,
  existing: StoredResource | undefined,
): Json | undefined {
  const type = textAt(asked, 'type', 'None').replaceAll(/\s*,\s*/g, ', ');
  if (type.toLowerCase() === 'none') return { type: 'None' };
  const before = asObject(existing?.identity);
  const identity: Json = { type };
  if (/systemassigned/i.test(type)) {
    identity['principalId'] = before['principalId'] ?? randomUUID();
    identity['tenantId'] = world.tenantId;
  }
  if (/userassigned/i.test(type)) {
    const named = Object.keys(asObject(asked['userAssignedIdentities']));
    identity['userAssignedIdentities'] = Object.fromEntries(
      named.map((id) => [id, principalOf(world, id)]),
    );
  }
  return identity;
}

function principalOf(world: World, id: string): Json {
  const identity = world.resources.get(id);
  if (identity === undefined) {
    throw badRequest(
      'FailedIdentityOperation',
      `Identity operation failed with error 'Failed to perform resource identity operation. ` +
        `Status: 'NotFound'. The managed identity '${id}' was not found.'`,
    );
  }
  const { principalId, clientId } = identity.properties;
  return { principalId, clientId };
}
