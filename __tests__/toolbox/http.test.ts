import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { createServer as createRawServer } from 'node:net';
import type { AddressInfo, Server as RawServer, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { tryConnection } from '../../src/toolbox/connection.ts';
import { openHttp } from '../../src/toolbox/http.ts';
import { withoutProxy } from '../support/proxy-variables.ts';

/** Never assigned to anybody (RFC 5737): only the proxy ever hears of it. */
const FAR = '203.0.113.9';

const opened: (Server | RawServer)[] = [];
const sockets = new Set<Socket>();

async function listen<T extends Server | RawServer>(server: T): Promise<number> {
  opened.push(server);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A proxy whose answer to CONNECT the test writes. */
async function proxyThat(answer: (request: IncomingMessage, socket: Socket) => void): Promise<URL> {
  const server = createServer();
  server.on('connect', answer);
  return new URL(`http://127.0.0.1:${await listen(server)}`);
}

const saying =
  (status: string) =>
  (_: IncomingMessage, socket: Socket): void =>
    void socket.end(`HTTP/1.1 ${status}\r\n\r\n`);

async function freePort(): Promise<number> {
  const server = createRawServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

let restore: () => void;
beforeEach(() => {
  restore = withoutProxy();
});
afterEach(() => {
  restore();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of opened.splice(0)) server.close();
});

describe('a connection without a proxy', () => {
  it('is seen to be let in, and closed again', async () => {
    const ended = Promise.withResolvers<void>();
    const port = await listen(
      createRawServer((socket) => socket.on('close', ended.resolve).resume()),
    );
    const http = await openHttp();
    expect(await http.connect('127.0.0.1', port, 5)).toEqual({
      result: 'connected',
      seen: 'connected',
    });
    await ended.promise;
  });

  it('is seen to be refused', async () => {
    const http = await openHttp();
    expect(await http.connect('127.0.0.1', await freePort(), 5)).toEqual({
      result: 'failed',
      seen: 'ECONNREFUSED',
    });
  });

  it('is not judged where the name means nothing on this machine', async () => {
    const { result } = await tryConnection('nowhere.invalid', 443, 20, undefined);
    expect(result).toBe('unknown');
  });
});

describe('a connection by a proxy', () => {
  it.each([
    ['200 Connection Established', 'connected'],
    ['204 No Content', 'connected'],
    ['502 Bad Gateway', 'failed'],
    ['503 Service Unavailable', 'failed'],
    ['504 Gateway Timeout', 'failed'],
    ['403 Forbidden', 'unknown'],
    ['407 Proxy Authentication Required', 'unknown'],
    ['405 Method Not Allowed', 'unknown'],
    ['500 Internal Server Error', 'unknown'],
    ['302 Found', 'unknown'],
  ])('ends after %s as %s', async (status, result) => {
    const proxy = await proxyThat(saying(status));
    const found = await tryConnection(FAR, 3389, 5, proxy);
    expect(found.result).toBe(result);
    if (result !== 'connected') expect(found.seen).toContain(status.slice(0, 3));
  });

  it('asks for the address and the port, with the proxy’s own credentials', async () => {
    const asked: unknown[] = [];
    const proxy = await proxyThat((request, socket) => {
      asked.push(request.method, request.url, request.headers['proxy-authorization']);
      saying('200 OK')(request, socket);
    });
    proxy.username = 'me%40lab';
    proxy.password = 'a:b%25';
    await tryConnection(FAR, 22, 5, proxy);
    const pass = Buffer.from('me@lab:a:b%').toString('base64');
    expect(asked).toEqual(['CONNECT', `${FAR}:22`, `Basic ${pass}`]);
  });

  it('fails where the proxy tries until the time is over', async () => {
    const proxy = await proxyThat(() => undefined);
    expect(await tryConnection(FAR, 22, 0.3, proxy)).toEqual({
      result: 'failed',
      seen: 'no answer in time, by the proxy',
    });
  });

  it.each([
    ['is not there', async () => new URL(`http://127.0.0.1:${await freePort()}`)],
    ['hangs up', async () => proxyThat((_, socket) => socket.destroy())],
    ['does not speak HTTP', async () => proxyThat((_, socket) => void socket.end('SSH-2.0\r\n'))],
    ['has no name', async () => new URL('http://nowhere.invalid:8080')],
    [
      'speaks no TLS',
      async () => new URL((await proxyThat(saying('200 OK'))).href.replace('http:', 'https:')),
    ],
  ])('is not judged where the proxy %s', async (_, proxy) => {
    expect((await tryConnection(FAR, 22, 10, await proxy())).result).toBe('unknown');
  });

  it('goes by the proxy that the machine names, and past it where the machine says so', async () => {
    const asked: string[] = [];
    const proxy = await proxyThat((request, socket) => {
      asked.push(request.url ?? '');
      saying('504 Gateway Timeout')(request, socket);
    });
    process.env['HTTPS_PROXY'] = proxy.href;
    const http = await openHttp();
    expect((await http.connect(FAR, 3389, 5)).result).toBe('failed');
    expect((await http.connect('2001:db8::9', 22, 5)).result).toBe('failed');
    expect(asked).toEqual([`${FAR}:3389`, '[2001:db8::9]:22']);
    const port = await listen(createRawServer());
    process.env['NO_PROXY'] = 'localhost';
    expect((await http.connect('localhost', port, 5)).result).toBe('connected');
    expect(asked).toHaveLength(2);
  });
});
