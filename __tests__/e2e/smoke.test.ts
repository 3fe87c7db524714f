import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { builtIn, grant } from '../../local-azure/arm/seed.ts';
import { buildContractPackage } from '../../local-azure/contract-app/index.ts';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import { openStranger } from '../../local-azure/demo/stranger.ts';
import type { Stranger } from '../../local-azure/demo/stranger.ts';
import type { CauseName } from '../../src/smoke/causes.ts';
import type { Site } from '../support/site.ts';
import { openSite, until } from '../support/site.ts';
import type { Hand } from './mutations.ts';
import { handOver, removed } from './mutations.ts';

const image = `ghcr.io/owner/innereye@sha256:${'0123456789abcdef'.repeat(4)}`;
const full = { 'smoke-level': 'full' };

let site: Site;
let stranger: Stranger;
let hand: Hand;
let group: string;
let packages: Record<'good' | 'dropping', string>;

/** The last part of the id of the environment's only resource of a type. */
function nameOf(type: string): string {
  const found = site.azure.world.resources.ofType(type);
  if (found.length !== 1) throw new Error(`${found.length} resources of ${type}`);
  return found[0]?.name ?? '';
}

const workspace = () =>
  `Microsoft.MachineLearningServices/workspaces/${nameOf('Microsoft.MachineLearningServices/workspaces')}`;
const secret = () =>
  `Microsoft.KeyVault/vaults/${nameOf('Microsoft.KeyVault/vaults')}/secrets/inference-api-key`;

/** App Service keeps what a reference to the vault gave until it is asked to look again. */
const lookAgain = 'config/configreferences/appsettings/refresh';

async function app(verb: 'restart' | 'start' | 'stop' | typeof lookAgain): Promise<void> {
  const path = `${group}/providers/Microsoft.Web/sites/${nameOf('Microsoft.Web/sites')}/${verb}`;
  const { status } = await stranger.arm('POST', path, '2023-12-01');
  if (status !== 200) throw new Error(`${verb}: ${status}`);
}

async function train(attempt: string): Promise<StepResult> {
  const environment = { GITHUB_RUN_ATTEMPT: attempt };
  const result = await site.step('train', { image }, { environment });
  expect({ code: result.code, log: result.code === 0 ? '' : result.log }).toEqual({
    code: 0,
    log: '',
  });
  return result;
}

interface Evidence {
  readonly level: string;
  readonly model?: string;
  readonly passed: number;
  readonly rungs: readonly {
    readonly name: string;
    readonly cause?: { readonly name: string; readonly what: string; readonly next: string };
  }[];
}

function evidenceOf({ outputs }: StepResult): Evidence {
  return (JSON.parse(readFileSync(outputs['evidence'] ?? '', 'utf8')) as { result: Evidence })
    .result;
}

beforeAll(async () => {
  site = await openSite();
  const built = async (name: string, headerMap: 'dangerous' | 'drop'): Promise<string> => {
    const folder = join(site.folder, name);
    mkdirSync(folder);
    return buildContractPackage(folder, { headerMap });
  };
  packages = { good: await built('good', 'dangerous'), dropping: await built('dropping', 'drop') };
  const { code, log } = await site.step('deploy', { 'inference-package': packages.good });
  if (code !== 0) throw new Error(log);
  stranger = await openStranger(site.azure.environment);
  group = `/subscriptions/${site.azure.environment['ARM_SUBSCRIPTION_ID'] ?? ''}/resourceGroups/innereye-demo`;
  hand = handOver(stranger, group);
  // Whoever breaks things below may do more than the role of the deployer lets it do.
  const { world } = site.azure;
  grant(world, String(world.data.get('deployerObjectId')), builtIn.owner);
}, 240_000);
afterAll(() => site.close());

describe('the smoke test of a deployed environment', () => {
  it('asks what costs nothing, with no model registered', async () => {
    const { code, log, summary } = await site.step('smoke');
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    expect(summary).toContain(': passed');
    expect(summary.match(/\| pass/g)).toHaveLength(10);
  }, 60_000);

  it('says what is missing where a model is to be asked and none is there', async () => {
    const { code, log } = await site.step('smoke', full);
    expect(code).toBe(1);
    expect(log).toContain('no registered version of the model HelloWorld');
    expect(log).toContain('run train first');
  }, 60_000);

  it('sends images through the model, and through the next one after another training', async () => {
    for (const version of ['1', '2']) {
      expect((await train(version)).outputs['model-version']).toBe(version);
      const result = await site.step('smoke', full);
      expect({ code: result.code, log: result.code === 0 ? '' : result.log }).toEqual({
        code: 0,
        log: '',
      });
      expect(evidenceOf(result)).toMatchObject({
        level: 'full',
        model: `HelloWorld:${version}`,
        passed: 14,
      });
      expect(result.summary).toContain('regions region, region\\_1');
      expect(result.summary).toMatch(/\| segmentation \|.*, run \d+ \|/);
    }
  }, 120_000);
});

/** Nobody uses the cluster or the app after the last two. */
const nothing = async (): Promise<void> => {};

/** Breaks the environment in one way, and gives what mends it again. */
type Breakage = () => Promise<() => Promise<void>>;

const rename = async (tags: Record<string, string>): Promise<() => Promise<void>> => {
  const path = `${workspace()}/models/HelloWorld/versions/9`;
  await hand.write(path, { properties: { modelUri: 'azureml://jobs/x/outputs/y', tags } });
  return () => hand.remove(path);
};

const breakages: readonly (readonly [what: string, cause: CauseName, level: object, Breakage])[] = [
  [
    'the app holds another key than Key Vault',
    'wrong-key',
    {},
    async () => {
      await hand.write(secret(), { properties: { value: '3b241101-e2bb-4255-8caf-4136c566a962' } });
      return () => app(lookAgain);
    },
  ],
  [
    'the app may not read the key',
    'key-unresolved',
    {},
    async () => {
      const { world } = site.azure;
      const given = world.resources
        .ofType('Microsoft.Authorization/roleAssignments')
        .filter(({ id }) => id.toLowerCase().includes('/secrets/inference-api-key/'));
      const identity = world.resources
        .ofType('Microsoft.ManagedIdentity/userAssignedIdentities')
        .find(({ name }) => name.includes('inference'))?.properties['principalId'];
      const mine = given.filter(({ properties }) => properties['principalId'] === identity);
      if (mine.length !== 1) throw new Error(`${mine.length} roles of the app on the key`);
      for (const { id } of mine) await stranger.arm('DELETE', id, '2022-04-01');
      await app(lookAgain);
      return async () => {
        for (const one of mine) world.resources.put(one);
        await app(lookAgain);
      };
    },
  ],
  [
    'App Service answers with a page of its own',
    'app-stopped',
    {},
    async () => {
      await app('stop');
      return () => app('start');
    },
  ],
  [
    'the workspace has lost its private endpoint',
    'workspace-endpoint',
    {},
    async () => {
      const path = 'Microsoft.Network/privateEndpoints/demo-workspace-pe';
      const mend = await removed(path, 'privateDnsZoneGroups/default')(hand, {} as never);
      // A connection that is open already would outlive its name.
      await app('restart');
      return async () => {
        await mend();
        await app('restart');
      };
    },
  ],
  ['the model has no tag', 'model-untagged', full, () => rename({})],
  [
    'the cluster is gone',
    'cluster-gone',
    full,
    async () => {
      const path = `${workspace()}/computes/demo-cluster`;
      const before = await hand.read(path);
      const url = `${group}/providers/${path}?underlyingResourceAction=Delete`;
      await stranger.arm('DELETE', url, '2025-12-01');
      await until(() => site.azure.world.resources.get(before.id) === undefined);
      return nothing;
    },
  ],
  [
    'the header is dropped in front of the app',
    'header-dropped',
    {},
    async () => {
      const inputs = { stages: 'webapp', 'inference-package': packages.dropping };
      const { code, log } = await site.step('deploy', inputs);
      // The deploy itself tries the key, and says so; the app runs all the same.
      expect({ code, log: log.includes('--header-map dangerous') || log }).toEqual({
        code: 1,
        log: true,
      });
      return nothing;
    },
  ],
];

describe('a broken deployment', () => {
  const told = new Map<string, string>();

  it.each(breakages)(
    'is told apart where %s: %s',
    async (_what, cause, level, breakIt) => {
      const mend = await breakIt();
      let result: StepResult;
      try {
        result = await site.step('smoke', { ...level });
      } finally {
        await mend();
      }
      expect({ code: result.code, log: result.code === 1 ? '' : result.log }).toEqual({
        code: 1,
        log: '',
      });
      const causes = evidenceOf(result).rungs.flatMap((rung) => rung.cause ?? []);
      expect(new Set(causes.map(({ name }) => name))).toEqual(new Set([cause]));
      const [first] = causes;
      expect(result.log).toContain(`Likely cause: ${first?.what ?? 'none'}`);
      expect(result.log).toContain(`What to do: ${first?.next ?? 'none'}`);
      expect(result.summary).toContain('| failed | request | answer |');
      told.set(cause, `${first?.what ?? ''} ${first?.next ?? ''}`);
    },
    60_000,
  );

  it('has a text and a next step for each of seven causes', () => {
    expect(new Set(told.values()).size).toBe(7);
  });

  it('was never answered by something that Local Azure does not know', () => {
    expect(site.azure.journal.unknown).toEqual([]);
  });
});
