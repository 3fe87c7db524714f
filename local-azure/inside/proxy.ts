import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Door } from '../entrance/dispatch.ts';
import type { World } from '../world.ts';
import { decide, isPlatform } from './decide.ts';
import type { Decision, Manner, Passage, Stop } from './decision.ts';
import { isResourceName } from './names.ts';
import { answerPlatform } from './platform.ts';
import { admittedAs, type Admitted, type Source } from './source.ts';

/** Who answers for all host names: the entrance. */
export interface Services {
  /** True where somebody answers for this host. */
  serves(host: string): boolean;
  /**
   * Takes an open tunnel on which TLS has not begun yet. Its vantage is `inside` for what came over
   * a private endpoint, and `outside` for everything else: that arrives at the public address, as
   * everybody else's does, over a service endpoint with the name of its subnet.
   */
  accept(socket: Socket, door: Door): void;
}

/** What one request for a connection ended in; emitted on `world.events` as `inside`. */
export interface PassageNote {
  readonly source: Source;
  readonly host: string;
  readonly port: number;
  readonly decision: Decision;
}

/** The way out of the network, on loopback. */
export interface InsideProxy {
  readonly port: number;
  close(): Promise<void>;
}

/** Where processes that run inside find the proxy and the authority that signs every certificate. */
export interface InsideDoor {
  readonly port: number;
  readonly authorityFile: string;
}

/** The door of a running Local Azure; throws where the inside proxy has not been started. */
export function insideDoor(world: World): InsideDoor {
  const door = world.data.get('insideDoor') as InsideDoor | undefined;
  if (door === undefined) throw new Error('The inside proxy of Local Azure has not been started.');
  return door;
}

/**
 * Starts the proxy through which everything that runs inside must go. Connections that `decide`
 * allows are handed over; the others are answered 403 with the reason in `x-local-azure-denied`.
 */
export async function startInsideProxy(
  world: World,
  options: { readonly services: Services; readonly authorityFile: string },
): Promise<InsideProxy> {
  const platform = platformServer(world);
  const open = new Set<Duplex>();
  const server = createServer((request, response) => void forward(world, request, response));
  server.on('connect', (request, socket: Socket, head: Buffer) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // A client that goes away in the middle is no event worth telling.
    socket.on('error', () => socket.destroy());
    if (head.length > 0) socket.unshift(head);
    tunnel(world, request, socket, { platform, services: options.services });
  });
  const port = await listen(server);
  world.data.set('insideDoor', { port, authorityFile: options.authorityFile });
  return { port, close: () => close(server, open) };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function close(server: Server, open: ReadonlySet<Duplex>): Promise<void> {
  for (const socket of open) socket.destroy();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function requester(world: World, request: IncomingMessage): Admitted | undefined {
  const [scheme, encoded] = (request.headers['proxy-authorization'] ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic' || encoded === undefined) return undefined;
  const [user = '', password = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return admittedAs(world, user, password);
}

/** Answers a CONNECT before the tunnel exists; the header carries ASCII only. */
function say(socket: Duplex, status: string, headers: Readonly<Record<string, string>>): void {
  const lines = Object.entries({ ...headers, 'Content-Length': '0' }).map(
    ([name, value]) => `${name}: ${value.replaceAll(/[^\x20-\x7e]/g, '?')}`,
  );
  socket.write(`HTTP/1.1 ${[status, ...lines].join('\r\n')}\r\n\r\n`);
}

const unknownClient = {
  status: '407 Proxy Authentication Required',
  headers: { 'Proxy-Authenticate': 'Basic realm="inside the network"' },
};

const established = 'HTTP/1.1 200 Connection Established\r\n\r\n';

function tunnel(
  world: World,
  request: IncomingMessage,
  socket: Socket,
  ways: { readonly platform: Platform; readonly services: Services },
): void {
  const { source, untold } = requester(world, request) ?? {};
  if (source === undefined) {
    say(socket, unknownClient.status, unknownClient.headers);
    socket.end();
    return;
  }
  const { host, port } = target(request.url ?? '');
  const decision = judge(world, source, host, port);
  if (!decision.allowed && untold === true) {
    // The firewall takes a connection, reads the name in its first words, and ends it.
    socket.end(established);
    return;
  }
  if (!decision.allowed) {
    say(socket, '403 Forbidden', { 'x-local-azure-denied': denial(decision) });
    socket.end();
    return;
  }
  // A resource that does not exist has no name. Any other host that is let out must be seen to be
  // reached, even where nobody here simulates it: a way out that looked shut would hide a hole.
  if (decision.via !== 'metadata' && isResourceName(host) && !ways.services.serves(host)) {
    say(socket, '502 Bad Gateway', { 'x-local-azure-unserved': host });
    socket.end();
    return;
  }
  if (decision.via === 'network') {
    // Of a neighbour there is only its network: it can be reached, and says nothing.
    socket.end(established);
    return;
  }
  socket.write(established);
  if (decision.via === 'metadata') ways.platform.take(socket, source);
  else ways.services.accept(socket, doorOf(decision, host, source));
}

function doorOf({ via, seenAs, subnetId }: Passage, host: string, source: Source): Door {
  return {
    vantage: via === 'private-endpoint' ? 'inside' : 'outside',
    host,
    source: source.id,
    clientAddress: seenAs,
    ...(subnetId === undefined ? {} : { subnetId }),
  };
}

function target(authority: string): { host: string; port: number } {
  const match = /^(.*?)(?::(\d+))?$/.exec(authority);
  return { host: (match?.[1] ?? '').toLowerCase(), port: Number(match?.[2] ?? 443) };
}

function judge(
  world: World,
  source: Source,
  host: string,
  port: number,
  manner: Manner = {},
): Decision {
  const decision = decide(world, source, host, port, manner);
  const note: PassageNote = { source, host, port, decision };
  world.events.emit('inside', note);
  return decision;
}

function denial(decision: Stop): string {
  return `${decision.obstacle}; ${decision.reason}`;
}

interface Platform {
  take(socket: Duplex, source: Source): void;
}

/** Speaks plain HTTP on tunnels to the platform's own addresses: some clients tunnel even those. */
function platformServer(world: World): Platform {
  const sources = new WeakMap<Duplex, Source>();
  const server = createServer((request, response) => {
    const source = sources.get(request.socket);
    const host = (request.headers.host ?? '').split(':')[0] ?? '';
    if (source === undefined) response.writeHead(403).end();
    else void answerPlatform(world, source, { host, path: request.url ?? '/' }, request, response);
  });
  return {
    take(socket, source) {
      sources.set(socket, source);
      server.emit('connection', socket);
    },
  };
}

/** A plain request in the proxy's own form (`GET http://host/path`). */
async function forward(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { source } = requester(world, request) ?? {};
  if (source === undefined) {
    response.writeHead(407, unknownClient.headers).end();
    return;
  }
  const url = URL.parse(request.url ?? '');
  if (url === null) {
    response.writeHead(400).end();
    return;
  }
  const port = Number(url.port || 80);
  const decision = judge(world, source, url.hostname, port, { speaks: 'http' });
  if (!decision.allowed) {
    deny(response, decision);
  } else if (isPlatform(url.hostname)) {
    const asked = { host: url.hostname, path: url.pathname + url.search };
    await answerPlatform(world, source, asked, request, response);
  } else {
    // Every service here speaks HTTPS; over plain HTTP the real ones answer with this redirect.
    response.writeHead(301, { location: `https://${url.host}${url.pathname}${url.search}` }).end();
  }
}

/**
 * Plain HTTP that no rule of the firewall lets out gets an answer, and it comes from the firewall:
 * 470 (http.dev/470), with the words of its log. Every other obstacle is silence in Azure; here the
 * client is told.
 */
function deny(response: ServerResponse, decision: Stop): void {
  const headers = { 'x-local-azure-denied': denial(decision) };
  if (decision.obstacle !== 'firewall') {
    response.writeHead(403, headers).end();
    return;
  }
  response.writeHead(470, 'status code 470', { ...headers, 'content-type': 'text/plain' });
  response.end('Action: Deny. Reason: No rule matched. Proceeding with default action.');
}
