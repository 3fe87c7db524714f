import { randomUUID } from 'node:crypto';
import type { Answer, Call } from '../operation.ts';
import type { RunningOperation, World } from '../world.ts';
import { ArmError, asArmError, detailOf } from './errors.ts';
import { keptIn } from '../world.ts';

/** The longest a poll is held back (milliseconds): some clients poll without a pause. */
const LONGEST_HOLD = 250;

/** A long-running operation of ARM as it was begun. */
export interface Started extends RunningOperation {
  readonly startedAt: number;
}

/** Where the polls of an operation lie. */
export interface PollPlace {
  readonly subscription: string;
  readonly namespace: string;
  readonly location: string;
  readonly apiVersion: string;
}

/**
 * Begins work that takes Azure about `seconds`, scaled by the world's pace. `end` is called once,
 * when the time is over; what it returns is the body at `Location`, and an ArmError it throws makes
 * the operation fail.
 */
export function begin(world: World, seconds: number, end: () => unknown): Started {
  const startedAt = world.clock.now();
  let ended: ReturnType<RunningOperation['outcome']> | undefined;
  const started: Started = {
    id: randomUUID(),
    startedAt,
    endsAt: startedAt + seconds * 1000 * world.pace,
    outcome: () => (ended ??= outcomeOf(end)),
  };
  world.operations.set(started.id, started);
  unsettled(world).add(started);
  settle(world);
  return started;
}

/** True once the operation's time is over. */
export function hasEnded(world: World, operation: RunningOperation): boolean {
  return world.clock.now() >= operation.endsAt;
}

/** Ends every operation whose time is over. Called before each request of ARM is answered. */
export function settle(world: World): void {
  const now = world.clock.now();
  for (const operation of unsettled(world)) {
    if (operation.endsAt > now) continue;
    unsettled(world).delete(operation);
    operation.outcome();
  }
}

/** The headers that lead a client to the polls: `Azure-AsyncOperation` for the status, `Location` for the result. */
export function pollHeaders(
  world: World,
  operation: RunningOperation,
  place: PollPlace,
  kinds: readonly ('Azure-AsyncOperation' | 'Location')[],
): Record<string, string> {
  const base = `https://management.azure.com/subscriptions/${place.subscription}/providers/${place.namespace}/locations/${place.location}`;
  const query = `?api-version=${place.apiVersion}`;
  const urls = {
    'Azure-AsyncOperation': `${base}/operations/${operation.id}${query}`,
    Location: `${base}/operationResults/${operation.id}${query}`,
  };
  return Object.fromEntries([
    ...kinds.map((kind) => [kind, urls[kind]]),
    ['Retry-After', String(retryAfter(world, operation))],
  ]) as Record<string, string>;
}

/** What a poll of the status (`Azure-AsyncOperation`) answers. */
export async function pollStatus(call: Call, world: World): Promise<Answer> {
  const operation = await awaited(call, world);
  const base = {
    id: call.path,
    name: operation.id,
    startTime: new Date(startOf(operation)).toISOString(),
  };
  if (!hasEnded(world, operation)) {
    const headers = { 'Retry-After': String(retryAfter(world, operation)) };
    return { status: 200, headers, body: { ...base, status: 'InProgress' } };
  }
  const { status, error, body } = operation.outcome();
  const endTime = new Date(operation.endsAt).toISOString();
  const extra = error === undefined ? (body === undefined ? {} : { properties: body }) : { error };
  return { status: 200, body: { ...base, status, endTime, ...extra } };
}

/** What a poll of the result (`Location`) answers: 202 until the end, then the result itself. */
export async function pollResult(call: Call, world: World): Promise<Answer> {
  const operation = await awaited(call, world);
  if (!hasEnded(world, operation)) {
    const headers = { Location: whole(call), 'Retry-After': String(retryAfter(world, operation)) };
    return { status: 202, headers };
  }
  const { status, error, body } = operation.outcome();
  if (status !== 'Succeeded') return { status: 409, body: { error } };
  return body === undefined ? { status: 204 } : { status: 200, body };
}

/** Holds an answer back for a moment while an operation runs, so that clients told not to wait do not spin. */
export async function hold(world: World, operation: RunningOperation): Promise<void> {
  const left = operation.endsAt - world.clock.now();
  if (left <= 0) return;
  await world.clock.sleep(Math.min(left, LONGEST_HOLD));
  settle(world);
}

async function awaited(call: Call, world: World): Promise<RunningOperation> {
  const operation = world.operations.get(call.params['operation'] ?? '');
  if (operation === undefined) {
    throw new ArmError(404, 'OperationNotFound', `The operation '${call.path}' was not found.`);
  }
  await hold(world, operation);
  return operation;
}

function retryAfter(world: World, operation: RunningOperation): number {
  const left = operation.endsAt - world.clock.now();
  return Math.max(0, Math.min(10, Math.floor(left / 1000)));
}

function startOf(operation: RunningOperation): number {
  return 'startedAt' in operation ? (operation as Started).startedAt : operation.endsAt;
}

function whole(call: Call): string {
  return `https://${call.host}${call.path}?${call.query.toString()}`;
}

function outcomeOf(end: () => unknown): ReturnType<RunningOperation['outcome']> {
  try {
    const body = end();
    return body === undefined ? { status: 'Succeeded' } : { status: 'Succeeded', body };
  } catch (thrown) {
    return { status: 'Failed', error: detailOf(asArmError(thrown)) };
  }
}

/** Operations whose end has not been acted on yet. */
function unsettled(world: World): Set<Started> {
  return keptIn(world, 'unsettledOperations', () => new Set());
}
