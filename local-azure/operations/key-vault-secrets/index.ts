import { armOperation } from '../../arm/operation.ts';
import type { Operation } from '../../operation.ts';
import { contacts, listNames, readValue, vaultAt } from './data-plane.ts';
import { listSecrets, readSecret, writeSecret } from './secret.ts';

const secrets =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{vault}/secrets';
const dataPlane = {
  host: '*.vault.azure.net',
  audience: 'https://vault.azure.net',
  hostExists: (host: string, world: Parameters<typeof vaultAt>[0]) =>
    vaultAt(world, host) !== undefined,
} as const;

/** Secrets of a vault: written by ARM, read at the vault itself. */
export const operations: readonly Operation[] = [
  armOperation({
    route: `PUT ${secrets}/{name}`,
    needs: 'Microsoft.KeyVault/vaults/secrets/write',
    simplified: 'no expiry, no activation date, no tags',
    answer: writeSecret,
  }),
  armOperation({
    route: `GET ${secrets}/{name}`,
    needs: 'Microsoft.KeyVault/vaults/secrets/read',
    answer: readSecret,
  }),
  armOperation({
    route: `GET ${secrets}`,
    needs: 'Microsoft.KeyVault/vaults/secrets/read',
    answer: listSecrets,
  }),
  { ...dataPlane, route: 'GET /certificates/contacts', answer: contacts },
  { ...dataPlane, route: 'GET /secrets/{name}', answer: readValue },
  { ...dataPlane, route: 'GET /secrets/{name}/{version}', answer: readValue },
  {
    ...dataPlane,
    route: 'GET /secrets',
    simplified: 'one page; roles only, no access policies; no write of secrets at the vault itself',
    answer: listNames,
  },
];
