import { ArmError, badRequest } from '../../arm/errors.ts';
import { isTaken } from '../../arm/global-names.ts';
import { textAt } from '../../arm/json.ts';
import { begin, hasEnded, pollHeaders } from '../../arm/long-running.ts';
import { armOperation } from '../../arm/operation.ts';
import { pollPlace } from '../../arm/write.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { keptIn } from '../../world.ts';

const PROVIDER = '/subscriptions/{subscription}/providers/Microsoft.KeyVault';
const ONE = `${PROVIDER}/locations/{location}/deletedVaults/{vault}`;
const DAY = 24 * 3600 * 1000;
const PURGE_SECONDS = 20;

/** A soft-deleted vault and what was in it. */
export interface DeletedVault {
  readonly vault: StoredResource;
  readonly children: StoredResource[];
  /** Milliseconds since the epoch. */
  readonly deletedAt: number;
  readonly purgesAt: number;
}

export const deletedOperations: readonly Operation[] = [
  armOperation({
    route: `GET ${PROVIDER}/deletedVaults`,
    needs: 'Microsoft.KeyVault/deletedVaults/read',
    answer: (_call, world) => ({
      status: 200,
      body: { value: [...deletedVaults(world).values()].map((one) => shownDeleted(one, world)) },
    }),
  }),
  armOperation({
    route: `GET ${ONE}`,
    needs: 'Microsoft.KeyVault/locations/deletedVaults/read',
    answer: (call, world) => ({
      status: 200,
      body: shownDeleted(deletedVault(call, world), world),
    }),
  }),
  armOperation({
    route: `POST ${ONE}/purge`,
    needs: 'Microsoft.KeyVault/locations/deletedVaults/purge/action',
    answer: purge,
  }),
  armOperation({
    route: `POST ${PROVIDER}/checkNameAvailability`,
    needs: 'Microsoft.KeyVault/checkNameAvailability/read',
    answer: checkName,
  }),
];

/** The soft-deleted vaults of this subscription by name in lower case; those past their time are gone. */
export function deletedVaults(world: World): Map<string, DeletedVault> {
  const vaults = keptIn(world, 'deletedVaults', () => new Map<string, DeletedVault>());
  for (const [name, { purgesAt }] of vaults) {
    if (purgesAt <= world.clock.now()) vaults.delete(name);
  }
  return vaults;
}

/** Keeps a vault that is about to be deleted; its secrets come back with it when it is recovered. */
export function softDelete(vault: StoredResource, world: World): void {
  const now = world.clock.now();
  const days = Number(vault.properties['softDeleteRetentionInDays'] ?? 90);
  const secrets = world.resources
    .below(vault.id)
    .filter(({ type }) => /^microsoft\.keyvault\/vaults\//i.test(type));
  deletedVaults(world).set(vault.name.toLowerCase(), {
    vault: structuredClone(vault),
    children: secrets,
    deletedAt: now,
    purgesAt: now + days * DAY,
  });
}

function deletedVault(call: Call, world: World): DeletedVault {
  const name = call.params['vault'] ?? '';
  const location = call.params['location']?.toLowerCase();
  const found = deletedVaults(world).get(name.toLowerCase());
  if (found === undefined || found.vault.location !== location) {
    throw new ArmError(
      404,
      'DeletedVaultNotFound',
      `The specified deleted vault '${name}' does not exist.`,
    );
  }
  return found;
}

function shownDeleted({ vault, deletedAt, purgesAt }: DeletedVault, world: World): unknown {
  const location = vault.location ?? '';
  return {
    id: `/subscriptions/${world.subscriptionId}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${vault.name}`,
    name: vault.name,
    type: 'Microsoft.KeyVault/deletedVaults',
    properties: {
      vaultId: vault.id,
      location,
      tags: vault.tags ?? {},
      deletionDate: new Date(deletedAt).toISOString(),
      scheduledPurgeDate: new Date(purgesAt).toISOString(),
      ...(vault.properties['enablePurgeProtection'] === true
        ? { purgeProtectionEnabled: true }
        : {}),
    },
  };
}

function purge(call: Call, world: World): Answer {
  const { vault } = deletedVault(call, world);
  if (vault.properties['enablePurgeProtection'] === true) {
    throw badRequest(
      'MethodNotAllowed',
      `Operation "DeletedVaultPurge" is not allowed. Vault '${vault.name}' has purge protection enabled.`,
    );
  }
  const work = begin(world, PURGE_SECONDS, () => {
    deletedVaults(world).delete(vault.name.toLowerCase());
    return undefined;
  });
  if (hasEnded(world, work)) return { status: 200 };
  return {
    status: 202,
    headers: pollHeaders(world, work, pollPlace(call, vault, world), ['Location']),
  };
}

function checkName(call: Call, world: World): Answer {
  const name = textAt(call.body, 'name');
  const taken =
    isTaken(world, 'Microsoft.KeyVault/vaults', name) ||
    deletedVaults(world).has(name.toLowerCase());
  const message =
    `The vault name '${name}' is already in use. Vault names are globally unique so it is possible ` +
    'that the name is already taken. If you are sure that the vault name was not taken then it is ' +
    'possible that a vault with the same name was recently deleted but not purged after being placed ' +
    'in a recoverable state.';
  return taken
    ? { status: 200, body: { nameAvailable: false, reason: 'AlreadyExists', message } }
    : { status: 200, body: { nameAvailable: true } };
}
