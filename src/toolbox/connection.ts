import type { ClientRequest, RequestOptions } from 'node:http';
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** How a try to connect ended: see `Http.connect`. */
export interface Connection {
  readonly result: 'connected' | 'failed' | 'unknown';
  readonly seen: string;
}

/** Errors that tell of the other side or of the way to it. Any other one, such as a name that does not resolve here, is this machine's own. */
const shut = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH']);

/** Statuses by which a proxy says that it tried and nothing let it in. */
const triedInVain = new Set([502, 503, 504]);

/** Opens a TCP connection, by the proxy where there is one, and closes it again. Never throws. */
export function tryConnection(
  host: string,
  port: number,
  timeoutSeconds: number,
  proxy: URL | undefined,
): Promise<Connection> {
  const milliseconds = timeoutSeconds * 1000;
  return proxy === undefined
    ? direct(host, port, milliseconds)
    : throughProxy(host, port, milliseconds, proxy);
}

function direct(host: string, port: number, milliseconds: number): Promise<Connection> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: Connection['result'], seen: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ result, seen });
    };
    const timer = setTimeout(() => end('failed', 'no answer in time'), milliseconds);
    socket.once('connect', () => end('connected', 'connected'));
    socket.on('error', (error) => end(shut.has(codeOf(error)) ? 'failed' : 'unknown', told(error)));
  });
}

function throughProxy(
  host: string,
  port: number,
  milliseconds: number,
  proxy: URL,
): Promise<Connection> {
  return new Promise((resolve) => {
    const request = connectRequest(`${host}:${port}`, proxy);
    let reached = false;
    const end = (result: Connection['result'], seen: string): void => {
      clearTimeout(timer);
      request.destroy();
      resolve({ result, seen });
    };
    const late = (): void =>
      reached
        ? end('failed', 'no answer in time, by the proxy')
        : end('unknown', 'the proxy does not answer');
    const timer = setTimeout(late, milliseconds);
    request.once('socket', (socket) => {
      socket.once('connect', () => (reached = true));
    });
    request.once('connect', ({ statusCode = 0 }, socket: Socket) => {
      socket.on('error', () => socket.destroy());
      socket.destroy();
      end(...verdictOn(statusCode));
    });
    request.on('error', (error) => end('unknown', `the proxy: ${told(error)}`));
    request.end();
  });
}

function verdictOn(status: number): [Connection['result'], string] {
  const said = `the proxy answered ${status}`;
  if (status >= 200 && status < 300) return ['connected', `connected, by the proxy`];
  return [triedInVain.has(status) ? 'failed' : 'unknown', said];
}

function connectRequest(authority: string, proxy: URL): ClientRequest {
  const secure = proxy.protocol === 'https:';
  const { username, password } = proxy;
  const pass = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const options: RequestOptions = {
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || (secure ? 443 : 80),
    method: 'CONNECT',
    path: authority,
    agent: false,
    headers: {
      Host: authority,
      ...(username === ''
        ? {}
        : { 'Proxy-Authorization': `Basic ${Buffer.from(pass).toString('base64')}` }),
    },
  };
  return secure ? requestTls(options) : requestPlain(options);
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function told(error: Error): string {
  return codeOf(error) || error.message;
}
