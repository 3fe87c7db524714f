import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as plainRequest } from 'node:http';
import { Agent, request as secureRequest } from 'node:https';
import { CANCELLED, Failure } from './failure.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * The certificates that SSL_CERT_FILE names, which Go programs trust instead of the system's. Node
 * does not know the variable, so it is read here.
 */
function trusted(env: NodeJS.ProcessEnv): { ca?: string } {
  const file = env['SSL_CERT_FILE'];
  return file === undefined || file === '' ? {} : { ca: readFileSync(file, 'utf8') };
}

function collect(response: IncomingMessage): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      }),
    );
  });
}

/**
 * A client that goes through HTTPS_PROXY (a CONNECT per connection, connections kept) and trusts
 * SSL_CERT_FILE, as a Go program does. Plain http, which only a loopback endpoint has, goes direct.
 */
export function httpClient(env: NodeJS.ProcessEnv): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: 32, proxyEnv: env, ...trusted(env) });
  return ({ method, url, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const secure = url.protocol === 'https:';
      const options = { method, headers, signal, ...(secure ? { agent } : {}) };
      const outgoing = (secure ? secureRequest : plainRequest)(url, options, (response) => {
        collect(response).then(resolve, reject);
      });
      outgoing.on('error', (error) =>
        reject(
          signal.aborted
            ? new Failure(CANCELLED)
            : new Failure(`${method} ${url.host}: ${error.message}`),
        ),
      );
      outgoing.end(body);
    });
}
