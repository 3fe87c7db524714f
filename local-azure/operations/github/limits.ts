import type { Answer, Call } from '../../operation.ts';
import type { World } from '../../world.ts';

/** A rate limit as GitHub tells it ("Rate limits for the REST API", docs.github.com). */
export interface RateLimit {
  /** `primary`: the quota of the hour is used up; `secondary`: too much at once. */
  readonly kind: 'primary' | 'secondary';
  readonly status: 403 | 429;
  /** How long it lasts, from the request that meets it first. */
  readonly seconds: number;
}

/** What was asked for while a limit held. */
export interface LimitRecord {
  /** When it ends, in milliseconds since the epoch; undefined until a request has met it. */
  until: number | undefined;
  /** Requests that came before its end although the first one had been told. */
  early: number;
}

interface Kept {
  readonly limit: RateLimit;
  readonly record: LimitRecord;
}

const KEY = 'github-rate-limit';

/** GitHub's limit on content that is made: requests that write, in so many seconds. */
export interface ContentLimit {
  readonly writes: number;
  readonly seconds: number;
  /** How many of them somebody else has made at the moment of the first. */
  readonly used?: number;
}

/** What was written, and what was refused, while contents were limited. */
export interface ContentRecord extends LimitRecord {
  refused: number;
}

interface KeptContent {
  readonly limit: ContentLimit;
  readonly record: ContentRecord;
  /** When each of the last writes was let through. */
  written?: number[];
}

const CONTENT_KEY = 'github-content-limit';

/** "No more than 80 content-generating requests per minute" (docs.github.com, secondary rate limits). */
const usual: ContentLimit = { writes: 80, seconds: 60 };

/** Switches on the limit on contents; gives the record of what happens then. */
export function limitContents(world: World, limit: ContentLimit = usual): ContentRecord {
  const record: ContentRecord = { until: undefined, early: 0, refused: 0 };
  world.data.set(CONTENT_KEY, { limit, record } satisfies KeptContent);
  return record;
}

/** Lets the next request to the REST API meet a limit; gives the record of what happens then. */
export function limitRequests(world: World, limit: RateLimit): LimitRecord {
  const record: LimitRecord = { until: undefined, early: 0 };
  world.data.set(KEY, { limit, record } satisfies Kept);
  return record;
}

/** The refusal of a request, where a limit holds. */
export function limitRefusal(call: Call, world: World): Answer | undefined {
  return requestRefusal(world) ?? (call.method === 'GET' ? undefined : contentRefusal(world));
}

function contentRefusal(world: World): Answer | undefined {
  const kept = world.data.get(CONTENT_KEY) as KeptContent | undefined;
  if (kept === undefined) return undefined;
  const { limit, record } = kept;
  const now = world.clock.now();
  const written = (kept.written ??= Array.from({ length: limit.used ?? 0 }, () => now));
  const span = limit.seconds * 1000;
  while (written[0] !== undefined && written[0] <= now - span) written.shift();
  if (written.length < limit.writes) {
    record.until = undefined;
    written.push(now);
    return undefined;
  }
  record.refused += 1;
  if (record.until !== undefined && now < record.until) record.early += 1;
  record.until = (written[0] ?? now) + span;
  return refusalOf({ kind: 'secondary', status: 403, seconds: 0 }, record.until, now);
}

function requestRefusal(world: World): Answer | undefined {
  const kept = world.data.get(KEY) as Kept | undefined;
  if (kept === undefined) return undefined;
  const { limit, record } = kept;
  const now = world.clock.now();
  if (record.until === undefined) record.until = now + limit.seconds * 1000;
  else if (now < record.until) record.early += 1;
  else return undefined;
  return refusalOf(limit, record.until, now);
}

function refusalOf({ kind, status }: RateLimit, until: number, now: number): Answer {
  const common = { 'content-type': 'application/json; charset=utf-8', date: dateOf(now) };
  const documentation_url = 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api';
  if (kind === 'primary') {
    const reset = String(Math.ceil(until / 1000));
    const quota = { 'x-ratelimit-limit': '1000', 'x-ratelimit-remaining': '0' };
    const message = 'API rate limit exceeded for installation.';
    const headers = { ...common, ...quota, 'x-ratelimit-reset': reset };
    return { status, headers, body: { message, documentation_url } };
  }
  const message =
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
  const headers = { ...common, 'retry-after': String(Math.ceil((until - now) / 1000)) };
  return { status, headers, body: { message, documentation_url } };
}

function dateOf(now: number): string {
  return new Date(now).toUTCString();
}
