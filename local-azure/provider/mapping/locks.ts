const tails = new Map<string, Promise<unknown>>();

/** Runs `work` when nobody else holds `key` any more: parallel writes to one network would be lost. */
export async function alone<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
  const lower = key.toLowerCase();
  const before = tails.get(lower) ?? Promise.resolve();
  const mine = before.then(work, work);
  tails.set(
    lower,
    mine.catch(() => undefined),
  );
  return mine;
}

/** The virtual network that a subnet's id names. */
export function networkOf(subnetId: string): string {
  return subnetId.split(/\/subnets\//i)[0] as string;
}
