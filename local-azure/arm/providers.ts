import type { World } from '../world.ts';
import { keptIn } from '../world.ts';

/** `Registered`, `NotRegistered`, or one of the states in between. */
export type RegistrationState = 'Registered' | 'NotRegistered' | 'Registering' | 'Unregistered';

/** The namespaces a subscription of Local Azure knows. */
export const namespaces: readonly string[] = [
  'Microsoft.Authorization',
  'Microsoft.Compute',
  'Microsoft.ContainerRegistry',
  'Microsoft.DevTestLab',
  'Microsoft.Insights',
  'Microsoft.KeyVault',
  'Microsoft.MachineLearningServices',
  'Microsoft.ManagedIdentity',
  'Microsoft.Network',
  'Microsoft.Notebooks',
  'Microsoft.OperationalInsights',
  'Microsoft.Resources',
  'Microsoft.Storage',
  'Microsoft.Web',
];

/** Namespaces that every subscription has registered, always. */
const ALWAYS = new Set(['microsoft.authorization', 'microsoft.resources']);

/** True where the subscription may make resources of this namespace. */
export function isRegistered(world: World, namespace: string): boolean {
  return ALWAYS.has(namespace.toLowerCase()) || registrationOf(world, namespace) === 'Registered';
}

/** The state of a namespace; NotRegistered where nothing was said about it. */
export function registrationOf(world: World, namespace: string): RegistrationState {
  return registrations(world).get(namespace.toLowerCase()) ?? 'NotRegistered';
}

/**
 * True where a region offers a type. `typesNotOffered` in the world's data takes some out:
 * `<type>/<location>` in lower case.
 */
export function isOffered(world: World, type: string, location: string): boolean {
  const withheld = world.data.get('typesNotOffered') as ReadonlySet<string> | undefined;
  return withheld?.has(`${type}/${location}`.toLowerCase()) !== true;
}

/** Sets the state of a namespace. */
export function setRegistration(world: World, namespace: string, state: RegistrationState): void {
  registrations(world).set(namespace.toLowerCase(), state);
}

function registrations(world: World): Map<string, RegistrationState> {
  return keptIn(world, 'registrations', () => new Map<string, RegistrationState>());
}
