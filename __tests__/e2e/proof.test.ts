import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { builtIn, grant } from '../../local-azure/arm/seed.ts';
import { buildContractPackage } from '../../local-azure/contract-app/index.ts';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import { openStranger } from '../../local-azure/demo/stranger.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';
import type { Hand, Names } from './mutations.ts';
import { handOver } from './mutations.ts';
import { openings } from './openings.ts';

/** Each way takes four seconds: `npm run check:long` tries all, `npm test` so many of them. */
const WAYS = process.env['LONG_TESTS'] === '1' ? openings.length : 10;
/** `PROOF_SEED` repeats a choice. */
const seed = Number(process.env['PROOF_SEED'] ?? Math.floor(Math.random() * 1_000_000));
const [chosen = []] = fc.sample(
  fc.shuffledSubarray([...openings], { minLength: WAYS, maxLength: WAYS }),
  { seed, numRuns: 1 },
);

let site: Site;
let hand: Hand;
let names: Names;

beforeAll(async () => {
  site = await openSite();
  const inputs = { 'inference-package': await buildContractPackage(site.folder) };
  const { code, log } = await site.step('deploy', inputs);
  if (code !== 0) throw new Error(log);
  const stranger = await openStranger(site.azure.environment);
  const all = await stranger.everything();
  const last = (type: string) =>
    all
      .find((id) => id.includes(`/innereye-demo/providers/${type}/`))
      ?.split('/')
      .at(-1) ?? '';
  names = {
    storage: last('Microsoft.Storage/storageAccounts'),
    vault: last('Microsoft.KeyVault/vaults'),
    registry: last('Microsoft.ContainerRegistry/registries'),
    workspace: last('Microsoft.MachineLearningServices/workspaces'),
    app: last('Microsoft.Web/sites'),
  };
  const subscription = `/subscriptions/${site.azure.environment['ARM_SUBSCRIPTION_ID'] ?? ''}`;
  hand = handOver(stranger, `${subscription}/resourceGroups/innereye-demo`);
}, 240_000);
afterAll(() => site.close());

/** Names of the checks that do not hold, from the evidence that the step left. */
function broken({ outputs }: StepResult): string[] {
  const text = readFileSync(outputs['evidence'] ?? '', 'utf8');
  const { result } = JSON.parse(text) as {
    result: { evidence: { check: string; result: string }[] };
  };
  return result.evidence
    .filter((one) => one.result === 'hole' || one.result === 'unproven')
    .map(({ check }) => check);
}

describe(`the proof of a deployed environment (PROOF_SEED=${seed})`, () => {
  it('holds', async () => {
    const { code, log, summary } = await site.step('verify');
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(summary).toContain('## The network of demo: closed\n');
    expect(summary).toContain('```mermaid');
    // Whoever opens doors below may do more than the role of the deployer lets it do.
    const { world } = site.azure;
    grant(world, String(world.data.get('deployerObjectId')), builtIn.owner);
  }, 60_000);

  it.each(chosen)(
    'breaks where %s, and holds again afterwards',
    async (_, opening, found) => {
      const close = await opening(hand, names);
      try {
        const result = await site.step('verify');
        expect(result.code).toBe(1);
        expect(broken(result)).toEqual(expect.arrayContaining([...found]));
      } finally {
        await close();
      }
    },
    60_000,
  );

  it('holds at the end', async () => {
    const { code, log } = await site.step('verify');
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(site.azure.journal.unknown).toEqual([]);
  }, 60_000);
});
