import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { arrive, isPublicAddress, type Arrival } from '../inside/arriving.ts';
import { addressNumber } from '../inside/address.ts';
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
  const [, host = '', port = '443'] =
    /^(.*?)(?::(\d+))?$/.exec((request.url ?? '').toLowerCase()) ?? [];
  socket.on('error', () => socket.destroy());
  if (addressNumber(host) !== undefined || isPublicAddress(options.world, host)) {
    knock(options, request, socket, { host, port: Number(port) });
    return;
  }
  if (!serves(options.router, options.world, host)) {
    noteUnserved(options, request, host);
    say(socket, '502 Bad Gateway', unserved(host));
    return;
  }
  socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  if (head.length > 0) socket.unshift(head);
  const door: Door = { vantage: 'outside', host };
  options.serving.accept(socket, door);
}

function say(socket: Socket, status: string, text: string): void {
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}

/**
 * A TCP connection to an address: whether it gets through is read from what is deployed, and no
 * real one is ever opened. What would have answered is not there, so the tunnel just ends.
 */
function knock(
  options: ProxyOptions,
  request: IncomingMessage,
  socket: Socket,
  { host, port }: { readonly host: string; readonly port: number },
): void {
  const arrival = arrive(options.world, host, port);
  noteArrival(options, request, host, arrival);
  if (arrival.reached) socket.end('HTTP/1.1 200 Connection Established\r\n\r\n');
  else say(socket, '504 Gateway Timeout', `Nothing answers: ${arrival.reason}.\n`);
}

function noteArrival(
  options: ProxyOptions,
  request: IncomingMessage,
  host: string,
  arrival: Arrival,
): void {
  const status = arrival.reached ? 200 : 504;
  note(options, request, { host, status, route: 'public address' }, true);
}

function unserved(host: string): string {
  return `Local Azure knows no host named ${host}: it is not simulated, or its resource does not exist.\n`;
}

function noteUnserved(options: ProxyOptions, request: IncomingMessage, host: string): void {
  // A host that belongs to a resource which is not there is an answer, as DNS would give it.
  const known = options.router.ofHost(host).length > 0;
  const route = known ? 'no such resource' : 'no such host';
  note(options, request, { host, status: 502, route }, known);
}

function note(
  { journal, world }: ProxyOptions,
  request: IncomingMessage,
  what: { readonly host: string; readonly status: number; readonly route: string },
  known: boolean,
): void {
  const time = new Date(world.clock.now()).toISOString();
  const [method, path] = [request.method ?? '', request.url ?? ''];
  journal.note({ time, door: 'outside', method, path, milliseconds: 0, ...what }, known);
}
