import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openLease } from '../../../src/state/lock/lease.ts';
import type { Storage } from './interleavings/storage.ts';
import { account, container, openStorage } from './interleavings/storage.ts';
import { playTerraform } from './interleavings/terraform.ts';

let storage: Storage;
let count = 0;

beforeAll(async () => {
  storage = await openStorage();
}, 60_000);
afterAll(() => storage.close());

/** A state of its own, its lock as we see it, and Terraform. */
async function place(body?: string) {
  const url = `https://${account}.blob.core.windows.net/${container}/lease-${count++}.tfstate`;
  const put = (query: string, headers: Record<string, string>, content = '') =>
    storage.send({ method: 'PUT', url: `${url}${query}`, headers, body: content });
  if (body !== undefined) await put('', { 'x-ms-blob-type': 'BlockBlob' }, body);
  const lease = openLease(url, storage.send);
  return { url, put, lease, terraform: playTerraform(url, 'ada@laptop', Date.now, storage.send) };
}

const word = 'x-ms-meta-terraformlockid';
const head = async (url: string) => (await storage.send({ method: 'HEAD', url })).headers;

describe('the lock on a state', () => {
  it('is seen with its word, and given up by its id; other metadata stay', async () => {
    const { url, put, lease, terraform } = await place('{"serial":1}');
    await put('?comp=metadata', { 'x-ms-meta-other': 'kept' });
    await terraform.lock();
    const { holder } = await lease.look();
    expect(holder).toMatchObject({ who: 'ada@laptop', operation: 'OperationTypeApply' });
    const id = (holder as { id: string }).id;
    expect(await lease.release('11111111-2222-4333-8444-555555555555')).toBe(false);
    expect((await lease.look()).holder).toEqual(holder);
    expect(await lease.release(id)).toBe(true);
    expect((await lease.look()).holder).toBeUndefined();
    const { [word]: left, 'x-ms-meta-other': other } = await head(url);
    expect([left, other]).toEqual([undefined, 'kept']);
  });

  it('is not believed a word that an earlier one has left', async () => {
    const { url, put, lease, terraform } = await place('{"serial":1}');
    await terraform.lock();
    const { [word]: stale = '' } = await head(url);
    await terraform.unlock();
    await put('?comp=metadata', { [word]: stale });
    await put('?comp=lease', { 'x-ms-lease-action': 'acquire', 'x-ms-lease-duration': '-1' });
    expect((await lease.look()).holder).toBe('unknown');
  });

  it('can be taken on a state that is made empty, and never over one that is there', async () => {
    const fresh = await place();
    expect(await fresh.lease.look()).toMatchObject({ exists: false, holder: undefined });
    await fresh.lease.make();
    expect(await fresh.lease.isEmpty()).toBe(true);
    const old = await place('{"serial":1}');
    await old.lease.make();
    expect([await old.lease.isEmpty(), await old.terraform.read()]).toEqual([false, 1]);
  });
});
