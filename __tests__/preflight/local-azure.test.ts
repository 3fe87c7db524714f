import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setRegistration } from '../../local-azure/arm/providers.ts';
import type { StoredResource } from '../../local-azure/world.ts';
import { login } from '../../src/login/index.ts';
import { namesOf } from '../../src/names.ts';
import { choicesOf } from '../../src/preflight/choices.ts';
import type { Choices } from '../../src/preflight/choices.ts';
import type { Finding } from '../../src/preflight/check.ts';
import { checks, failedLoginRow, loginRow, runChecks } from '../../src/preflight/index.ts';
import { Problem } from '../../src/errors.ts';
import { environmentRoles } from '../../src/preflight/needed-actions.ts';
import { goToLocalAzure } from '../support/azure-place.ts';
import type { Place } from '../support/azure-place.ts';
import { settings as settingsOf } from '../support/settings.ts';
import { root } from '../support/site.ts';
import {
  condition,
  deletedVault,
  deployerOf,
  group,
  groupId,
  inGroup,
  lock,
  redStates,
  resource,
  withdraw,
} from './red-states.ts';
import type { RedState, Scene } from './red-states.ts';
import { grant } from '../../local-azure/arm/seed.ts';

const ASSIGNMENTS = 'Microsoft.Authorization/roleAssignments';
const VARIABLES = {
  probe_vm_size: 'Standard_B2als_v2',
  jumpbox: true,
  jumpbox_vm_size: 'Standard_D2as_v5',
  inference_plan_sku: 'P0v3',
  zone_redundancy: true,
  data_in_second_region: true,
  encryption_at_host: true,
};

let place: Place;
let scene: Scene;
let usual: Choices;
let restore: () => void;

beforeAll(async () => {
  place = await goToLocalAzure();
  const { subscriptionId } = place.ids;
  const names = namesOf('demo', subscriptionId);
  const session = await login(settings(), place.tools());
  scene = { world: place.azure.world, session, names };
  const template = JSON.parse(await readFile(join(root, 'arm/computes.json'), 'utf8')) as never;
  usual = choicesOf(VARIABLES, template, settings(), names);
  restore = remember();
});

afterEach(() => restore());

afterAll(async () => {
  await scene.session.close();
  await place.leave();
});

function settings(more: object = {}): ReturnType<typeof settingsOf> {
  return settingsOf({ ...place.ids, environment: 'demo', ...more });
}

/** What is in the world now; the function gives it back, without what a test has added. */
function remember(): () => void {
  const { resources, data } = place.azure.world;
  const before: StoredResource[] = structuredClone(resources.all());
  const keys = new Set(data.keys());
  return () => {
    for (const { id } of resources.all()) resources.delete(id);
    for (const one of structuredClone(before)) resources.put(one);
    for (const key of data.keys()) if (!keys.has(key)) data.delete(key);
    setRegistration(place.azure.world, 'Microsoft.DevTestLab', 'Registered');
  };
}

/** Logs in and runs everything, as the command does. */
async function findings({
  settings: more = {},
  choices = () => ({}),
}: Partial<RedState> = {}): Promise<Map<string, Finding>> {
  const wanted = settings(more);
  try {
    const session = await login(wanted, place.tools());
    const asked = { ...usual, ...choices(usual) };
    const found = await runChecks(session, wanted, asked, place.tools());
    await session.close();
    return new Map([loginRow(session), ...found].map(({ name, finding }) => [name, finding]));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { name, finding } = failedLoginRow(error);
    return new Map([[name, finding]]);
  }
}

const wrongOnes = (found: Map<string, Finding>): string[] =>
  [...found].filter(([, { ok }]) => !ok).map(([name]) => name);

describe('the list of checks', () => {
  it('is the list of what Local Azure can turn red', () => {
    expect(Object.keys(redStates)).toEqual(['login', ...checks.map(({ name }) => name)]);
  });
});

describe('the preflight of a subscription that is ready', () => {
  it('finds nothing wrong, with the roles of docs/setup.md, and changes nothing', async () => {
    const before = place.azure.journal.entries.length;
    const found = await findings();
    expect(wrongOnes(found)).toEqual([]);
    expect([...found.keys()]).toEqual(Object.keys(redStates));
    const asked = place.azure.journal.entries.slice(before);
    const writes = asked.filter(
      ({ method, host, path }) =>
        host === 'management.azure.com' && method !== 'GET' && !/checknameavailability/i.test(path),
    );
    expect(writes).toEqual([]);
    expect(place.azure.journal.unknown).toEqual([]);
  });

  it('asks less where less is chosen', async () => {
    scene.world.data.set('missingFeatures', new Set(['microsoft.compute/encryptionathost']));
    scene.world.data.set('tiersNotOffered', new Set(['premium0v3/ukwest']));
    const found = await findings({
      settings: { location: 'ukwest' },
      choices: () => ({
        encryptionAtHost: false,
        zoneRedundancy: false,
        secondRegion: false,
        planSize: 'B1',
      }),
    });
    expect(wrongOnes(found)).toEqual([]);
    expect(found.get('redundancy of data')).toMatchObject({ note: 'Standard_LRS' });
  });
});

describe('the preflight for a region that does not exist', () => {
  it('does not report what such a region would not offer', async () => {
    const found = await findings({ settings: { location: 'mars' } });
    const left = Object.keys(redStates).filter((name) => !found.has(name));
    expect(left).toEqual([
      'services of the region',
      'machine sizes',
      'quota for cores',
      'app service plan',
      'redundancy of data',
    ]);
  });
});

describe.each(Object.entries(redStates))('the check "%s"', (name, states) => {
  it.each(states.map((state) => [state.of, state] as const))(
    'is red for %s',
    async (_of, state) => {
      await state.make?.(scene);
      const found = await findings(state);
      expect(wrongOnes(found)).toEqual([name]);
      expect(found.get(name)).toMatchObject({
        cause: expect.stringMatching(state.cause),
        fix: expect.stringMatching(state.fix),
      });
    },
  );
});

describe('what is no obstacle', () => {
  it('is a vault and a log workspace that the deploy brings back', async () => {
    await deletedVault(scene, 'westeurope');
    const id = inGroup(scene, 'Microsoft.OperationalInsights/workspaces', 'demo-logs');
    await scene.session.arm.put(id, '2025-07-01', { location: 'westeurope', properties: {} });
    await scene.session.arm.delete(id, '2025-07-01');
    const found = await findings();
    expect(wrongOnes(found)).toEqual([]);
    expect(found.get('key vault name')).toMatchObject({ note: expect.stringMatching(/recovered/) });
    expect(found.get('deleted log workspace')).toMatchObject({
      note: expect.stringMatching(/recovered/),
    });
  });

  it('is the environment itself, once it is there', async () => {
    const { names } = scene;
    await group(scene, names.resourceGroup);
    await group(scene, names.stateGroup);
    const workspace = inGroup(
      scene,
      'Microsoft.MachineLearningServices/workspaces',
      names.workspace,
    );
    const there: readonly (readonly [string, string])[] = [
      [workspace, 'Microsoft.MachineLearningServices/workspaces'],
      [
        `${workspace}/computes/${names.computeCluster}`,
        'Microsoft.MachineLearningServices/workspaces/computes',
      ],
      ...['demo-probe', 'demo-jumpbox'].map(
        (name) =>
          [
            inGroup(scene, 'Microsoft.Compute/virtualMachines', name),
            'Microsoft.Compute/virtualMachines',
          ] as const,
      ),
      [inGroup(scene, 'Microsoft.Web/sites', names.webApp), 'Microsoft.Web/sites'],
      [
        inGroup(scene, 'Microsoft.ContainerRegistry/registries', names.registry),
        'Microsoft.ContainerRegistry/registries',
      ],
      [inGroup(scene, 'Microsoft.KeyVault/vaults', names.keyVault), 'Microsoft.KeyVault/vaults'],
    ];
    for (const [id, type] of there) scene.world.resources.put(resource(id, type));
    scene.world.data.set('quotas', new Map([['compute/cores', 0]]));
    const found = await findings();
    expect(wrongOnes(found)).toEqual([]);
    expect(found.get('quota for cores')).toMatchObject({ note: 'all machines exist already' });
    expect(found.get('deleted workspace')).toMatchObject({ note: 'demo-ml exists' });
  });

  it('is a lock that protects the state, or a single resource', async () => {
    const { names } = scene;
    await group(scene, names.resourceGroup);
    await group(scene, names.stateGroup);
    lock(scene, groupId(scene, names.stateGroup), 'CanNotDelete');
    const id = inGroup(scene, 'Microsoft.KeyVault/vaults', names.keyVault);
    scene.world.resources.put(resource(id, 'Microsoft.KeyVault/vaults'));
    lock(scene, id, 'CanNotDelete');
    expect(wrongOnes(await findings())).toEqual([]);
  });

  it('is a condition that lists every role that is given', async () => {
    for (const { properties } of scene.world.resources.ofType(ASSIGNMENTS)) {
      properties['condition'] = condition(Object.values(environmentRoles).join(', ').toUpperCase());
    }
    expect(wrongOnes(await findings())).toEqual([]);
  });

  it('is a condition of another form', async () => {
    for (const { properties } of scene.world.resources.ofType(ASSIGNMENTS)) {
      properties['condition'] = condition('x').replace('GuidEquals', 'GuidNotEquals');
    }
    expect(wrongOnes(await findings())).toEqual([]);
  });
});

describe('roles on the two groups', () => {
  const reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
  const owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635';

  async function onlyOn(...groups: readonly string[]): Promise<string[]> {
    await group(scene, scene.names.resourceGroup);
    await group(scene, scene.names.stateGroup);
    const { world } = scene;
    withdraw(world, () => true);
    grant(world, deployerOf(world), reader);
    for (const name of groups) {
      const scope = groupId(scene, name);
      const id = `${scope}/providers/${ASSIGNMENTS}/${name}`;
      const roleDefinitionId = `/subscriptions/${world.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${owner}`;
      const properties = { principalId: deployerOf(world), roleDefinitionId, scope };
      world.resources.put({ ...resource(id, ASSIGNMENTS), properties });
    }
    return wrongOnes(await findings());
  }

  it('are enough, with Reader on the subscription', async () => {
    expect(await onlyOn(scene.names.resourceGroup, scene.names.stateGroup)).toEqual([]);
  });

  it('are not enough on one of them', async () => {
    expect(await onlyOn(scene.names.resourceGroup)).toEqual(['roles of the login']);
  });
});
