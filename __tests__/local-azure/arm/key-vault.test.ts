import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Json } from '../../../local-azure/arm/json.ts';
import { codeOf, GROUP, startWithGroup, SUBSCRIPTION } from './azure.ts';
import type { Azure } from './azure.ts';

const VAULT = `${GROUP}/providers/Microsoft.KeyVault/vaults/lab-kv`;
const PROVIDER = `${SUBSCRIPTION}/providers/Microsoft.KeyVault`;
const DELETED = `${PROVIDER}/locations/westeurope/deletedVaults/lab-kv`;

let azure: Azure;

function put(more: Json = {}) {
  const properties = { sku: { family: 'A', name: 'standard' }, ...more };
  return azure.send(`PUT ${VAULT}`, { location: 'westeurope', properties });
}

beforeEach(async () => {
  azure = await startWithGroup();
});

describe('a key vault', () => {
  it('gets its address and keeps its name after deletion', async () => {
    expect((await put({ softDeleteRetentionInDays: 7 })).json).toMatchObject({
      properties: { vaultUri: 'https://lab-kv.vault.azure.net/', tenantId: azure.world.tenantId },
    });
    await azure.send(`DELETE ${VAULT}`);
    expect((await azure.send(`GET ${DELETED}`)).json).toMatchObject({
      properties: { vaultId: VAULT, scheduledPurgeDate: expect.stringMatching(/^2026-11-29/) },
    });
    const elsewhere = DELETED.replace('westeurope', 'northeurope');
    expect(codeOf(await azure.send(`GET ${elsewhere}`))).toBe('DeletedVaultNotFound');
    const again = await put();
    expect([again.status, codeOf(again)]).toEqual([409, 'ConflictError']);
    const check = await azure.send(`POST ${PROVIDER}/checkNameAvailability`, { name: 'lab-kv' });
    expect(check.json).toMatchObject({ nameAvailable: false, reason: 'AlreadyExists' });
  });

  it('comes back by recovery, or is gone by purge', async () => {
    await put();
    await azure.send(`DELETE ${VAULT}`);
    expect((await put({ createMode: 'recover' })).status).toBe(200);
    expect((await azure.send(`GET ${DELETED}`)).status).toBe(404);
    await azure.send(`DELETE ${VAULT}`);
    expect((await azure.send(`POST ${DELETED}/purge`)).status).toBe(200);
    expect((await put()).status).toBe(200);
  });

  it('cannot be purged, nor lose its protection, once that is on', async () => {
    await put({ enablePurgeProtection: true });
    expect(codeOf(await put({ enablePurgeProtection: false }))).toBe('BadRequest');
    await azure.send(`DELETE ${VAULT}`);
    expect(codeOf(await azure.send(`POST ${DELETED}/purge`))).toBe('MethodNotAllowed');
  });

  it('frees its name when the time of its retention is over', async () => {
    await put({ softDeleteRetentionInDays: 7 });
    await azure.send(`DELETE ${VAULT}`);
    azure.clock.advance(8 * 24 * 3600);
    expect((await azure.send(`GET ${DELETED}`)).status).toBe(404);
    expect((await put()).status).toBe(200);
  });

  it('is soft-deleted with its group too', async () => {
    await put();
    await azure.send(`DELETE ${GROUP}`);
    expect((await azure.send(`GET ${DELETED}`)).status).toBe(200);
  });

  it('refuses a name that Azure would', async () => {
    const named = `${GROUP}/providers/Microsoft.KeyVault/vaults/1-bad--name`;
    expect(codeOf(await azure.send(`PUT ${named}`, { location: 'westeurope' }))).toBe(
      'VaultNameNotValid',
    );
  });
});
