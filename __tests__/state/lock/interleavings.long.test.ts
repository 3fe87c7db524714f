import { expect, it } from '@jest/globals';
import { playMany, seedOfRun } from './interleavings/many.ts';

it('loses no write, breaks no live lock and recovers each dead one, in 1000 orders of requests', async () => {
  const seed = seedOfRun();
  const { endings, failures } = await playMany(1000, seed);
  console.log(`LOCK_SEED=${seed}: ${JSON.stringify(endings)}`);
  expect(failures).toEqual([]);
  // What a run of ours left is recovered, and not only by chance free.
  expect(endings['recovered']).toBeGreaterThan(50);
}, 900_000);
