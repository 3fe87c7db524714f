import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import type { Authority } from './authority.ts';
import type { Door } from './dispatch.ts';

/** Takes connections that were meant for a real host, ends their TLS, and hands on their requests. */
export interface Serving {
  /** Serves an accepted connection; bytes already read must have been put back with `unshift`. */
  accept(socket: Socket, door: Door): void;
  /** Cuts every connection at once. */
  close(): void;
}

/** Answers one request that came through a door. */
export type Handler = (request: IncomingMessage, response: ServerResponse, door: Door) => void;

const TLS_HANDSHAKE = 0x16;

/** Plain HTTP/1.1 and TLS are told apart by the first byte, so both may come on any port. */
export function createServing(authority: Authority, handler: Handler): Serving {
  const doors = new WeakMap<Duplex, Door>();
  const open = new Set<Duplex>();
  const server = createServer((request, response) => {
    const door = doors.get(request.socket);
    if (door) handler(request, response, door);
    else response.destroy();
  });
  patient(server);
  const track = (socket: Duplex): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // A client that goes away is no fault of ours; the journal has what it asked.
    socket.on('error', () => socket.destroy());
  };
  const serve = (socket: Duplex, door: Door): void => {
    doors.set(socket, door);
    server.emit('connection', socket);
  };
  const accept = (socket: Socket, door: Door): void => {
    track(socket);
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) {
        const secure = endTls(authority, socket, door.host);
        track(secure);
        secure.once('secure', () => serve(secure, door));
      } else {
        serve(socket, door);
        process.nextTick(() => socket.resume());
      }
    });
  };
  const close = (): void => {
    for (const socket of open) socket.destroy();
    server.close();
  };
  return { accept, close };
}

/** Clients of ARM keep connections for minutes; a server that closes first makes their next request fail. */
export function patient(server: Server): void {
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
}

function endTls(authority: Authority, socket: Socket, host: string): TLSSocket {
  return new TLSSocket(socket, {
    isServer: true,
    secureContext: authority.contextFor(host),
    ALPNProtocols: ['http/1.1'],
  });
}
