import { badRequest, conflict } from '../../arm/errors.ts';
import { isTaken } from '../../arm/global-names.ts';
import { at } from '../../arm/json.ts';
import { connectionsOf } from '../../arm/private-link.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import { deletedVaults, softDelete } from './deleted.ts';

export const VAULTS = 'Microsoft.KeyVault/vaults';

/** Azure's rule for the names of vaults. */
export const NAME_PATTERN = /^[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/;

export const vaultTypes: readonly ResourceType[] = [
  {
    type: VAULTS,
    located: true,
    creates: 200,
    waiting: 'state',
    working: 'RegisteringDns',
    deletes: 200,
    seconds: { create: 30, update: 0 },
    defaults: {
      accessPolicies: [],
      enabledForDeployment: false,
      enableSoftDelete: true,
      softDeleteRetentionInDays: 90,
      enableRbacAuthorization: true,
      publicNetworkAccess: 'Enabled',
    },
    check: checkVault,
    derive: ({ draft, world }) => {
      delete draft.properties['createMode'];
      draft.properties['vaultUri'] = `https://${draft.name.toLowerCase()}.vault.azure.net/`;
      draft.properties['tenantId'] ??= world.tenantId;
    },
    view: (vault, world) => {
      const connections = connectionsOf(world, vault);
      return connections.length > 0 ? { privateEndpointConnections: connections } : {};
    },
    leaving: softDelete,
    simplified: 'access policies are stored, only roles are asked',
  },
];

function checkVault(write: Write): void {
  const { world, id, draft, existing } = write;
  const { name, properties } = draft;
  if (!NAME_PATTERN.test(name)) {
    throw badRequest(
      'VaultNameNotValid',
      `The vault name '${name}' is invalid. A vault's name must be between 3-24 alphanumeric ` +
        'characters. The name must begin with a letter, end with a letter or digit, and not contain ' +
        'consecutive hyphens. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147742',
    );
  }
  if (isTaken(world, VAULTS, name, id)) {
    throw conflict(
      'VaultAlreadyExists',
      `The vault name '${name}' is already in use. Vault names are globally unique so it is possible ` +
        'that the name is already taken. If you are sure that the vault name was not taken then it is ' +
        'possible that a vault with the same name was recently deleted but not purged after being ' +
        'placed in a recoverable state.',
    );
  }
  if (properties['enablePurgeProtection'] === false) {
    if (existing?.properties['enablePurgeProtection'] === true) {
      throw badRequest(
        'BadRequest',
        'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection ' +
          'for a vault is an irreversible action.',
      );
    }
    delete properties['enablePurgeProtection'];
  }
  checkSku(write);
  if (existing === undefined) recoverOrRefuse(write);
}

function checkSku({ draft }: Write): void {
  if (at(draft.properties, 'sku.name') !== undefined) return;
  throw badRequest('BadRequest', "The parameter 'sku' is not specified or has an empty value.");
}

/** A soft-deleted vault keeps its name: only `createMode: recover` brings it back. */
function recoverOrRefuse({ world, draft }: Write): void {
  const deleted = deletedVaults(world).get(draft.name.toLowerCase());
  if (deleted === undefined) return;
  if (draft.properties['createMode'] !== 'recover') {
    throw conflict(
      'ConflictError',
      'A vault with the same name already exists in deleted state. You need to either recover or ' +
        'purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 ' +
        'for more information on soft delete.',
    );
  }
  for (const child of deleted.children) world.resources.put(child);
  Object.assign(draft.properties, { ...deleted.vault.properties, ...draft.properties });
  deletedVaults(world).delete(draft.name.toLowerCase());
}
