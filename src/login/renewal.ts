/** Anything that ends at a known time, in milliseconds since the epoch. */
interface Dated {
  readonly endsAt: number;
}

/** When to renew what begins and ends at these times: `marginSeconds` before its end, or after two thirds of a short life. */
export function staleAt(began: number, endsAt: number, marginSeconds: number): number {
  return endsAt - Math.min(marginSeconds * 1000, (endsAt - began) / 3);
}

/**
 * Keeps a value until shortly before its end: `marginSeconds`, or a third of its life where that is
 * shorter. Callers who come while it is renewed wait for the same renewal.
 */
export function keptUntilStale<T extends Dated>(
  renew: () => Promise<T>,
  marginSeconds: number,
  now: () => number,
): () => Promise<T> {
  let value: T | undefined;
  let renewAt = 0;
  let renewal: Promise<T> | undefined;
  const fresh = async (): Promise<T> => {
    const began = now();
    const next = await renew();
    renewAt = staleAt(began, next.endsAt, marginSeconds);
    value = next;
    return next;
  };
  return () => {
    if (value !== undefined && now() < renewAt) return Promise.resolve(value);
    renewal ??= fresh().finally(() => {
      renewal = undefined;
    });
    return renewal;
  };
}
