import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grant } from '../../local-azure/arm/seed.ts';
import { issueToken } from '../../local-azure/entrance/access-token.ts';
import { sendThrough, type ProxiedAnswer } from '../../local-azure/entrance/client.ts';
import { start, type LocalAzure } from '../../local-azure/index.ts';
import type { StoredResource } from '../../local-azure/world.ts';
import { run, variable } from '../support/clients.ts';

const TYPE = 'Microsoft.Storage/storageAccounts';
const READER = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1';
const CONTRIBUTOR = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe';
const writer = 'bbbbbbbb-0000-4000-8000-000000000001';
const reader = 'bbbbbbbb-0000-4000-8000-000000000002';

let azure: LocalAzure;
let made = 0;

beforeAll(async () => {
  azure = await start({ provider: 'none', pace: 0 });
  grant(azure.world, writer, CONTRIBUTOR);
  grant(azure.world, reader, READER);
});

afterAll(() => azure.stop());

/** An account as ARM would have left it, under a name of its own. */
function account(properties: Record<string, unknown> = {}): StoredResource {
  made += 1;
  const name = `account${made}`;
  const group = `/subscriptions/${variable(azure, 'ARM_SUBSCRIPTION_ID')}/resourceGroups/rg`;
  const id = `${group}/providers/${TYPE}/${name}`;
  const resource = { id, name, type: TYPE, location: 'westeurope', properties };
  azure.world.resources.put(resource);
  azure.world.events.emit('created', resource);
  return resource;
}

interface Asking {
  readonly method?: string;
  readonly as?: string;
  readonly audience?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function blob(of: StoredResource, path: string, asking: Asking = {}): Promise<ProxiedAnswer> {
  const { method = 'GET', as, audience = 'https://storage.azure.com', headers, body } = asking;
  const token = as && (await issueToken(azure.world, { objectId: as, audience }));
  return sendThrough(azure, {
    method,
    url: `https://${of.name}.blob.core.windows.net${path}`,
    headers: {
      'x-ms-version': '2024-11-04',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(method === 'PUT' && body !== undefined ? { 'x-ms-blob-type': 'BlockBlob' } : {}),
      ...headers,
    },
    body,
  });
}

/** Status and the storage service's own code. */
function verdict(answer: ProxiedAnswer): [number, unknown] {
  return [answer.status, answer.headers['x-ms-error-code']];
}

const newContainer = (of: StoredResource, name: string, as = writer): Promise<ProxiedAnswer> =>
  blob(of, `/${name}?restype=container`, { method: 'PUT', as });

describe('blob data plane', () => {
  it('keeps what a contributor writes, and gives it to a reader', async () => {
    const store = account();
    expect((await newContainer(store, 'data')).status).toBe(201);
    const path = '/data/folder/a%20name.txt';
    expect((await blob(store, path, { method: 'PUT', as: writer, body: 'hello' })).status).toBe(
      201,
    );
    expect((await blob(store, path, { as: reader })).text).toBe('hello');
    const list = await blob(store, '/data?restype=container&comp=list', { as: reader });
    expect(list.text).toContain('<Name>folder/a name.txt</Name>');
    const head = await blob(store, path, { method: 'HEAD', as: reader });
    expect([head.status, head.headers['content-length']]).toEqual([200, '5']);
  });

  it('refuses a reader who writes, and an Owner without a data role', async () => {
    const store = account();
    await newContainer(store, 'data');
    const writing = { method: 'PUT', body: 'x' };
    const mismatch = [403, 'AuthorizationPermissionMismatch'];
    expect(verdict(await blob(store, '/data/a', { ...writing, as: reader }))).toEqual(mismatch);
    const owner = String(azure.world.data.get('deployerObjectId'));
    expect(verdict(await newContainer(store, 'more', owner))).toEqual(mismatch);
    expect(verdict(await blob(store, '/data/a', { as: owner }))).toEqual(mismatch);
  });

  it('challenges a request without a token, and refuses a token for another resource', async () => {
    const store = account();
    const nobody = await blob(store, '/data/a');
    expect(verdict(nobody)).toEqual([401, 'NoAuthenticationInformation']);
    expect(nobody.headers['www-authenticate']).toContain('resource_id=https://storage.azure.com');
    const audience = 'https://management.azure.com/';
    const other = await blob(store, '/data/a', { as: reader, audience });
    expect(verdict(other)).toEqual([401, 'InvalidAuthenticationInfo']);
    expect(other.text).toContain('Audience validation failed');
  });

  it.each([
    ['public access off', { publicNetworkAccess: 'Disabled' }],
    ['a firewall that denies by default', { networkAcls: { defaultAction: 'Deny' } }],
    [
      'a firewall that lists others',
      { networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '192.0.2.0/24' }] } },
    ],
  ])(
    'refuses even the rightful from outside with %s, before it looks at who asks',
    async (_what, rules) => {
      const store = account(rules);
      const refused = [403, 'AuthorizationFailure'];
      expect(verdict(await blob(store, '/data/a', { as: writer }))).toEqual(refused);
      expect(verdict(await blob(store, '/data/a'))).toEqual(refused);
    },
  );

  it('holds leases against others, as the state backend needs', async () => {
    const store = account();
    await newContainer(store, 'state');
    await blob(store, '/state/a', { method: 'PUT', as: writer, body: 'one' });
    const lease = await blob(store, '/state/a?comp=lease', {
      method: 'PUT',
      as: writer,
      headers: { 'x-ms-lease-action': 'acquire', 'x-ms-lease-duration': '-1' },
    });
    expect(lease.status).toBe(201);
    const refused = await blob(store, '/state/a', { method: 'PUT', as: writer, body: 'two' });
    expect(verdict(refused)).toEqual([412, 'LeaseIdMissing']);
  });
});

describe('file data plane', () => {
  const ask = async (of: StoredResource, as = writer): Promise<ProxiedAnswer> => {
    const token = await issueToken(azure.world, {
      objectId: as,
      audience: 'https://storage.azure.com',
    });
    const url = `https://${of.name}.file.core.windows.net/?comp=list`;
    const headers = { authorization: `Bearer ${token}`, 'x-ms-file-request-intent': 'backup' };
    return sendThrough(azure, { url, headers });
  };

  it('is refused by the network first, and by the role from within', async () => {
    const closed = await ask(account({ publicNetworkAccess: 'Disabled' }));
    expect(verdict(closed)).toEqual([403, 'AuthorizationFailure']);
    expect(verdict(await ask(account()))).toEqual([403, 'AuthorizationPermissionMismatch']);
  });

  it('lists the shares that ARM made to whoever may', async () => {
    const store = account();
    const id = `${store.id}/fileServices/default/shares/code`;
    const type = `${TYPE}/fileServices/shares`;
    azure.world.resources.put({ id, name: 'code', type, properties: {} });
    const owner = String(azure.world.data.get('deployerObjectId'));
    const answer = await ask(store, owner);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<Share><Name>code</Name></Share>');
  });
});

describe('account keys', () => {
  /** Shared Key of the storage REST reference, for a GET without any optional header. */
  function sharedKey(of: StoredResource, key: string, path: string): Record<string, string> {
    const date = new Date().toUTCString();
    const canonical = `x-ms-date:${date}\nx-ms-version:2024-11-04\n/${of.name}${path}`;
    const text = `GET${'\n'.repeat(12)}${canonical}`;
    const signature = createHmac('sha256', Buffer.from(key, 'base64'))
      .update(text)
      .digest('base64');
    return { 'x-ms-date': date, authorization: `SharedKey ${of.name}:${signature}` };
  }

  it('open an account that allows them, and only that one', async () => {
    const [open, shut] = [account(), account({ allowSharedKeyAccess: false })];
    for (const store of [open, shut]) {
      await newContainer(store, 'data');
      await blob(store, '/data/a', { method: 'PUT', as: writer, body: 'hello' });
    }
    const [key = ''] = open.hidden?.['keys'] as string[];
    const headers = sharedKey(open, key, '/data/a');
    expect((await blob(open, '/data/a', { headers })).text).toBe('hello');
    const wrong = sharedKey(open, Buffer.alloc(64).toString('base64'), '/data/a');
    const mismatch = await blob(open, '/data/a', { headers: wrong });
    expect(verdict(mismatch)).toEqual([403, 'AuthenticationFailed']);
    const refused = await blob(shut, '/data/a', { headers: sharedKey(shut, key, '/data/a') });
    expect(verdict(refused)).toEqual([403, 'KeyBasedAuthenticationNotPermitted']);
  });
});

describe('user-delegation SAS', () => {
  const moment = (minutes: number): string =>
    new Date(Date.now() + minutes * 60_000).toISOString().replace(/\.\d+Z/, 'Z');

  /** The signature for one blob, by the storage REST reference for versions from 2020-12-06. */
  async function signed(
    of: StoredResource,
    path: string,
    permissions: string,
    as: string,
  ): Promise<string> {
    const body = `<?xml version="1.0" encoding="utf-8"?><KeyInfo><Start>${moment(-5)}</Start><Expiry>${moment(15)}</Expiry></KeyInfo>`;
    const url = '/?restype=service&comp=userdelegationkey';
    const headers = { 'content-type': 'application/xml' };
    const { text } = await blob(of, url, { method: 'POST', as, body, headers });
    const field = (name: string): string => new RegExp(`<${name}>([^<]+)<`).exec(text)?.[1] ?? '';
    const [sp, se, sv, sr] = [permissions, moment(15), '2024-11-04', 'b'];
    const [skoid, sktid, skt] = [field('SignedOid'), field('SignedTid'), field('SignedStart')];
    const [ske, sks, skv] = [field('SignedExpiry'), field('SignedService'), field('SignedVersion')];
    const resource = `/blob/${of.name}${path}`;
    const key = [skoid, sktid, skt, ske, sks, skv];
    const lines = [
      sp,
      '',
      se,
      resource,
      ...key,
      '',
      '',
      '',
      '',
      'https',
      sv,
      sr,
      ...Array<string>(7).fill(''),
    ];
    const sig = createHmac('sha256', Buffer.from(field('Value'), 'base64'))
      .update(lines.join('\n'))
      .digest('base64');
    return String(
      new URLSearchParams({ sp, se, skoid, sktid, skt, ske, sks, skv, spr: 'https', sv, sr, sig }),
    );
  }

  it('reads its one blob without a token, also where keys are not allowed', async () => {
    const store = account({ allowSharedKeyAccess: false });
    await newContainer(store, 'packages');
    await blob(store, '/packages/app.zip', { method: 'PUT', as: writer, body: 'zip' });
    const query = await signed(store, '/packages/app.zip', 'r', writer);
    expect((await blob(store, `/packages/app.zip?${query}`)).text).toBe('zip');
    const writing = { method: 'PUT', body: 'other' };
    const written = await blob(store, `/packages/app.zip?${query}`, writing);
    expect(verdict(written)).toEqual([403, 'AuthorizationPermissionMismatch']);
    const mismatch = [403, 'AuthenticationFailed'];
    expect(verdict(await blob(store, `/packages/other.zip?${query}`))).toEqual(mismatch);
    const changed = query.replace('sp=r', 'sp=rw');
    expect(verdict(await blob(store, `/packages/app.zip?${changed}`))).toEqual(mismatch);
  });

  it('can do no more than who signed it', async () => {
    const store = account();
    await newContainer(store, 'packages');
    const query = await signed(store, '/packages/app.zip', 'cw', reader);
    const answer = await blob(store, `/packages/app.zip?${query}`, { method: 'PUT', body: 'x' });
    expect(verdict(answer)).toEqual([403, 'AuthorizationPermissionMismatch']);
  });
});

describe('what ARM manages', () => {
  function container(of: StoredResource, name: string): StoredResource {
    const id = `${of.id}/blobServices/default/containers/${name}`;
    const resource = { id, name, type: `${TYPE}/blobServices/containers`, properties: {} };
    azure.world.resources.put(resource);
    azure.world.events.emit('created', resource);
    return resource;
  }

  function removed(resource: StoredResource): void {
    azure.world.resources.delete(resource.id);
    azure.world.events.emit('deleted', resource);
  }

  const status = async (of: StoredResource, path: string): Promise<number> =>
    (await blob(of, path, { as: reader })).status;

  it('is there for the data plane: a container made by ARM, until ARM deletes it', async () => {
    const store = account();
    const data = container(store, 'data');
    await blob(store, '/data/a', { method: 'PUT', as: writer, body: 'hello' });
    expect(await status(store, '/data/a')).toBe(200);
    removed(data);
    expect(await status(store, '/data/a')).toBe(404);
    container(store, 'data');
    expect(await status(store, '/data?restype=container')).toBe(200);
    expect(await status(store, '/data/a')).toBe(404);
  });

  it('begins empty when an account of the same name is made again', async () => {
    const store = account();
    await newContainer(store, 'data');
    await blob(store, '/data/a', { method: 'PUT', as: writer, body: 'hello' });
    removed(store);
    const asked = blob(store, '/data/a', { as: reader });
    await expect(asked).rejects.toThrow('502');
    const again = { ...store, hidden: {} };
    azure.world.resources.put(again);
    expect(await status(again, '/data/a')).toBe(404);
    expect((await newContainer(again, 'data')).status).toBe(201);
  });
});

describe('Terraform’s azurerm backend', () => {
  const configuration = (account: string): string => `
    terraform {
      backend "azurerm" {
        use_oidc             = true
        use_azuread_auth     = true
        storage_account_name = "${account}"
        container_name       = "tfstate"
        key                  = "demo.tfstate"
      }
    }
    resource "terraform_data" "thing" {
      input = "hello"
    }`;

  it('keeps its state and its lock here', async () => {
    const store = account({ allowSharedKeyAccess: false });
    grant(azure.world, String(azure.world.data.get('deployerObjectId')), CONTRIBUTOR);
    await newContainer(store, 'tfstate');
    const folder = await mkdtemp(join(tmpdir(), 'backend-'));
    await writeFile(join(folder, 'main.tf'), configuration(store.name));
    const terraform = (...args: string[]): ReturnType<typeof run> =>
      run(azure, 'terraform', [...args, '-no-color'], folder);
    expect(await terraform('init')).toMatchObject({ code: 0 });
    const applied = await terraform('apply', '-auto-approve');
    expect(applied).toMatchObject({ code: 0, output: expect.stringContaining('1 added') });
    const state = await blob(store, '/tfstate/demo.tfstate', { as: reader });
    expect(state.json()).toMatchObject({ resources: [{ type: 'terraform_data', name: 'thing' }] });
    await blob(store, '/tfstate/demo.tfstate?comp=lease', {
      method: 'PUT',
      as: writer,
      headers: { 'x-ms-lease-action': 'acquire', 'x-ms-lease-duration': '-1' },
    });
    const locked = await terraform('plan');
    expect(locked.output).toContain('state blob is already locked');
    await rm(folder, { recursive: true });
    expect(azure.journal.unknown).toEqual([]);
  });
});
