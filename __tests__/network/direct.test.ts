import { createServer } from 'node:http';
import { createServer as createRawServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createAuthority } from '../../local-azure/entrance/authority.ts';
import { Cancelled } from '../../src/errors.ts';
import { openDirect } from '../../src/network/direct.ts';
import type { Look, Sight } from '../../src/network/vantage.ts';
import { openHttp } from '../../src/toolbox/http.ts';
import { withoutProxy } from '../support/proxy-variables.ts';
import type { Workshop } from '../support/workshop.ts';
import { workshop } from '../support/workshop.ts';

const look: Look = { name: 'one', method: 'GET', url: 'https://app.test/', seconds: 3 };
const opened: Server[] = [];
const sockets = new Set<Socket>();
let restore: () => void;

beforeEach(() => {
  restore = withoutProxy();
});
afterEach(() => {
  restore();
  for (const socket of sockets) socket.destroy();
  for (const server of opened.splice(0)) server.close();
});

async function portOf(server: Server): Promise<number> {
  opened.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Looks with the real client by a proxy that answers CONNECT like this. */
async function byProxy(answer: (socket: Socket) => void): Promise<Sight | undefined> {
  const server = createServer();
  server.on('connect', (_, socket: Socket) => answer(socket));
  process.env['HTTPS_PROXY'] = `http://127.0.0.1:${await portOf(server)}`;
  return really(look);
}

async function really(asked: Look): Promise<Sight | undefined> {
  const { session, tools } = workshop({ http: await openHttp() });
  const [sight] = await openDirect(session, tools).look([asked]);
  return sight;
}

const saying = (status: string) => (socket: Socket) =>
  void socket.end(`HTTP/1.1 ${status}\r\n\r\n`);

describe('a look of the runner that gets no answer', () => {
  it.each([
    ['502 Bad Gateway', 'unreached'],
    ['503 Service Unavailable', 'unreached'],
    ['504 Gateway Timeout', 'unreached'],
    ['403 Forbidden', 'unsure'],
    ['407 Proxy Authentication Required', 'unsure'],
    ['500 Internal Server Error', 'unsure'],
  ])('ends after a proxy’s %s as %s', async (status, kind) => {
    expect((await byProxy(saying(status)))?.failure?.kind).toBe(kind);
  });

  it('tells nothing of the other side where the proxy is not there', async () => {
    const server = createRawServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    process.env['HTTPS_PROXY'] = `http://127.0.0.1:${port}`;
    expect((await really(look))?.failure?.kind).toBe('unsure');
  });

  it('is unreached where TLS is cut off behind an open tunnel', async () => {
    const sight = await byProxy((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.once('data', () => socket.destroy());
    });
    expect(sight?.failure?.kind).toBe('unreached');
  });

  it('is untrusted where somebody else answers', async () => {
    const authority = createAuthority();
    const sight = await byProxy((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const secureContext = authority.contextFor('app.test');
      new TLSSocket(socket, { isServer: true, secureContext }).on('error', () => undefined);
    });
    expect(sight?.failure?.kind).toBe('untrusted');
  });

  it('is unreached where nobody listens, and where nobody answers in time', async () => {
    const server = createRawServer();
    const port = await portOf(server);
    const silent = await really({ ...look, url: `https://127.0.0.1:${port}/`, seconds: 0.3 });
    expect(silent?.failure?.kind).toBe('unreached');
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
    const refused = await really({ ...look, url: `https://127.0.0.1:${port}/` });
    expect(refused?.failure?.kind).toBe('unreached');
  });

  it('tells nothing of the other side where the name means nothing here', async () => {
    const sight = await really({ ...look, url: 'https://nowhere.invalid/', seconds: 20 });
    expect(sight?.failure?.kind).toBe('unsure');
  });
});

describe('a look of the runner', () => {
  const direct = (place: Workshop) => openDirect(place.session, place.tools);
  const fails = (error: Error): Workshop => {
    const place = workshop();
    const credential = { getToken: () => Promise.reject(error) };
    return { ...place, session: { ...place.session, credential } };
  };

  it('does not take a login that fails for a door that is shut', async () => {
    const place = fails(new Error('connect ECONNREFUSED 20.190.160.1:443'));
    const [sight] = await direct(place).look([{ ...look, bearer: 'https://vault.azure.net' }]);
    expect(sight?.failure).toMatchObject({ kind: 'token' });
  });

  it('does not take a vault that cannot be asked for a door that is shut', async () => {
    const place = workshop();
    const secretHeader = { header: 'X', vaultUri: 'https://v.vault.azure.net', secret: 'k' };
    const [sight] = await direct(place).look([{ ...look, secretHeader }]);
    expect(sight?.failure).toMatchObject({ kind: 'secret' });
  });

  it('ends with the step where that is cancelled', async () => {
    const place = fails(new Cancelled('cancelled'));
    const looking = direct(place).look([{ ...look, bearer: 'https://vault.azure.net' }]);
    await expect(looking).rejects.toMatchObject({ name: 'Cancelled' });
  });

  it('sends a token as a field of a form, masked, and then not as a header', async () => {
    const place = workshop();
    place.answer(() => ({ status: 200, headers: {}, text: '' }));
    const common = { bearer: 'https://management.azure.com', bearerField: 'access_token' };
    const asked: Look = { ...look, method: 'POST', ...common };
    await direct(place).look([
      { ...asked, body: 'service=a b' },
      { ...asked, name: 'two' },
    ]);
    expect(place.requests.map(({ body }) => body)).toEqual([
      'service=a b&access_token=access-token-of-the-deployer',
      'access_token=access-token-of-the-deployer',
    ]);
    expect(place.requests[0]?.headers).toEqual({
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    expect(place.hidden).toContain('access-token-of-the-deployer');
  });

  it('brings home a slice, and sends bytes as they are', async () => {
    const place = workshop();
    const bytes = Buffer.from([0xff, 0, 1, 2, 3]);
    place.answer(() => ({ status: 200, headers: {}, text: '', bytes }));
    const [sight] = await direct(place).look([
      { ...look, method: 'POST', body: bytes, slice: { from: 1, most: 2 } },
    ]);
    expect(sight?.slice).toEqual({ bytes: Buffer.from([0, 1]), size: 5 });
    expect(place.requests[0]?.body).toEqual(bytes);
  });

  it.each([
    ['start', 3, 'é', true],
    ['end', 3, 'é', true],
    ['start', 9, 'éééé', false],
  ] as const)(
    'brings home whole characters from the %s of %i bytes',
    async (part, bytes, body, cut) => {
      const place = workshop();
      place.answer(() => ({ status: 200, headers: {}, text: 'éééé' }));
      const [sight] = await direct(place).look([{ ...look, part, bytes }]);
      expect(sight).toMatchObject({ body, cut });
    },
  );
});
