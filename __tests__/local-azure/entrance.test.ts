import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sendThrough, type ProxiedAnswer } from '../../local-azure/entrance/client.ts';
import { issueToken } from '../../local-azure/entrance/access-token.ts';
import type { Door } from '../../local-azure/entrance/dispatch.ts';
import { start, type LocalAzure } from '../../local-azure/index.ts';
import { deployerToken, run, variable } from '../support/clients.ts';

const VERSION = 'api-version=2022-12-01';

let azure: LocalAzure;
let token: string;

beforeAll(async () => {
  azure = await start({ provider: 'none', pace: 0 });
  token = await deployerToken(azure);
});

afterAll(() => azure.stop());

afterEach(() => azure.faults.clear());

function arm(path: string, bearer = token): Promise<ProxiedAnswer> {
  const headers = { authorization: `Bearer ${bearer}` };
  return sendThrough(azure, { url: `https://management.azure.com${path}`, headers });
}

function subscription(): string {
  return `/subscriptions/${variable(azure, 'ARM_SUBSCRIPTION_ID')}`;
}

function errorOf(answer: ProxiedAnswer): { readonly code: string; readonly message: string } {
  return answer.json<{ error: { code: string; message: string } }>().error;
}

describe('proxy', () => {
  it('ends TLS for a real host name with a certificate of its authority', async () => {
    const answer = await arm(`${subscription()}?${VERSION}`);
    expect(answer.status).toBe(200);
    expect(answer.json()['subscriptionId']).toBe(variable(azure, 'ARM_SUBSCRIPTION_ID'));
  });

  it('serves curl, which knows nothing but the variables', async () => {
    const url = 'https://token.actions.githubusercontent.com/.well-known/jwks';
    const { code, output } = await run(azure, 'curl', ['-sS', url]);
    expect([code, JSON.parse(output)]).toEqual([0, { keys: [expect.anything()] }]);
  });

  it('serves the fetch of Node, which knows nothing but the variables', async () => {
    const url = 'https://token.actions.githubusercontent.com/.well-known/jwks';
    const script = `fetch('${url}').then((answer) => console.log(answer.status))`;
    const args = ['--use-env-proxy', '--eval', script];
    const { output } = await run(azure, process.execPath, args);
    expect(output.trim()).toBe('200');
  });

  it('takes plain requests with a whole URL', async () => {
    const url = 'http://token.actions.githubusercontent.com/.well-known/jwks';
    expect((await sendThrough(azure, { url })).status).toBe(200);
  });

  it('refuses a host that nobody simulates, and writes it down', async () => {
    const before = azure.journal.unknown.length;
    const asked = sendThrough(azure, { url: 'https://nobody.example/' });
    await expect(asked).rejects.toThrow('The proxy refused nobody.example:443 with 502.');
    expect(azure.journal.unknown.slice(before)).toEqual([
      expect.objectContaining({ host: 'nobody.example', status: 502, route: 'no such host' }),
    ]);
  });

  it('refuses a host whose resource does not exist, as DNS would', async () => {
    const before = azure.journal.unknown.length;
    const asked = sendThrough(azure, { url: 'https://nobody.blob.core.windows.net/' });
    await expect(asked).rejects.toThrow('502');
    expect(azure.journal.unknown).toHaveLength(before);
  });
});

describe('unknown route', () => {
  it('is 501 with its name, and counted', async () => {
    const before = azure.journal.unknown.length;
    const answer = await arm(`/no/such/thing?${VERSION}`);
    expect([answer.status, errorOf(answer).code]).toEqual([501, 'NotSimulated']);
    expect(errorOf(answer).message).toContain('GET https://management.azure.com/no/such/thing');
    expect(azure.journal.unknown).toHaveLength(before + 1);
  });
});

describe('front door of ARM', () => {
  it('wants an API version', async () => {
    const answer = await arm(subscription());
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'MissingApiVersionParameter']);
  });

  it('knows one subscription only', async () => {
    const other = '00000000-1111-2222-3333-444444444444';
    const answer = await arm(`/subscriptions/${other}/resourceGroups?${VERSION}`);
    expect([answer.status, errorOf(answer)]).toEqual([
      404,
      { code: 'SubscriptionNotFound', message: `The subscription '${other}' could not be found.` },
    ]);
  });

  it('gives every answer an id, keeps the client’s correlation, and spares azurerm its waits', async () => {
    const correlation = 'b0a4c6de-0000-4000-8000-000000000001';
    const { headers } = await sendThrough(azure, {
      url: `https://management.azure.com${subscription()}?${VERSION}`,
      headers: { authorization: `Bearer ${token}`, 'x-ms-correlation-request-id': correlation },
    });
    expect(headers['x-ms-correlation-request-id']).toBe(correlation);
    expect(headers['x-ms-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['x-go-azure-sdk-skip-polling-delay']).toBe('true');
  });

  it('tells anybody, without a token, the endpoints of the cloud', async () => {
    const url = 'https://management.azure.com/metadata/endpoints?api-version=2019-05-01';
    const answer = await sendThrough(azure, { url });
    const [cloud] = answer.json<Record<string, unknown>[]>();
    expect([answer.status, cloud?.['name']]).toEqual([200, 'AzureCloud']);
    expect(cloud?.['resourceManager']).toBe('https://management.azure.com/');
  });

  it('refuses a body that is no JSON', async () => {
    const answer = await sendThrough(azure, {
      method: 'PUT',
      url: `https://management.azure.com${subscription()}/resourceGroups/rg?${VERSION}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"location":',
    });
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'InvalidRequestContent']);
  });
});

describe('access token', () => {
  const objectId = 'f3b1c9d2-0000-4000-8000-00000000000a';
  const audience = 'https://management.azure.com/';

  it.each([
    ['missing', undefined, 'AuthenticationFailed'],
    ['no token at all', 'nonsense', 'InvalidAuthenticationToken'],
  ])('that is %s is refused', async (_what, bearer, code) => {
    const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    const url = `https://management.azure.com${subscription()}?${VERSION}`;
    const answer = await sendThrough(azure, { url, headers });
    expect([answer.status, errorOf(answer).code]).toEqual([401, code]);
    expect(answer.headers['www-authenticate']).toContain('Bearer authorization_uri=');
  });

  it('that has expired is refused', async () => {
    const old = await issueToken(azure.world, { objectId, audience, lifetimeSeconds: -60 });
    const answer = await arm(`${subscription()}?${VERSION}`, old);
    expect([answer.status, errorOf(answer).code]).toEqual([401, 'ExpiredAuthenticationToken']);
  });

  it('for another resource is refused', async () => {
    const other = await issueToken(azure.world, { objectId, audience: 'https://vault.azure.net' });
    const answer = await arm(`${subscription()}?${VERSION}`, other);
    expect(errorOf(answer).code).toBe('InvalidAuthenticationTokenAudience');
  });

  it('of another tenant is refused', async () => {
    const tenantId = '99999999-0000-4000-8000-000000000000';
    const other = await issueToken(azure.world, { objectId, audience, tenantId });
    const answer = await arm(`${subscription()}?${VERSION}`, other);
    expect(errorOf(answer).code).toBe('InvalidAuthenticationTokenTenant');
  });

  it('that somebody changed is refused', async () => {
    const [head, claims = '', signature] = token.split('.');
    const changed = { ...(JSON.parse(atob(claims)) as object), oid: objectId };
    const forged = Buffer.from(JSON.stringify(changed)).toString('base64url');
    const answer = await arm(`${subscription()}?${VERSION}`, [head, forged, signature].join('.'));
    expect([answer.status, errorOf(answer).code]).toEqual([401, 'InvalidAuthenticationToken']);
  });

  it('of somebody without a role may not read', async () => {
    const stranger = await issueToken(azure.world, { objectId, audience });
    const answer = await arm(`${subscription()}/resourceGroups?${VERSION}`, stranger);
    expect([answer.status, errorOf(answer).code]).toEqual([403, 'AuthorizationFailed']);
    expect(errorOf(answer).message).toContain(`The client '${objectId}'`);
  });
});

describe('fault', () => {
  const path = (): string => `${subscription()}?${VERSION}`;
  const match = { host: 'management.azure.com' };

  it('answers in the place of the nth request that matches', async () => {
    const answer = { status: 503, body: { error: { code: 'ServerBusy', message: '' } } };
    azure.faults.add({ match, nth: 2, fault: { kind: 'answer', answer } });
    const statuses = [await arm(path()), await arm(path()), await arm(path())];
    expect(statuses.map(({ status }) => status)).toEqual([200, 503, 200]);
  });

  it.each([['before'], ['after']] as const)(
    'cuts the connection %s the operation',
    async (when) => {
      const group = `/resourceGroups/cut-${when}`;
      azure.faults.add({ match: { ...match, method: 'PUT' }, fault: { kind: 'reset', when } });
      const asked = sendThrough(azure, {
        method: 'PUT',
        url: `https://management.azure.com${subscription()}${group}?${VERSION}`,
        headers: { authorization: `Bearer ${token}` },
        body: { location: 'westeurope' },
      });
      await expect(asked).rejects.toThrow(/socket hang up|ECONNRESET/);
      expect(azure.journal.entries.at(-1)?.status).toBe(0);
      const there = azure.world.resources.get(`${subscription()}${group}`) !== undefined;
      expect(there).toBe(when === 'after');
    },
  );

  it('lets an answer wait', async () => {
    azure.faults.add({ match, fault: { kind: 'delay', milliseconds: 1 } });
    expect((await arm(path())).status).toBe(200);
  });
});

describe('another door', () => {
  it('hands over a connection, TLS or plain, with its vantage', async () => {
    const door: Door = { vantage: 'inside', host: 'token.actions.githubusercontent.com' };
    const stub = createServer((socket: Socket) => {
      // A proxy that believes everybody: it answers CONNECT and hands the socket over.
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        azure.accept(socket, door);
      });
    });
    await new Promise<void>((resolve) => stub.listen(0, '127.0.0.1', resolve));
    const proxyUrl = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
    const way = { proxyUrl, authorityFile: azure.authorityFile };
    const answer = await sendThrough(way, { url: `https://${door.host}/.well-known/jwks` });
    stub.close();
    expect(answer.status).toBe(200);
    expect(azure.journal.entries.at(-1)).toMatchObject({ door: 'inside', host: door.host });
  });
});

describe('journal', () => {
  it('says of each request what, when, at which stage, by which route', async () => {
    azure.journal.stage = 'apply';
    await arm(`${subscription()}?${VERSION}`);
    azure.journal.stage = '';
    expect(azure.journal.entries.at(-1)).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      door: 'outside',
      stage: 'apply',
      method: 'GET',
      host: 'management.azure.com',
      path: `${subscription()}?${VERSION}`,
      status: 200,
      milliseconds: expect.any(Number),
      route: expect.stringContaining('GET /subscriptions/'),
    });
  });

  it('keeps no signature of a shared access signature', async () => {
    await arm(`/nothing?${VERSION}&sig=c2VjcmV0&se=2030`);
    expect(azure.journal.entries.at(-1)?.path).toBe(`/nothing?${VERSION}&sig=***&se=2030`);
  });
});

describe('end of Local Azure', () => {
  it('leaves the journal where it was asked for, and nothing else', async () => {
    const kept = await mkdtemp(join(tmpdir(), 'journal-'));
    const journalFile = join(kept, 'journal.ndjson');
    const other = await start({ provider: 'none', journalFile });
    await sendThrough(other, {
      url: 'http://token.actions.githubusercontent.com/.well-known/jwks',
    });
    const folder = dirname(other.authorityFile);
    expect(readFileSync(other.authorityFile, 'utf8')).toContain('BEGIN CERTIFICATE');
    await other.stop();
    expect(existsSync(folder)).toBe(false);
    expect(readFileSync(journalFile, 'utf8')).toMatch(/^\{"time":.*\}\n$/);
    await rm(kept, { recursive: true });
    await expect(sendThrough(other, { url: 'http://127.0.0.1/' })).rejects.toThrow('ECONNREFUSED');
  });
});
