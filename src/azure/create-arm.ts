import type { TokenCredential } from '@azure/core-auth';
import { Problem } from '../errors.ts';
import type { Arm, Resource, Wait } from './arm.ts';
import { explain } from './explain.ts';
import { follow } from './operation.ts';
import type { Begun } from './operation.ts';
import { openLine, scopes } from './pipeline.ts';
import type { Exchange, LineTools, Send } from './exchange.ts';

export const managementEndpoint = 'https://management.azure.com';

/** Where no wait is given: long enough for everything but firewalls, gateways and computes. */
const usualDeadline = 900;

/**
 * The Azure Resource Manager over one line with one credential. Requests end when
 * `tools.cancelled` fires; clean-up after a cancel needs an Arm with a signal of its own.
 */
export function createArm(credential: TokenCredential, tools: LineTools): Arm {
  const send = guarded(openLine(credential, scopes.management, tools));
  const change = changer(send, tools);
  return {
    async get<T = Resource>(path: string, apiVersion: string) {
      const answer = await send({ method: 'GET', url: addressOf(path, apiVersion) });
      if (answer.status === 404) return undefined;
      return bodyOf<T>(`Reading ${pathOf(path)}`, answer);
    },
    list: <T = Resource>(path: string, apiVersion: string) => listAll<T>(send, path, apiVersion),
    put: <T = Resource>(path: string, apiVersion: string, body: unknown, wait?: Wait) =>
      change<T>('PUT', path, apiVersion, body, wait),
    patch: <T = Resource>(path: string, apiVersion: string, body: unknown, wait?: Wait) =>
      change<T>('PATCH', path, apiVersion, body, wait),
    post: <T = unknown>(path: string, apiVersion: string, body?: unknown, wait?: Wait) =>
      change<T>('POST', path, apiVersion, body, wait),
    async postForBytes(path, apiVersion) {
      const answer = await send({ method: 'POST', url: addressOf(path, apiVersion), binary: true });
      if (answer.status === 204 || answer.status === 404) return undefined;
      if (answer.status >= 400) throw explain(`Calling ${pathOf(path)}`, answer);
      return answer.bytes;
    },
    async delete(path, apiVersion, wait) {
      await change('DELETE', path, apiVersion, undefined, wait);
    },
  };
}

type Change = <T>(
  method: Begun['method'],
  path: string,
  apiVersion: string,
  body: unknown,
  wait: Wait | undefined,
) => Promise<T>;

const verbs = { PUT: 'Creating', PATCH: 'Changing', POST: 'Calling', DELETE: 'Deleting' } as const;

function changer(send: Send, tools: LineTools): Change {
  return async <T>(
    method: Begun['method'],
    path: string,
    apiVersion: string,
    body: unknown,
    wait: Wait | undefined,
  ) => {
    const url = addressOf(path, apiVersion);
    const patience = wait ?? {
      what: `${verbs[method]} ${pathOf(path)}`,
      deadlineSeconds: usualDeadline,
    };
    const first = await send({ method, url, ...jsonOf(body) });
    if (method === 'DELETE' && first.status === 404) return undefined as T;
    if (first.status >= 400) throw explain(patience.what, first);
    const last = await follow(first, { method, url }, patience, send, tools);
    return method === 'DELETE' ? (undefined as T) : bodyOf<T>(patience.what, last);
  };
}

function jsonOf(body: unknown): { body?: string; headers?: Record<string, string> } {
  if (body === undefined) return {};
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

async function listAll<T>(send: Send, path: string, apiVersion: string): Promise<readonly T[]> {
  const found: T[] = [];
  let next: string | undefined = addressOf(path, apiVersion);
  while (next !== undefined) {
    const answer = await send({ method: 'GET', url: next });
    // An answer without a body is an empty page.
    const page = bodyOf<{ value?: T[]; nextLink?: string | null } | undefined>(
      `Listing ${pathOf(path)}`,
      answer,
    );
    found.push(...(page?.value ?? []));
    next = page?.nextLink || undefined;
  }
  return found;
}

function bodyOf<T>(what: string, answer: Exchange): T {
  if (answer.status >= 400) throw explain(what, answer);
  if (answer.text.trim() === '') return undefined as T;
  try {
    return JSON.parse(answer.text) as T;
  } catch (error) {
    throw new Problem(
      `${what}: the answer is no JSON; it begins with ${JSON.stringify(answer.text.slice(0, 80))}.`,
      'something between this runner and Azure changed the answer, such as a proxy with a page of its own; look at its settings.',
      { cause: error, anchor: 'proxy' },
    );
  }
}

function addressOf(path: string, apiVersion: string): string {
  const url = new URL(path, managementEndpoint);
  url.searchParams.set('api-version', apiVersion);
  url.search = url.search.replaceAll('+', '%20'); // filters are read literally in places
  return url.href;
}

function pathOf(path: string): string {
  return new URL(path, managementEndpoint).pathname;
}

/** Links that Azure hands out are followed only where the token belongs. */
function guarded(send: Send): Send {
  return (ask) => {
    const { protocol, hostname } = new URL(ask.url);
    const ours = hostname === 'management.azure.com' || hostname.endsWith('.management.azure.com');
    if (protocol === 'https:' && ours) return send(ask);
    throw new Problem(
      `Azure's answer pointed to ${protocol}//${hostname}, which is not the Resource Manager.`,
      'nothing was sent there. Look at the proxy between this runner and Azure.',
      { anchor: 'proxy' },
    );
  };
}
