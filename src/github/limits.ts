/** What of an answer tells a rate limit. Header names are in lower case. */
export interface Limited {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly message: string;
}

/** Seconds to wait where GitHub names none. */
const unnamed = 60;

/**
 * Seconds until GitHub takes the next request; undefined where the answer is no rate limit. The order
 * is GitHub's own (docs.github.com, "Best practices for using the REST API", handling rate limits):
 * `retry-after`, else `x-ratelimit-reset` where nothing remains, else at least a minute. The time is
 * the server's own where it says it: this machine's clock may be wrong.
 */
export function limitSeconds(
  { status, headers, message }: Limited,
  now: number,
): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = numberOf(headers['retry-after']);
  if (after !== undefined) return after;
  const reset = numberOf(headers['x-ratelimit-reset']);
  if (numberOf(headers['x-ratelimit-remaining']) === 0 && reset !== undefined) {
    const theirs = Date.parse(String(headers['date'] ?? ''));
    // One second more: both are cut to whole seconds.
    return Math.max(Math.ceil(reset - (Number.isNaN(theirs) ? now : theirs) / 1000), 0) + 1;
  }
  return status === 429 || /rate limit/i.test(message) ? unnamed : undefined;
}

function numberOf(value: string | number | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}
