import { Problem } from '../errors.ts';
import type { Wait } from './arm.ts';
import { AzureProblem, explain, innermost } from './explain.ts';
import { isLost } from './patience.ts';
import type { Exchange, LineTools, Send } from './exchange.ts';
import { startWatch } from './waiting.ts';

/** The request that began an operation. */
export interface Begun {
  readonly method: 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly url: string;
}

/** Where the state of an operation can be asked for, and how to read the answer. */
interface Pending {
  readonly kind: 'status' | 'location' | 'resource';
  readonly url: string;
  /** Where a POST leaves its result, when it is not where it is polled. */
  readonly result?: string;
}

type Outcome =
  | { readonly state: 'running'; readonly seen: string }
  | { readonly state: 'done' }
  | { readonly state: 'failed'; readonly problem: Problem };

/** Polls that may get lost in a row before the operation's own address is given up. */
const toleratedMisses = 10;

/**
 * Waits for the end of a long-running operation, in any of the forms ARM has (Azure-AsyncOperation,
 * Location, provisioningState of the resource), and gives the last answer that carries a result.
 * A poll that is lost does not end the wait; an address that stays lost is replaced by the resource
 * itself. Source: Azure/azure-resource-manager-rpc, "Asynchronous operations".
 */
export async function follow(
  first: Exchange,
  begun: Begun,
  wait: Wait,
  send: Send,
  tools: LineTools,
): Promise<Exchange> {
  let pending = pendingOf(first, begun);
  if (pending === undefined) return first;
  const watch = startWatch(wait, tools);
  let answer: Exchange | undefined = first;
  let seen = 'accepted';
  for (let misses = 0; ;) {
    await watch.pause(seen, answer && secondsOf(answer.headers['retry-after']));
    answer = await pollOnce(send, pending.url);
    if (isMiss(answer, pending, begun)) {
      misses += 1;
      if (answer?.status !== 410 && misses <= toleratedMisses && begun.method !== 'DELETE')
        continue;
      pending = lastResort(pending, begun, wait);
      continue;
    }
    misses = 0;
    const outcome = judge(answer, pending, begun, wait);
    if (outcome.state === 'failed') throw outcome.problem;
    if (outcome.state === 'done') return resultOf(answer, pending, begun, send);
    seen = outcome.seen;
  }
}

function pendingOf(first: Exchange, begun: Begun): Pending | undefined {
  const { headers, status } = first;
  const location = headers['location'];
  const statusUrl = headers['azure-asyncoperation'] ?? headers['operation-location'];
  if (statusUrl !== undefined) {
    return {
      kind: 'status',
      url: statusUrl,
      ...(location === undefined || begun.method !== 'POST' ? {} : { result: location }),
    };
  }
  if (status === 202 && location !== undefined) return { kind: 'location', url: location };
  if (begun.method === 'POST') return undefined;
  const stillRunning = !isTerminal(provisioningState(first));
  return status === 202 || stillRunning ? { kind: 'resource', url: begun.url } : undefined;
}

/** The answer of one poll, or undefined where none came. */
async function pollOnce(send: Send, url: string): Promise<Exchange | undefined> {
  try {
    return await send({ method: 'GET', url });
  } catch (error) {
    if (!isLost(error)) throw error;
    return undefined;
  }
}

function isMiss(
  answer: Exchange | undefined,
  pending: Pending,
  begun: Begun,
): answer is undefined | Exchange {
  if (answer === undefined || answer.status >= 500 || answer.status === 429) return true;
  const gone = answer.status === 404 || answer.status === 410;
  return gone && !(pending.kind === 'resource' && begun.method === 'DELETE');
}

/** The resource itself, where the address of the operation is lost. */
function lastResort(pending: Pending, begun: Begun, { what }: Wait): Pending {
  if (begun.method !== 'POST' && pending.kind !== 'resource') {
    return { kind: 'resource', url: begun.url };
  }
  if (begun.method === 'DELETE') return pending;
  throw new Problem(
    `${what}: Azure no longer says how far it is.`,
    'look at the resource in the Azure portal (Activity log), then run the same command again.',
    { anchor: 'waiting' },
  );
}

function judge(answer: Exchange, pending: Pending, begun: Begun, { what }: Wait): Outcome {
  if (begun.method === 'DELETE' && pending.kind === 'resource') {
    const gone = answer.status === 404 || answer.status === 410;
    return gone ? { state: 'done' } : { state: 'running', seen: 'deleting' };
  }
  if (answer.status >= 400) return { state: 'failed', problem: explain(what, answer) };
  if (pending.kind === 'location' && answer.status === 202) {
    return { state: 'running', seen: 'in progress' };
  }
  const state = pending.kind === 'status' ? statusOf(answer) : provisioningState(answer);
  if (state === undefined || /^succeeded$/i.test(state)) return { state: 'done' };
  if (!isTerminal(state)) return { state: 'running', seen: state };
  return { state: 'failed', problem: endedAs(state, answer, what) };
}

function endedAs(state: string, answer: Exchange, what: string): Problem {
  const cause = innermost(parsed(answer)) ?? innermost(propertiesOf(answer));
  return new AzureProblem(
    what,
    cause ?? { code: state, message: `Azure ended the operation as "${state}" and says no more.` },
    answer.status,
    answer.headers['x-ms-correlation-request-id'],
  );
}

/** After an operation with an address of its own, the result lies elsewhere. */
async function resultOf(
  answer: Exchange,
  pending: Pending,
  begun: Begun,
  send: Send,
): Promise<Exchange> {
  if (begun.method === 'DELETE' || pending.kind === 'resource') return answer;
  if (begun.method === 'POST') {
    return pending.result === undefined ? answer : send({ method: 'GET', url: pending.result });
  }
  return send({ method: 'GET', url: begun.url });
}

function isTerminal(state: string | undefined): boolean {
  return state === undefined || /^(succeeded|failed|cancell?ed)$/i.test(state);
}

function parsed(answer: Exchange): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    return undefined;
  }
}

function propertiesOf(answer: Exchange): Record<string, unknown> | undefined {
  const body = parsed(answer) as { properties?: Record<string, unknown> } | undefined;
  return body?.properties;
}

/** `properties.provisioningState` of a resource, where it has one. */
function provisioningState(answer: Exchange): string | undefined {
  const state = propertiesOf(answer)?.['provisioningState'];
  return typeof state === 'string' ? state : undefined;
}

/** `status` of an operation; without one, the status code decides. */
function statusOf(answer: Exchange): string | undefined {
  const body = parsed(answer) as { status?: unknown } | undefined;
  if (typeof body?.status === 'string') return body.status;
  return provisioningState(answer) ?? (answer.status === 202 ? 'in progress' : undefined);
}

function secondsOf(retryAfter: string | undefined): number | undefined {
  return retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
}
