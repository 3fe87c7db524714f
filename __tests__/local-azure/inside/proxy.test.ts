import { request, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PassageNote } from '../../../local-azure/inside/proxy.ts';
import { admit, dismiss, type Pass } from '../../../local-azure/inside/source.ts';
import type { World } from '../../../local-azure/world.ts';
import { closedNetwork, machine } from './closed-network.ts';
import { openInside, type Inside } from './services.ts';

let world: World;
let remove: () => Promise<void>;
let inside: Inside;
let pass: Pass;
beforeEach(async () => {
  ({ world, remove } = await closedNetwork());
  inside = await openInside(world, [
    {
      host: 'management.azure.com',
      route: 'GET /who',
      answer: (call) => ({ status: 200, body: { vantage: call.vantage, source: call.source } }),
    },
    {
      host: 'kv1.vault.azure.net',
      route: 'GET /who',
      answer: (call) => ({ status: 200, body: { vantage: call.vantage, source: call.source } }),
    },
  ]);
  pass = admit(world, { kind: 'machine', id: machine });
});
afterEach(async () => {
  await inside.close();
  await remove();
});

const basic = ({ user, password }: Pass): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** Asks for a tunnel; gives the proxy's answer, and with `path` what the service says in it over plain HTTP. */
function tunnel(
  authority: string,
  credentials?: string,
  path?: string,
): Promise<{ status: number; headers: IncomingMessage['headers']; said: string }> {
  return new Promise((resolve, reject) => {
    const headers = credentials === undefined ? {} : { 'proxy-authorization': credentials };
    const asked = request({
      port: inside.port,
      host: '127.0.0.1',
      method: 'CONNECT',
      path: authority,
      headers,
      agent: false,
    });
    asked.on('error', reject);
    asked.on('connect', (answer, socket) => {
      const status = answer.statusCode ?? 0;
      if (path === undefined || status !== 200) {
        socket.destroy();
        resolve({ status, headers: answer.headers, said: '' });
        return;
      }
      let said = '';
      socket.on('data', (bytes: Buffer) => (said += bytes.toString()));
      socket.on('close', () => resolve({ status, headers: answer.headers, said }));
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`);
    });
    asked.end();
  });
}

/** A plain request in the proxy's own form. */
function plain(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const more = { 'proxy-authorization': basic(pass), ...headers };
  return new Promise((resolve, reject) => {
    request({ port: inside.port, host: '127.0.0.1', path, headers: more, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
}

describe('the inside proxy', () => {
  it('lets nobody through without the credentials of something that runs inside', async () => {
    expect((await tunnel('management.azure.com:443')).status).toBe(407);
    expect((await tunnel('management.azure.com:443', 'Basic eDp5')).status).toBe(407);
    const guess = basic({ ...pass, password: 'guess' });
    expect((await tunnel('management.azure.com:443', guess)).status).toBe(407);
    dismiss(world, pass);
    expect((await tunnel('management.azure.com:443', basic(pass))).status).toBe(407);
  });

  it('names what stops a connection, and tells the world', async () => {
    const notes: PassageNote[] = [];
    world.events.on('inside', (note: PassageNote) => notes.push(note));
    const { status, headers } = await tunnel('example.com:443', basic(pass));
    expect(status).toBe(403);
    expect(headers['x-local-azure-denied']).toMatch(/^firewall; /);
    expect(notes).toMatchObject([{ host: 'example.com', decision: { allowed: false } }]);
  });

  it('brings what leaves by the firewall to the public door of a service', async () => {
    const { said } = await tunnel('management.azure.com:443', basic(pass), '/who');
    expect(said).toContain('"vantage":"outside"');
    expect(said).toContain(machine);
  });

  it('brings what goes over a private endpoint to its private door', async () => {
    const { said } = await tunnel('kv1.vault.azure.net:443', basic(pass), '/who');
    expect(said).toContain('"vantage":"inside"');
  });

  it('answers 502 for the name of a resource that does not exist', async () => {
    expect((await tunnel('gone.blob.core.windows.net:443', basic(pass))).status).toBe(502);
  });

  it('lets a host be seen that is let out, even where nobody simulates it', async () => {
    const { status, said } = await tunnel('ml.azure.com:443', basic(pass), '/');
    expect(status).toBe(200);
    expect(said).toContain('<title>Reached</title>');
    expect(inside.journal.unknown).toEqual([]);
  });

  it('answers plain HTTP that the firewall denies in the words of the firewall', async () => {
    const answer = await plain('http://example.com/');
    expect([answer.statusCode, answer.statusMessage]).toEqual([470, 'status code 470']);
    let said = '';
    for await (const chunk of answer) said += String(chunk);
    expect(said).toBe('Action: Deny. Reason: No rule matched. Proceeding with default action.');
  });

  it('closes what leads to a neighbour once it is reached', async () => {
    const { status, said } = await tunnel('10.1.4.4:3389', basic(pass), '/');
    expect([status, said]).toEqual([200, '']);
  });

  it('answers for the platform itself, also in a tunnel, and believes no header about who asks', async () => {
    const facts = await tunnel('169.254.169.254:80', basic(pass), '/metadata/instance');
    expect(facts.said).toContain('400 Bad Request');
    const response = await plain(
      'http://169.254.169.254/metadata/instance?api-version=2021-02-01',
      {
        metadata: 'true',
        'x-local-azure-source': JSON.stringify({ kind: 'machine', id: '/other' }),
      },
    );
    let body = '';
    for await (const chunk of response) body += String(chunk);
    expect(JSON.parse(body)).toMatchObject({ compute: { resourceId: machine } });
  });
});
