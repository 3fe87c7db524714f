/** Anything that ends at a known time, in milliseconds since the epoch. */
interface Dated {
  readonly endsAt: number;
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
  let staleAt = 0;
  let renewal: Promise<T> | undefined;
  const fresh = async (): Promise<T> => {
    const began = now();
    const next = await renew();
    const life = next.endsAt - began;
    staleAt = next.endsAt - Math.min(marginSeconds * 1000, life / 3);
    value = next;
    return next;
  };
  return () => {
    if (value !== undefined && now() < staleAt) return Promise.resolve(value);
    renewal ??= fresh().finally(() => {
      renewal = undefined;
    });
    return renewal;
  };
}
