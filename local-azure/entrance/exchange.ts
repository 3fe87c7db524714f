import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, Faults } from '../faults.ts';
import type { Journal } from '../journal.ts';
import type { Answer } from '../operation.ts';
import type { Router } from '../router.ts';
import { learnAnswered, learnSent } from '../secrets/learn.ts';
import type { World } from '../world.ts';
import { encodeBody } from './body.ts';
import { dispatch, type Dispatched, type Door, type Received } from './dispatch.ts';
import type { Handler } from './serving.ts';

/** What it takes to answer requests. */
export interface Desk {
  readonly router: Router;
  readonly world: World;
  readonly journal: Journal;
  readonly faults: Faults;
}

/** The largest body that is taken, in bytes. */
const LARGEST_BODY = 128 * 1024 * 1024;

/** Reads a request, lets it be answered (or struck by a fault), writes the answer and notes it. */
export function createHandler(desk: Desk): Handler {
  return (request, response, door) => {
    exchange(desk, request, response, door).catch(() => response.destroy());
  };
}

async function exchange(
  desk: Desk,
  request: IncomingMessage,
  response: ServerResponse,
  door: Door,
): Promise<void> {
  const begin = performance.now();
  const time = new Date(desk.world.clock.now()).toISOString();
  const method = request.method ?? 'GET';
  const target = targetOf(request);
  const rawBody = await bodyOf(request);
  const fault = desk.faults.strike(method, door.host, target);
  const sent = rawBody && received(method, target, request, rawBody);
  if (sent !== undefined) learnSent(desk.world, door, sent);
  const outcome = sent === undefined ? tooLarge() : await underFault(fault, desk, door, sent);
  if (sent !== undefined && outcome !== 'cut') learnAnswered(desk.world, door, sent, outcome);
  desk.journal.note(
    {
      time,
      door: door.vantage,
      method,
      host: door.host,
      path: target,
      status: outcome === 'cut' ? 0 : outcome.answer.status,
      milliseconds: Math.round(performance.now() - begin),
      route: outcome === 'cut' ? 'fault: reset' : outcome.route,
    },
    outcome === 'cut' || outcome.known,
  );
  if (outcome === 'cut') request.socket.destroy();
  else write(response, outcome.answer, method);
}

async function underFault(
  fault: Fault | undefined,
  desk: Desk,
  door: Door,
  received: Received,
): Promise<Dispatched | 'cut'> {
  if (fault?.kind === 'answer') {
    return { answer: fault.answer, route: 'fault: answer', known: true };
  }
  if (fault?.kind === 'reset' && fault.when === 'before') return 'cut';
  if (fault?.kind === 'delay') await desk.world.clock.sleep(fault.milliseconds);
  const outcome = await dispatch(desk.router, desk.world, door, received);
  return fault?.kind === 'reset' ? 'cut' : outcome;
}

function received(
  method: string,
  target: string,
  request: IncomingMessage,
  rawBody: Buffer,
): Received {
  const [path = '/', ...rest] = target.split('?');
  return {
    method,
    path,
    query: new URLSearchParams(rest.join('?')),
    headers: flat(request),
    rawBody,
  };
}

/** Path and query; proxies get them behind scheme and host. */
function targetOf(request: IncomingMessage): string {
  return (request.url ?? '/').replace(/^https?:\/\/[^/]+/i, '') || '/';
}

function flat(request: IncomingMessage): Record<string, string> {
  const entries = Object.entries(request.headersDistinct);
  return Object.fromEntries(entries.map(([name, values]) => [name, (values ?? []).join(', ')]));
}

/** The whole body, or undefined where it is larger than is taken. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LARGEST_BODY) chunks.push(chunk);
  }
  return size <= LARGEST_BODY ? Buffer.concat(chunks, size) : undefined;
}

function tooLarge(): Dispatched {
  const message = `Local Azure takes bodies of up to ${LARGEST_BODY} bytes.`;
  const answer = { status: 413, body: { error: { code: 'RequestEntityTooLarge', message } } };
  return { answer, route: 'too large', known: true };
}

function write(response: ServerResponse, answer: Answer, method: string): void {
  const { bytes, type } = encodeBody(answer.body);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (type !== undefined && !response.hasHeader('content-type')) {
    response.setHeader('content-type', type);
  }
  const bodiless = method === 'HEAD' || answer.status === 204 || answer.status === 304;
  if (!bodiless) response.setHeader('content-length', bytes.length);
  if (answer.reason === undefined) response.writeHead(answer.status);
  else response.writeHead(answer.status, answer.reason);
  response.end(bodiless ? undefined : bytes);
}
