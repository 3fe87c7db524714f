import type { PipelinePolicy, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import { Cancelled, messageOf } from '../errors.ts';
import { retry } from '../retry.ts';
import type { LineTools } from './exchange.ts';

/** Seconds before the second, third … attempt, where Azure names none. */
const waits = [1, 2, 4, 8, 16, 30, 30] as const;
/** One attempt, headers and body. */
const attemptSeconds = 100;
/** Longer than this nobody waits for one request: the answer is handed on as it is. */
const longestRetryAfter = 300;
/** An address that cannot be reached at all is not going to appear. */
const attemptsToConnect = 3;

/** Codes that mean "not now" although their status says otherwise. */
const passing = new Set([
  'AnotherOperationInProgress',
  'ConcurrentModification',
  'ExpiredAuthenticationToken',
  'ReferencedResourceNotProvisioned',
  'RetryableError',
  'RetryableErrorDueToAnotherOperation',
  'StorageAccountOperationInProgress',
]);

/**
 * Repeats what is safe to repeat: refusals that pass (429 always; 408 and 5xx of requests that may
 * be sent twice), replies that were lost, tokens that expired on the way. Never earlier than
 * Retry-After says.
 */
export function patiencePolicy(tools: LineTools): PipelinePolicy {
  return {
    name: 'patiencePolicy',
    async sendRequest(request, next) {
      let connects = 0;
      const attempt = async (): Promise<PipelineResponse> => {
        const response = await limited(request, next, tools.cancelled);
        if (isPassing(request, response)) throw new Refused(response);
        return response;
      };
      try {
        return await retry(
          nameOf(request),
          attempt,
          {
            waits,
            worthRetrying: (error) => {
              if (tools.cancelled.aborted) return false;
              if (error instanceof Refused) return !tooLong(error.response, tools);
              if (!isLost(error)) return false;
              if (neverSent(error)) return ++connects < attemptsToConnect;
              return mayRepeat(request);
            },
            retryAfter: (error) =>
              error instanceof Refused ? retryAfterOf(error.response, tools) : undefined,
          },
          tools,
        );
      } catch (error) {
        if (error instanceof Refused) return error.response;
        if (tools.cancelled.aborted && isLost(error)) {
          throw new Cancelled(`Cancelled: ${nameOf(request)}.`, { cause: error });
        }
        throw error;
      }
    },
  };
}

class Refused extends Error {
  readonly response: PipelineResponse;

  constructor(response: PipelineResponse) {
    const code = codeIn(response);
    super(`HTTP ${response.status}${code === undefined ? '' : ` ${code}`}`);
    this.response = response;
  }
}

/** One attempt with a limit of its own, which also ends when the step is cancelled. */
async function limited(
  request: PipelineRequest,
  next: (request: PipelineRequest) => Promise<PipelineResponse>,
  cancelled: AbortSignal,
): Promise<PipelineResponse> {
  request.abortSignal = AbortSignal.any([cancelled, AbortSignal.timeout(attemptSeconds * 1000)]);
  return next(request);
}

/** "GET /subscriptions/…", without the query: it may hold a signature. */
function nameOf(request: PipelineRequest): string {
  const { host, pathname } = new URL(request.url);
  return `${request.method} ${host}${pathname}`;
}

/** POST changes things anew each time, except where it only asks. */
function mayRepeat({ method, url }: PipelineRequest): boolean {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  return method !== 'POST' || /^(list|check|whatIf|validate)/i.test(last);
}

function isPassing(request: PipelineRequest, response: PipelineResponse): boolean {
  const { status } = response;
  if (status < 400) return false;
  if (status === 429) return true;
  if ((status >= 500 && status !== 501 && status !== 505) || status === 408) {
    return mayRepeat(request);
  }
  return passing.has(codeIn(response) ?? '');
}

function codeIn(response: PipelineResponse): string | undefined {
  return /"code"\s*:\s*"([^"]{1,100})"/.exec(response.bodyAsText ?? '')?.[1];
}

/** The seconds Retry-After asks for, as a number or a date; measured by the sender's own clock where it tells it. */
export function retryAfterOf(
  { headers }: { readonly headers: { get(name: string): string | undefined } },
  { clock }: Pick<LineTools, 'clock'>,
): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const until = Date.parse(text);
  if (Number.isNaN(until)) return undefined;
  const sent = Date.parse(headers.get('date') ?? '');
  return Math.max(0, Math.ceil((until - (Number.isNaN(sent) ? clock.now() : sent)) / 1000));
}

function tooLong(response: PipelineResponse, tools: LineTools): boolean {
  return (retryAfterOf(response, tools) ?? 0) > longestRetryAfter;
}

/** No answer, or only a part of one. */
export function isLost(error: unknown): boolean {
  return error instanceof Error && ['RestError', 'AbortError'].includes(error.name);
}

function neverSent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return (
    ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(
      String(code),
    ) || /CERT|self.signed/i.test(messageOf(error))
  );
}
