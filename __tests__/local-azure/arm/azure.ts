import { allowed } from '../../../local-azure/arm/access.ts';
import { answerOf, authorizationFailed } from '../../../local-azure/arm/errors.ts';
import { textAt } from '../../../local-azure/arm/json.ts';
import type { Json } from '../../../local-azure/arm/json.ts';
import { seedSubscription } from '../../../local-azure/arm/seed.ts';
import { createWorld } from '../../../local-azure/create-world.ts';
import type { Answer, Caller, Operation } from '../../../local-azure/operation.ts';
import { operations as authorization } from '../../../local-azure/operations/authorization/index.ts';
import { operations as registry } from '../../../local-azure/operations/container-registry/index.ts';
import { createDispatch } from '../../../local-azure/operations/deployments/dispatching.ts';
import { operations as deployments } from '../../../local-azure/operations/deployments/index.ts';
import { operations as identity } from '../../../local-azure/operations/identity/index.ts';
import { operations as vault } from '../../../local-azure/operations/key-vault/index.ts';
import { operations as learning } from '../../../local-azure/operations/machine-learning-workspace/index.ts';
import { operations as monitor } from '../../../local-azure/operations/monitor/index.ts';
import { operations as network } from '../../../local-azure/operations/network/index.ts';
import { operations as resources } from '../../../local-azure/operations/resources/index.ts';
import { operations as storage } from '../../../local-azure/operations/storage-account/index.ts';
import { operations as machines } from '../../../local-azure/operations/virtual-machine/index.ts';
import { operations as sites } from '../../../local-azure/operations/web-site/index.ts';
import { createRouter } from '../../../local-azure/router.ts';
import type { Router } from '../../../local-azure/router.ts';
import type { LocalClock, World } from '../../../local-azure/world.ts';

/** Every operation of ARM's core. */
export const operations: readonly Operation[] = [
  ...[authorization, registry, deployments, identity, vault, learning],
  ...[monitor, network, resources, storage, machines, sites],
].flat();

export const SUBSCRIPTION = '/subscriptions/00000000-0000-4000-8000-000000000001';
export const GROUP = `${SUBSCRIPTION}/resourceGroups/lab`;

/** A clock that only moves when somebody sleeps or says so. */
export interface TestClock extends LocalClock {
  advance(seconds: number): void;
}

/** The answer of a request, its body as JSON to look into. */
export interface Reply extends Answer {
  readonly json: Json;
}

/** A small Azure without an entrance. */
export interface Azure {
  readonly world: World;
  readonly clock: TestClock;
  readonly deployer: Caller;
  readonly router: Router;
  /** Sends a request to ARM as the deployer or as somebody else. */
  send(request: string, body?: unknown, options?: SendOptions): Promise<Reply>;
}

export interface SendOptions {
  readonly caller?: Caller;
  readonly headers?: Readonly<Record<string, string>>;
  /** Query without `?`; the api-version comes by itself. */
  readonly query?: string;
  readonly apiVersion?: string | null;
}

/** Starts a world at a pace of Azure's durations; 0 answers at once. */
export function startAzure(pace = 0): Azure {
  const clock = testClock();
  const world = createWorld({
    tenantId: '00000000-0000-4000-8000-00000000000a',
    subscriptionId: SUBSCRIPTION.split('/')[2] ?? '',
    folder: '',
    pace,
    clock,
  });
  const deployer = callerOf(world, '00000000-0000-4000-8000-0000000000dd');
  world.data.set('deployerObjectId', deployer.objectId);
  seedSubscription(world);
  const router = createRouter(operations);
  world.data.set('dispatch', createDispatch(router, world));
  return {
    ...{ world, clock, deployer, router },
    send: (request, body, options) =>
      send({ router, world, deployer }, request, body, options ?? {}),
  };
}

/** A principal of this tenant. */
export function callerOf(world: World, objectId: string): Caller {
  return { objectId, tenantId: world.tenantId, audience: 'https://management.azure.com' };
}

/** A world with the resource group `lab` in it. */
export async function startWithGroup(pace = 0): Promise<Azure> {
  const azure = startAzure(pace);
  await azure.send(`PUT ${GROUP}`, { location: 'westeurope' });
  return azure;
}

async function send(
  { router, world, deployer }: { router: Router; world: World; deployer: Caller },
  request: string,
  body: unknown,
  options: SendOptions,
): Promise<Reply> {
  const [method = '', path = ''] = request.split(' ');
  const query = new URLSearchParams(options.query);
  const { apiVersion = '2025-01-01' } = options;
  if (apiVersion !== null && !query.has('api-version')) query.set('api-version', apiVersion);
  const match = router.find(method, 'management.azure.com', path);
  if (match === undefined) throw new Error(`Not simulated: ${request}`);
  const { operation, params } = match;
  const caller = options.caller ?? deployer;
  if (operation.needs !== undefined && !allowed(world, caller, operation.needs, path)) {
    return withJson(answerOf(authorizationFailed(caller.objectId, operation.needs, path)));
  }
  const answer = await operation.answer(
    {
      ...{ method, path, params, query, caller, body },
      host: 'management.azure.com',
      headers: options.headers ?? {},
      rawBody: Buffer.alloc(0),
      vantage: 'outside',
    },
    world,
  );
  return withJson(structuredClone(answer));
}

function withJson(answer: Answer): Reply {
  return { ...answer, json: (answer.body ?? {}) as Json };
}

/** Follows a `Location` or `Azure-AsyncOperation` until its work has ended; gives the last poll. */
export async function settled(azure: Azure, reply: Reply): Promise<Reply> {
  const poll = reply.headers?.['Azure-AsyncOperation'] ?? reply.headers?.['Location'];
  if (poll === undefined) return reply;
  const url = new URL(poll);
  for (let polls = 0; polls < 1000; polls += 1) {
    const last = await azure.send(`GET ${url.pathname}`, undefined, { query: url.search.slice(1) });
    const status = textAt(last.json, 'status', 'Succeeded');
    if (last.status !== 202 && !/InProgress|Accepted|Running/.test(status)) return last;
    azure.clock.advance(60);
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`The operation of ${poll} does not end.`);
}

/** The error code of an answer. */
export function codeOf(reply: Reply): string {
  return String((reply.json['error'] as Json | undefined)?.['code']);
}

function testClock(): TestClock {
  let now = Date.parse('2026-11-22T12:00:00Z');
  return {
    now: () => now,
    sleep: (milliseconds) => {
      now += milliseconds;
      return new Promise((resolve) => setImmediate(resolve));
    },
    advance: (seconds) => {
      now += seconds * 1000;
    },
  };
}
