import type { StoredResource, World } from '../../world.ts';

/** Whom a foreign issuer may vouch for: all three must match, to the letter. */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

/** An application (or managed identity) that can log in here. */
export interface Application {
  readonly clientId: string;
  /** Object id of its service principal: what role assignments name. */
  readonly objectId: string;
  readonly credentials: readonly FederatedCredential[];
}

const IDENTITY = 'Microsoft.ManagedIdentity/userAssignedIdentities';

/** Adds an application to the tenant. */
export function registerApplication(world: World, application: Application): void {
  world.data.set('applications', [...registered(world), application]);
}

/** The application with this client id: a registered one, or a user-assigned managed identity. */
export function applicationOf(world: World, clientId: string): Application | undefined {
  const wanted = clientId.toLowerCase();
  return [...registered(world), ...managedIdentities(world)].find(
    (application) => application.clientId.toLowerCase() === wanted,
  );
}

function registered(world: World): readonly Application[] {
  return (world.data.get('applications') as readonly Application[] | undefined) ?? [];
}

function managedIdentities(world: World): Application[] {
  return world.resources.ofType(IDENTITY).map((identity) => ({
    clientId: String(identity.properties['clientId']),
    objectId: String(identity.properties['principalId']),
    credentials: world.resources
      .below(identity.id)
      .filter((child) => /\/federatedIdentityCredentials$/i.test(child.type))
      .map(credentialOf),
  }));
}

function credentialOf(resource: StoredResource): FederatedCredential {
  const { issuer, subject, audiences } = resource.properties;
  const [audience] = Array.isArray(audiences) ? (audiences as unknown[]) : [];
  return { issuer: String(issuer), subject: String(subject), audience: String(audience) };
}
