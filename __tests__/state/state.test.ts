import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { namesOf } from '../../src/names.ts';
import { login } from '../../src/login/index.ts';
import type { Session } from '../../src/login/session.ts';
import { wholeUpTo } from '../../src/state/blocks.ts';
import { checkState, ensureState, removeState, stateOf } from '../../src/state/index.ts';
import type { State } from '../../src/state/index.ts';
import { goToLocalAzure } from '../support/azure-place.ts';
import type { Place } from '../support/azure-place.ts';
import type { TestTools } from '../support/azure-tools.ts';

const settings = { environment: 'demo', location: 'westeurope' };
let place: Place;
let tools: TestTools;
let session: Session;
let state: State;

beforeAll(async () => {
  place = await goToLocalAzure({ tokenLifetimeSeconds: 30 });
  tools = place.tools();
  session = await login(place.ids, tools);
}, 60_000);

afterAll(async () => {
  await session.close();
  await place.leave();
});

/** The account as ARM shows it. */
async function account(): Promise<Record<string, unknown>> {
  const { stateGroup, stateAccount } = namesOf('demo', session.subscriptionId);
  const id = `/subscriptions/${session.subscriptionId}/resourceGroups/${stateGroup}/providers/Microsoft.Storage/storageAccounts/${stateAccount}`;
  const found = await session.arm.get<Record<string, unknown>>(id, '2025-08-01');
  return found ?? {};
}

describe("the state's store", () => {
  it('is not there before the first deploy', async () => {
    expect(await stateOf(session, settings, tools)).toBeUndefined();
  });

  it('is made on first use, and answers this login by then', async () => {
    state = await ensureState(session, settings, tools);
    expect(await state.blobs.list()).toEqual([]);
    expect(state.backend).toEqual({
      storage_account_name: namesOf('demo', session.subscriptionId).stateAccount,
      container_name: 'tfstate',
      key: 'demo.tfstate',
      use_azuread_auth: 'true',
    });
  });

  it('takes tokens of Entra only, nothing public, and TLS 1.2', async () => {
    expect(await account()).toMatchObject({
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS' },
      tags: { 'innereye-environment': 'demo' },
      properties: {
        allowSharedKeyAccess: false,
        allowBlobPublicAccess: false,
        defaultToOAuthAuthentication: true,
        minimumTlsVersion: 'TLS1_2',
        supportsHttpsTrafficOnly: true,
      },
    });
  });

  it('keeps versions, and what was deleted', async () => {
    const { id } = (await account()) as { id: string };
    const service = await session.arm.get(`${id}/blobServices/default`, '2025-08-01');
    expect(service?.properties).toMatchObject({
      isVersioningEnabled: true,
      deleteRetentionPolicy: { enabled: true, days: 30 },
      containerDeleteRetentionPolicy: { enabled: true, days: 30 },
    });
  });

  it.each([
    ['allowSharedKeyAccess', true],
    ['allowBlobPublicAccess', true],
    ['allowCrossTenantReplication', true],
    ['supportsHttpsTrafficOnly', false],
    ['minimumTlsVersion', 'TLS1_0'],
  ])('is seen with %s %s, and put back by the next deploy', async (attribute, value) => {
    const { id } = (await account()) as { id: string };
    await session.arm.patch(id, '2025-08-01', { properties: { [attribute]: value } });
    expect(await checkState(session, settings)).toMatchObject([
      { attribute, found: String(value) },
    ]);
    await ensureState(session, settings, tools);
    expect(await checkState(session, settings)).toEqual([]);
    expect(tools.log.lines.join('\n')).toContain(`${attribute} of demotf`);
  });

  it('is seen with a container that anybody may read', async () => {
    const { id } = (await account()) as { id: string };
    const container = `${id}/blobServices/default/containers/tfstate`;
    await session.arm.patch(id, '2025-08-01', { properties: { allowBlobPublicAccess: true } });
    await session.arm.put(container, '2025-08-01', { properties: { publicAccess: 'Blob' } });
    await session.arm.put(`${id}/blobServices/default`, '2025-08-01', {
      properties: { isVersioningEnabled: false },
    });
    const found = (await checkState(session, settings)).map(({ attribute }) => attribute);
    expect(found.sort()).toEqual(['allowBlobPublicAccess', 'isVersioningEnabled', 'publicAccess']);
    await ensureState(session, settings, tools);
    expect(await checkState(session, settings)).toEqual([]);
  });

  it('is found by the next run, which creates nothing', async () => {
    const arm = { ...session.arm, put: () => Promise.reject(new Error('a write')) };
    await ensureState({ ...session, arm }, settings, tools);
    expect(await stateOf(session, settings, tools)).toBeDefined();
  });

  it('resumes where a run was cut off', async () => {
    const { id } = (await account()) as { id: string };
    await session.arm.delete(`${id}/blobServices/default/containers/tfstate`, '2025-08-01');
    expect(await stateOf(session, settings, tools)).toBeUndefined();
    state = await ensureState(session, settings, tools);
    expect(await stateOf(session, settings, tools)).toBeDefined();
  });
});

describe('its blobs', () => {
  it('come back as they were written', async () => {
    const bytes = Buffer.from([0, 1, 127, 128, 255]);
    await state.blobs.write('lock/über file & more.hcl', bytes);
    expect(await state.blobs.read('lock/über file & more.hcl')).toEqual(bytes);
    expect(await state.blobs.list('lock/')).toEqual(['lock/über file & more.hcl']);
  });

  it('may be empty', async () => {
    await state.blobs.write('empty', '');
    expect(await state.blobs.read('empty')).toEqual(Buffer.alloc(0));
  });

  it('go up in blocks where they are large, each repeated by itself', async () => {
    const { journal, faults } = place.azure;
    const content = randomBytes(wholeUpTo + 1);
    const before = journal.entries.length;
    const answer = { status: 503, body: { error: { code: 'ServerBusy', message: 'busy' } } };
    const match = { method: 'PUT', path: /comp=block&/ };
    faults.add({ match, nth: 2, fault: { kind: 'answer', answer } });
    faults.add({ match, nth: 3, fault: { kind: 'reset', when: 'before' } });
    await state.packages.write('large.zip', content);
    faults.clear();
    expect((await state.packages.read('large.zip'))?.equals(content)).toBe(true);
    const puts = journal.entries.slice(before).filter(({ method }) => method === 'PUT');
    const lists = puts.filter(({ path }) => path.includes('comp=blocklist'));
    expect({ puts: puts.length, lists: lists.length }).toEqual({ puts: 6, lists: 1 });
  });

  it('stay as they were where a block is refused', async () => {
    const { journal, faults } = place.azure;
    const answer = { status: 403, body: { error: { code: 'NotYou', message: 'no' } } };
    const match = { method: 'PUT', path: /comp=block&/ };
    faults.add({ match, fault: { kind: 'answer', answer } });
    const before = await state.packages.read('large.zip');
    const write = state.packages.write('large.zip', randomBytes(wholeUpTo * 4));
    await expect(write).rejects.toThrow('Writing blob large.zip: NotYou: no');
    faults.clear();
    const after = await state.packages.read('large.zip');
    expect(after?.equals(before ?? Buffer.alloc(0))).toBe(true);
    const refused = journal.entries.filter(({ route }) => route === 'fault: answer');
    expect(refused.length).toBeLessThan(8);
  });

  it('are undefined where there are none, and are deleted once or twice', async () => {
    expect(await state.blobs.read('nowhere')).toBeUndefined();
    await state.blobs.delete('empty');
    await state.blobs.delete('empty');
    expect(await state.blobs.list('empty')).toEqual([]);
  });
});

describe('a shared package', () => {
  let address: string;
  let printed: string;

  beforeAll(async () => {
    await state.packages.write('app 1.zip', 'a package');
    await state.packages.write('other.zip', 'not shared');
    const secret = await state.packages.shareForReading('app 1.zip', 15);
    address = secret.reveal();
    printed = String(secret);
  });

  it('can be read by whoever has the address', async () => {
    expect(await place.fetch(address)).toEqual({ status: 200, text: 'a package' });
  });

  it('opens neither another package nor the state', async () => {
    const query = address.slice(address.indexOf('?'));
    const base = address.slice(0, address.indexOf('/packages/'));
    expect((await place.fetch(`${base}/packages/other.zip${query}`)).status).toBe(403);
    expect((await place.fetch(`${base}/tfstate/demo.tfstate${query}`)).status).toBe(403);
  });

  it('cannot be written, nor kept open longer', async () => {
    const write = await place.fetch(address, 'PUT', { 'x-ms-blob-type': 'BlockBlob' });
    expect(write.status).toBe(403);
    const longer = address.replace(/([?&]se=)[^&]*/, '$12099-01-01T00%3A00%3A00Z');
    expect((await place.fetch(longer)).status).toBe(403);
  });

  it('has its address and signature masked', () => {
    expect(printed).toBe('***');
    expect(tools.hidden).toContain(address);
    expect(tools.hidden).toContain(new URL(address).searchParams.get('sig'));
  });
});

describe('removing the state', () => {
  it('is refused where the group is not marked as ours', async () => {
    const { stateGroup } = namesOf('demo', session.subscriptionId);
    const path = `/subscriptions/${session.subscriptionId}/resourceGroups/${stateGroup}`;
    await session.arm.patch(path, '2025-04-01', { tags: { owner: 'somebody' } });
    await expect(removeState(session, settings, tools)).rejects.toThrow(/does not carry the tag/);
    await session.arm.patch(path, '2025-04-01', { tags: { 'innereye-environment': 'demo' } });
  });

  it('takes group and account away, and may be repeated', async () => {
    await removeState(session, settings, tools);
    expect(await stateOf(session, settings, tools)).toBeUndefined();
    await removeState(session, settings, tools);
  });
});
