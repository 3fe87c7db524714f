import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, Call } from '../operation.ts';
import { operations } from '../operations/instance-metadata/index.ts';
import { createRouter } from '../router.ts';
import type { World } from '../world.ts';
import type { Source } from './source.ts';

const router = createRouter(operations);

/** Names the source of a request to the operations of the platform; never taken from a client. */
export const sourceHeader = 'x-local-azure-source';

/** Answers a request to a link-local address of the platform; nothing of it leaves the machine. */
export async function answerPlatform(
  world: World,
  source: Source,
  asked: { readonly host: string; readonly path: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(asked.path, `http://${asked.host}`);
  const method = request.method ?? 'GET';
  const match = router.find(method, asked.host, url.pathname);
  if (match === undefined) {
    send(response, { status: 404, body: { error: 'not_found' } });
    return;
  }
  const call: Call = {
    method,
    host: asked.host,
    params: match.params,
    query: url.searchParams,
    headers: { ...plainHeaders(request), [sourceHeader]: JSON.stringify(source) },
    body: undefined,
    rawBody: Buffer.alloc(0),
    caller: undefined,
    path: url.pathname,
    vantage: 'inside',
  };
  send(response, await match.operation.answer(call, world));
}

function plainHeaders(request: IncomingMessage): Record<string, string> {
  const pairs = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

function send(response: ServerResponse, answer: Answer): void {
  const body = JSON.stringify(answer.body ?? {});
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
  response.end(body);
}
