import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Journal } from '../journal.ts';
import type { Router } from '../router.ts';
import type { World } from '../world.ts';
import type { Door } from './dispatch.ts';
import { patient, type Handler, type Serving } from './serving.ts';

/** The one way in from outside: an HTTP proxy on loopback. */
export interface Proxy {
  /** Such as http://127.0.0.1:40001 . */
  readonly url: string;
  /** Cuts every connection and stops listening. */
  close(): void;
}

/** What the proxy stands before. */
export interface ProxyOptions {
  readonly router: Router;
  readonly world: World;
  readonly journal: Journal;
  readonly serving: Serving;
  readonly handler: Handler;
}

/** True where some operation speaks for `host` and the resource it belongs to exists. */
export function serves(router: Router, world: World, host: string): boolean {
  const operations = router.ofHost(host);
  const judges = operations.filter((operation) => operation.hostExists !== undefined);
  if (judges.length === 0) return operations.length > 0;
  return judges.some((operation) => operation.hostExists?.(host, world));
}

/** Opens the proxy on a free port of 127.0.0.1. Nothing that it takes ever leaves the machine. */
export async function openProxy(options: ProxyOptions): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const host = /^http:\/\/([^/:]+)/i.exec(request.url ?? '')?.[1]?.toLowerCase();
    if (host && serves(options.router, options.world, host)) {
      options.handler(request, response, { vantage: 'outside', host });
      return;
    }
    if (host) noteUnserved(options, request, host);
    response.writeHead(host ? 502 : 400, { 'content-type': 'text/plain' });
    response.end(
      host ? unserved(host) : 'This is the proxy of Local Azure: set it as HTTPS_PROXY.\n',
    );
  });
  patient(server);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    connect(options, request, socket, head);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

function connect(
  options: ProxyOptions,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): void {
  const host = (request.url ?? '').replace(/:\d+$/, '').toLowerCase();
  socket.on('error', () => socket.destroy());
  if (!serves(options.router, options.world, host)) {
    noteUnserved(options, request, host);
    const text = unserved(host);
    socket.end(
      `HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/plain\r\n` +
        `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
    );
    return;
  }
  socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  if (head.length > 0) socket.unshift(head);
  const door: Door = { vantage: 'outside', host };
  options.serving.accept(socket, door);
}

function unserved(host: string): string {
  return `Local Azure knows no host named ${host}: it is not simulated, or its resource does not exist.\n`;
}

function noteUnserved(options: ProxyOptions, request: IncomingMessage, host: string): void {
  // A host that belongs to a resource which is not there is an answer, as DNS would give it.
  const known = options.router.ofHost(host).length > 0;
  options.journal.note(
    {
      time: new Date(options.world.clock.now()).toISOString(),
      door: 'outside',
      method: request.method ?? '',
      host,
      path: request.url ?? '',
      status: 502,
      milliseconds: 0,
      route: known ? 'no such resource' : 'no such host',
    },
    known,
  );
}
