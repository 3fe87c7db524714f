import { randomUUID } from 'node:crypto';
import { allowed } from '../arm/access.ts';
import type { Answer, Call, Caller, Operation } from '../operation.ts';
import type { Match, Router } from '../router.ts';
import type { World } from '../world.ts';
import { verifyToken } from './access-token.ts';
import { decodeBody } from './body.ts';
import { reachedPage } from './reached.ts';
import { subscriptionRefusal, forbidden, unauthorized } from './refusals.ts';

/** Through which door a request came, and for which host it was meant. */
export interface Door {
  readonly vantage: 'outside' | 'inside';
  readonly host: string;
  /** Who stands behind an inside request (a machine's resource id); opaque to the entrance. */
  readonly source?: string;
  /** The address that the service sees, where it is not the runner's. */
  readonly clientAddress?: string;
  /** The subnet behind a service endpoint. */
  readonly subnetId?: string;
}

/** A request with its whole body. */
export interface Received {
  readonly method: string;
  /** Path without query, as sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
}

/** What was answered, by which route, and whether that is something we simulate at all. */
export interface Dispatched {
  readonly answer: Answer;
  readonly route: string;
  readonly known: boolean;
}

export const ARM_HOST = 'management.azure.com';

/** Finds the operation, checks token and role, and lets it answer. Never throws. */
export async function dispatch(
  router: Router,
  world: World,
  door: Door,
  received: Received,
): Promise<Dispatched> {
  const match = router.find(received.method, door.host, received.path);
  if (!match) {
    return door.source !== undefined && router.ofHost(door.host).length === 0
      ? merelyReached()
      : notSimulated(received.method, door.host, received.path);
  }
  const route = `${match.operation.host} ${match.operation.route}`;
  try {
    const answer = await answerOf(match, world, door, received);
    return { answer: withIds(answer, door.host, received.headers), route, known: true };
  } catch (error) {
    return { answer: defect(error), route: `${route} (threw)`, known: true };
  }
}

async function answerOf(
  match: Match,
  world: World,
  door: Door,
  received: Received,
): Promise<Answer> {
  const { operation, params } = match;
  const { method, path, query, headers, rawBody } = received;
  const caller = await callerOf(operation, world, door, received);
  if (caller && 'status' in caller) return caller;
  if (door.host === ARM_HOST) {
    const refusal = subscriptionRefusal(world, path);
    if (refusal) return refusal;
  }
  if (operation.needs && caller && !allowed(world, caller, operation.needs, path)) {
    return forbidden(caller.objectId, operation.needs, path);
  }
  const body = decodeBody(headers['content-type'], rawBody);
  if (body.problem !== undefined) return invalidContent(body.problem);
  const call: Call = {
    method,
    host: door.host,
    params,
    query,
    headers,
    body: body.value,
    rawBody,
    caller,
    path,
    vantage: door.vantage,
    source: door.source,
    clientAddress: door.clientAddress,
    subnetId: door.subnetId,
  };
  return operation.answer(call, world);
}

async function callerOf(
  operation: Operation,
  world: World,
  door: Door,
  received: Received,
): Promise<Caller | Answer | undefined> {
  if (operation.audience === undefined) return undefined;
  const { authorization } = received.headers;
  const verified = await verifyToken(world, authorization, operation.audience);
  return 'reason' in verified ? unauthorized(world, door.host, verified) : verified;
}

/** What is let out of the network must be seen to arrive, also where nobody here simulates it. */
function merelyReached(): Dispatched {
  const answer = { status: 200, headers: { 'content-type': 'text/html' }, body: reachedPage };
  return { answer, route: 'reached, not simulated', known: true };
}

function notSimulated(method: string, host: string, path: string): Dispatched {
  const message = `Local Azure does not simulate ${method} https://${host}${path}.`;
  const body = { error: { code: 'NotSimulated', message } };
  return { answer: { status: 501, body }, route: 'not simulated', known: false };
}

function invalidContent(problem: string): Answer {
  const message = `The request content was invalid and could not be deserialized: '${problem}'.`;
  return { status: 400, body: { error: { code: 'InvalidRequestContent', message } } };
}

/** An operation that throws is a defect of Local Azure; the stack helps to mend it. */
function defect(error: unknown): Answer {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { status: 500, body: { error: { code: 'LocalAzureDefect', message } } };
}

function withIds(answer: Answer, host: string, sent: Readonly<Record<string, string>>): Answer {
  if (/\.github(usercontent)?\.com$/.test(host)) {
    return { ...answer, headers: { 'x-github-request-id': randomUUID(), ...answer.headers } };
  }
  const headers: Record<string, string> = {
    'x-ms-request-id': randomUUID(),
    'x-ms-correlation-request-id': sent['x-ms-correlation-request-id'] ?? randomUUID(),
    // Without it azurerm waits ten seconds between two polls of an operation.
    ...(host === ARM_HOST ? { 'x-go-azure-sdk-skip-polling-delay': 'true' } : {}),
  };
  return { ...answer, headers: { ...headers, ...answer.headers } };
}
