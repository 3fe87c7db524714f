import { randomUUID } from 'node:crypto';
import { badRequest, conflict } from '../../arm/errors.ts';
import { sameId } from '../../arm/ids.ts';
import { resourceOperations } from '../../arm/resource-operations.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import type { Operation } from '../../operation.ts';

const IDENTITIES = 'Microsoft.ManagedIdentity/userAssignedIdentities';
const CREDENTIALS = `${IDENTITIES}/federatedIdentityCredentials`;

/** Entra's limit for one application or identity. */
const MOST_CREDENTIALS = 20;

const types: readonly ResourceType[] = [
  {
    type: IDENTITIES,
    located: true,
    creates: 201,
    deletes: 200,
    stateful: false,
    defaults: { isolationScope: 'None' },
    once: {
      principalId: () => randomUUID(),
      clientId: () => randomUUID(),
      tenantId: ({ world }) => world.tenantId,
    },
  },
  {
    type: CREDENTIALS,
    verbs: ['get', 'list', 'put', 'delete'],
    creates: 201,
    deletes: 200,
    stateful: false,
    check: checkCredential,
  },
];

/** Microsoft.ManagedIdentity: identities of their own, and who outside may act as them. */
export const operations: readonly Operation[] = resourceOperations(types);

function checkCredential({ world, id, draft }: Write): void {
  const { issuer, subject, audiences } = draft.properties;
  if (!issuer || !subject || !Array.isArray(audiences) || audiences.length !== 1) {
    throw badRequest(
      'BadRequest',
      'A federated identity credential needs an issuer, a subject and exactly one audience.',
    );
  }
  const others = world.resources
    .below(id.slice(0, id.toLowerCase().lastIndexOf('/federatedidentitycredentials/')))
    .filter((other) => sameId(other.type, CREDENTIALS) && !sameId(other.id, id));
  if (others.length >= MOST_CREDENTIALS) {
    throw badRequest(
      'BadRequest',
      `Too many Federated Identity Credentials: at most ${MOST_CREDENTIALS} are allowed.`,
    );
  }
  const twin = others.some(
    ({ properties }) => properties['issuer'] === issuer && properties['subject'] === subject,
  );
  if (twin) {
    throw conflict(
      'Conflict',
      'Issuer and subject combination already exists for this Managed Identity.',
    );
  }
}
