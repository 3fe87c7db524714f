import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildContractPackage } from '../../local-azure/contract-app/index.ts';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import { openStranger } from '../../local-azure/demo/stranger.ts';
import type { Stranger } from '../../local-azure/demo/stranger.ts';
import type { StoredResource } from '../../local-azure/world.ts';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';

let site: Site;
let stranger: Stranger;
let plain: Record<string, string>;
let switched: Record<string, string>;

beforeAll(async () => {
  site = await openSite();
  stranger = await openStranger(site.azure.environment);
  plain = { stages: 'network' };
  const file = join(site.folder, 'switched.tfvars');
  writeFileSync(file, 'storage_guard = false\ntags = { "cost-centre" = "4711" }\n');
  switched = { ...plain, 'variables-file': file };
  const whole = { 'inference-package': await buildContractPackage(site.folder) };
  const { code, log } = await site.step('deploy', whole);
  if (code !== 0) throw new Error(log);
}, 300_000);
afterAll(() => site.close());

/** Any write of Terraform into the environment. */
const anyWrite = /^(?!.*\/(runCommands|blobServices|containers)\/).*\/innereye-demo\/providers\//;

/** Lets a deploy of other settings fail at its nth write to this place. */
async function failedAt(nth: number, path: RegExp): Promise<StepResult> {
  const error = { code: 'Conflict', message: 'not now' };
  site.azure.faults.add({
    match: { method: 'PUT', host: 'management.azure.com', path },
    nth,
    fault: { kind: 'answer', answer: { status: 409, body: { error } } },
  });
  const result = await site.step('deploy', switched);
  site.azure.faults.clear();
  return result;
}

function vault(): StoredResource {
  const [found] = site.azure.world.resources.ofType('Microsoft.KeyVault/vaults');
  if (found === undefined) throw new Error('no vault');
  return found;
}

describe('a deploy that failed midway', () => {
  it.each<[string, number, RegExp]>([
    ['its first write', 1, anyWrite],
    ['its third write', 3, anyWrite],
    ['its eighth write', 8, anyWrite],
    ['the write of the subnet that the guard leaves', 1, /\/subnets\/default\?/],
    ['the write of the allow-list', 1, /\/ruleCollectionGroups\/egress\?/],
  ])(
    'is no drift where %s was refused, and is settled by going back',
    async (_what, nth, path) => {
      const failed = await failedAt(nth, path);
      expect(failed.code).toBe(1);
      for (const inputs of [switched, plain]) {
        const { outputs, summary } = await site.step('drift', inputs);
        expect({ state: outputs['drift-state'], summary }).toEqual({
          state: 'pending',
          summary: expect.stringContaining('Nothing changed outside the workflow.'),
        });
      }
      expect((await site.step('deploy', plain)).code).toBe(0);
      const { outputs, summary } = await site.step('drift', plain);
      expect({ state: outputs['drift-state'], summary }).toMatchObject({ state: 'clean' });
    },
    300_000,
  );
});

describe('what somebody else changes beside it', () => {
  it('is still drift, and is told apart from what the deploy left', async () => {
    expect((await failedAt(3, anyWrite)).code).toBe(1);
    const { id } = vault();
    const open = { properties: { publicNetworkAccess: 'Enabled' } };
    expect((await stranger.arm('PATCH', id, '2023-07-01', open)).status).toBe(200);
    const { outputs, summary } = await site.step('drift', switched);
    expect(outputs['drift-state']).toBe('drifted');
    expect(summary).toContain('1 resource changed outside');
    expect(summary).toContain('`public_network_access_enabled`');
    expect(summary).toContain('left half changed by');
  }, 300_000);
});
