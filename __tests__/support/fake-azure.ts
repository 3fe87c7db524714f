import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import tls from 'node:tls';
import { createAuthority } from '../../local-azure/entrance/authority.ts';
import type { Authority } from '../../local-azure/entrance/authority.ts';

/** A request as a test's stand for Azure sees it. */
export interface Asked {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON where it is an object. */
  readonly body?: unknown;
}

/** A reply, or what happens to the connection instead. */
export type Reaction = Reply | 'reset';

export interface FakeAzure {
  /** Everything that was asked, in order. */
  readonly asked: Asked[];
  /** PEM of the authority that vouches for all hosts. */
  readonly authority: string;
  readonly proxyUrl: string;
  /** Requests as "GET /path", without queries. */
  readonly journal: () => string[];
  close(): Promise<void>;
}

/**
 * A stand for Azure's hosts behind a CONNECT proxy that ends TLS, for unit tests: `react` says what
 * comes back. The environment of this process is pointed at it, as it would be at any proxy.
 */
export async function startFakeAzure(
  react: (asked: Asked) => Reaction | Promise<Reaction>,
): Promise<FakeAzure> {
  const vouching = createAuthority();
  const authority = vouching.certificate;
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const inner = createHttpsServer(hostsOf(vouching), (request, response) => {
    void handle(request, response, asked, react);
  });
  const proxy = createHttpServer((_request, response) => response.writeHead(400).end());
  proxy.on('connect', (_request, socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    inner.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const restore = point(proxyUrl, authority);
  return {
    asked,
    authority,
    proxyUrl,
    journal: () => asked.map(({ method, path }) => `${method} ${path}`),
    close: async () => {
      restore();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

function hostsOf(authority: Authority): ServerOptions {
  return {
    SNICallback: (host, done) => {
      done(null, authority.contextFor(host));
    },
  };
}

function point(proxyUrl: string, authority: string): () => void {
  const authorities = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...authorities, authority]);
  const before = process.env['HTTPS_PROXY'];
  process.env['HTTPS_PROXY'] = proxyUrl;
  return () => {
    tls.setDefaultCACertificates(authorities);
    if (before === undefined) delete process.env['HTTPS_PROXY'];
    else process.env['HTTPS_PROXY'] = before;
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  asked: Asked[],
  react: (asked: Asked) => Reaction | Promise<Reaction>,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const host = request.headers.host ?? '';
  const url = new URL(request.url ?? '/', `https://${host}`);
  const one: Asked = {
    method: request.method ?? '',
    host,
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    headers: request.headers,
    text: Buffer.concat(parts).toString(),
  };
  asked.push(one);
  const reaction = await react(one);
  if (reaction === 'reset') {
    request.socket.destroy();
    return;
  }
  const { status, headers = {}, body } = reaction;
  const isText = typeof body === 'string' || body === undefined;
  response.writeHead(status, {
    ...(isText ? {} : { 'content-type': 'application/json' }),
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}
