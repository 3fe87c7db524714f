import { at, asText } from '../../arm/json.ts';
import type { StoredResource, World } from '../../world.ts';

/** The local accounts of a machine: passwords by user name in lower case. */
type Accounts = Readonly<Record<string, string>>;

function accountsOf(machine: StoredResource): Accounts {
  return (machine.hidden?.['accounts'] ?? {}) as Accounts;
}

/** Gives a machine that is being made its first account; a machine that exists takes no password this way. */
export function firstAccount(draft: StoredResource, existing: StoredResource | undefined): void {
  if (existing !== undefined) return;
  const user = asText(at(draft.properties, 'osProfile.adminUsername'));
  const password = asText(draft.hidden?.['osProfile.adminPassword']);
  if (user !== undefined && password !== undefined) setPassword(draft, user, password);
}

/** Sets the password of an account, which is made where it is missing. */
export function setPassword(machine: StoredResource, user: string, password: string): void {
  const accounts = { ...accountsOf(machine), [user.toLowerCase()]: password };
  machine.hidden = { ...machine.hidden, accounts };
}

/** Why Azure would not take a password: it asks for three of four kinds of characters and 12 to 123 of them. */
export function passwordProblem(password: string): string | undefined {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(password));
  if (kinds.length >= 3 && password.length >= 12 && password.length <= 123) return undefined;
  return (
    'The supplied password must be between 12-123 characters long and must satisfy at least 3 of ' +
    'password complexity requirements from the following: contains an uppercase character, a ' +
    'lowercase character, a numeric digit, a special character.'
  );
}

/** Whether a machine would let this user in with this password: what a sign-in by Bastion asks it. */
export function lets(world: World, machineId: string, user: string, password: string): boolean {
  const machine = world.resources.get(machineId);
  return machine !== undefined && accountsOf(machine)[user.toLowerCase()] === password;
}
