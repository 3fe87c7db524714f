import type { Operation } from './operation.ts';

/** An operation and what its route took from the path. */
export interface Match {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the operation for a request; hosts and paths compare without case. */
export interface Router {
  find(method: string, host: string, path: string): Match | undefined;
  /** All operations of a host: the ones that could speak for it. */
  ofHost(host: string): readonly Operation[];
}

interface Segment {
  readonly kind: 'literal' | 'named' | 'rest';
  readonly text: string;
}

interface Route {
  readonly operation: Operation;
  readonly method: string;
  readonly segments: readonly Segment[];
}

/**
 * Builds a router. The method `ANY` takes every method, but a route that names the method wins; of
 * two routes that fit, the one with a literal where the other has a name (or the rest) wins, from
 * left to right. Of the hosts that fit, only the one with the fewest stars speaks.
 */
export function createRouter(operations: readonly Operation[]): Router {
  const byHost = new Map<string, Route[]>();
  for (const operation of operations) {
    const host = operation.host.toLowerCase();
    byHost.set(host, [...(byHost.get(host) ?? []), compile(operation)]);
  }
  for (const routes of byHost.values()) routes.sort(mostSpecificFirst);
  const patterns = [...byHost.keys()].sort((a, b) => stars(a) - stars(b));
  const routesOf = (host: string): readonly Route[] => {
    const labels = host.toLowerCase().split('.');
    return byHost.get(patterns.find((pattern) => fitsHost(pattern, labels)) ?? '') ?? [];
  };
  return {
    ofHost: (host) => routesOf(host).map((route) => route.operation),
    find(method, host, path) {
      const parts = split(path);
      for (const route of routesOf(host)) {
        if (route.method !== 'ANY' && route.method !== method) continue;
        const params = fit(route.segments, parts);
        if (params) return { operation: route.operation, params };
      }
      return undefined;
    },
  };
}

function stars(pattern: string): number {
  return pattern.split('*').length;
}

/** Each `*` of a pattern stands for one label. */
function fitsHost(pattern: string, labels: readonly string[]): boolean {
  const wanted = pattern.split('.');
  return (
    wanted.length === labels.length &&
    wanted.every((label, index) => label === '*' || label === labels[index])
  );
}

function compile(operation: Operation): Route {
  const [method, path] = operation.route.split(' ');
  if (!method || !path?.startsWith('/')) {
    throw new Error(`Not a route: '${operation.route}' of ${operation.host}`);
  }
  return { operation, method, segments: split(path).map(segment) };
}

function segment(text: string): Segment {
  const name = /^\{(\w+)(\.\.\.)?\}$/.exec(text);
  if (!name?.[1]) return { kind: 'literal', text: text.toLowerCase() };
  return { kind: name[2] ? 'rest' : 'named', text: name[1] };
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function fit(
  segments: readonly Segment[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'rest') {
      params[segment.text] = parts.slice(index).map(decoded).join('/');
      return params;
    }
    const part = parts[index];
    if (part === undefined) return undefined;
    if (segment.kind === 'named') params[segment.text] = decoded(part);
    else if (segment.text !== decoded(part).toLowerCase()) return undefined;
  }
  return segments.length === parts.length ? params : undefined;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const RANK = { literal: 0, named: 1, rest: 2 } as const;

function mostSpecificFirst(a: Route, b: Route): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let index = 0; index < length; index += 1) {
    const difference = rankAt(a, index) - rankAt(b, index);
    if (difference !== 0) return difference;
  }
  return Number(a.method === 'ANY') - Number(b.method === 'ANY');
}

/** A route that has ended ranks before one whose rest may be empty. */
function rankAt(route: Route, index: number): number {
  const segment = route.segments[index];
  return segment ? RANK[segment.kind] : -1;
}
