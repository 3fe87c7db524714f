import { readFileSync } from 'node:fs';
import {
  request as httpRequest,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';

/** A request as any program would make it: to a real host name, through a proxy. */
export interface ProxiedRequest {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes go as they are; anything else as JSON. */
  readonly body?: unknown;
}

/** What came back. */
export interface ProxiedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  json<T = Record<string, unknown>>(): T;
}

/** Which proxy to go through, and the authority to trust. */
export interface Way {
  readonly proxyUrl: string;
  readonly authorityFile: string;
}

/**
 * Sends one request through a proxy, on a connection of its own, without touching this process's
 * environment. Throws where the proxy refuses or the connection is cut.
 */
export async function sendThrough(way: Way, request: ProxiedRequest): Promise<ProxiedAnswer> {
  const url = new URL(request.url);
  const body = asBytes(request.body);
  const headers: Record<string, string> = {
    ...(isJson(request.body) ? { 'content-type': 'application/json' } : {}),
    ...(body === undefined ? {} : { 'content-length': String(body.length) }),
    ...request.headers,
  };
  const options: RequestOptions = { method: request.method ?? 'GET', headers };
  if (url.protocol === 'http:') {
    const proxy = new URL(way.proxyUrl);
    return exchange(body, (onAnswer) =>
      httpRequest(
        { ...options, agent: false, host: proxy.hostname, port: proxy.port, path: request.url },
        onAnswer,
      ),
    );
  }
  const socket = await tunnel(way, url);
  return exchange(body, (onAnswer) =>
    httpsRequest(url, { ...options, createConnection: () => socket }, onAnswer),
  );
}

async function tunnel(way: Way, url: URL): Promise<Duplex> {
  const target = `${url.hostname}:${url.port || '443'}`;
  const raw = await new Promise<Socket>((resolve, reject) => {
    const asked = httpRequest(way.proxyUrl, { method: 'CONNECT', path: target, agent: false });
    asked.once('error', reject);
    asked.once('connect', (answer, socket: Socket) => {
      if (answer.statusCode === 200) resolve(socket);
      else {
        socket.destroy();
        reject(new Error(`The proxy refused ${target} with ${answer.statusCode ?? 0}.`));
      }
    });
    asked.end();
  });
  const ca = readFileSync(way.authorityFile);
  return connectTls({ socket: raw, servername: url.hostname, ca });
}

type Ask = (onAnswer: (answer: IncomingMessage) => void) => ClientRequest;

function exchange(body: Buffer | undefined, ask: Ask): Promise<ProxiedAnswer> {
  return new Promise((resolve, reject) => {
    const asked = ask((answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        const json = <T>(): T => JSON.parse(text) as T;
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes, text, json });
      });
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

function isJson(body: unknown): boolean {
  return body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
}

function asBytes(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
