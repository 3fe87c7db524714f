import { expect, it } from '@jest/globals';
import { playMany, seedOfRun } from './interleavings/many.ts';

it('loses no write, breaks no live lock and recovers each dead one, in 50 orders of requests', async () => {
  const seed = seedOfRun();
  console.log(`LOCK_SEED=${seed}`);
  const { failures } = await playMany(50, seed);
  expect(failures).toEqual([]);
}, 120_000);
