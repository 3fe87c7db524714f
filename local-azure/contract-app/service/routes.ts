import type { IncomingHttpHeaders } from 'node:http';
import type { Azure } from './azure.ts';
import * as replies from './replies.ts';
import type { Reply } from './replies.ts';
import { outcomeOf, startScoring } from './scoring.ts';
import type { Settings } from './settings.ts';

/** A request as the routes see it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the routes work with. `extra` is what a cancelled run leaves in every later 500. */
export interface Service {
  readonly settings: Settings;
  readonly azure: Azure;
  extra: string | undefined;
}

/** WSGI knows no difference between `_` and `-` in names of headers. */
function keyRefusal(service: Service, headers: IncomingHttpHeaders): Reply | undefined {
  const key = headers['api_auth_secret'] ?? headers['api-auth-secret'];
  // An empty one is there, and wrong.
  if (key === undefined) return replies.keyMissing;
  return key === service.settings.passKey ? undefined : replies.keyWrong;
}

async function start(service: Service, model: string, image: Buffer): Promise<Reply> {
  const run = await startScoring(service.azure, service.settings, model, image);
  return run === undefined ? replies.notFound('InvalidModelId') : replies.started(run);
}

async function results(service: Service, run: string): Promise<Reply> {
  const outcome = await outcomeOf(service.azure, run);
  switch (outcome.kind) {
    case 'pending':
      return replies.empty(202);
    case 'segmentation':
      return replies.result(outcome.zip);
    case 'bad-zip':
      return replies.badZip;
    case 'unknown':
      return replies.notFound('InvalidRunId');
    case 'cancelled':
      service.extra = 'RunCancelled';
      return replies.internalError(service.extra);
    case 'failed':
      return replies.internalError(service.extra);
  }
}

interface Route {
  readonly path: RegExp;
  readonly methods: readonly string[];
  readonly open?: boolean;
  answer(service: Service, name: string, body: Buffer): Reply | Promise<Reply>;
}

const routes: readonly Route[] = [
  { path: /^\/$/, methods: ['GET', 'HEAD'], open: true, answer: () => replies.healthy },
  { path: /^\/v1\/ping$/, methods: ['GET', 'HEAD'], answer: () => replies.empty(200) },
  { path: /^\/v1\/model\/start\/([^/]+)$/, methods: ['POST'], answer: start },
  { path: /^\/v1\/model\/results\/([^/]+)$/, methods: ['GET', 'HEAD'], answer: results },
];

/** Answers one request by the contract; whatever goes wrong on the way is a 500. */
export async function answer(service: Service, asked: Asked): Promise<Reply> {
  for (const route of routes) {
    const match = route.path.exec(asked.path);
    if (match === null) continue;
    const allow = [...route.methods, 'OPTIONS'].join(', ');
    if (asked.method === 'OPTIONS') return replies.options(allow);
    if (!route.methods.includes(asked.method)) return replies.wrongMethod(allow);
    const refusal = route.open === true ? undefined : keyRefusal(service, asked.headers);
    if (refusal !== undefined) return refusal;
    try {
      return await route.answer(service, decodeURIComponent(match[1] ?? ''), asked.body);
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      return replies.internalError(service.extra);
    }
  }
  return replies.noRoute;
}
