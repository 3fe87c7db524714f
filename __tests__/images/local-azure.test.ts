import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StoredResource, World } from '../../local-azure/world.ts';
import { accountKeys } from '../../local-azure/operations/blob/account.ts';
import { whatIf } from '../../src/azure/deployments.ts';
import type { TemplateDeployment } from '../../src/azure/deployments.ts';
import { Cancelled } from '../../src/errors.ts';
import {
  checkImages,
  deployImages,
  previewedImages,
  removeImages,
} from '../../src/images/index.ts';
import { placeOf } from '../../src/images/place.ts';
import type { Place as Images } from '../../src/images/place.ts';
import { login } from '../../src/login/index.ts';
import type { Session } from '../../src/login/session.ts';
import type { Outputs } from '../../src/terraform/outputs.ts';
import { goToLocalAzure } from '../support/azure-place.ts';
import type { Place } from '../support/azure-place.ts';
import type { TestTools } from '../support/azure-tools.ts';
import { realClock } from '../support/azure-tools.ts';
import { outputs as outputsOf, settings as settingsOf } from '../support/settings.ts';
import { workshop } from '../support/workshop.ts';

const ASSIGNMENTS = 'Microsoft.Authorization/roleAssignments';

let place: Place;
let session: Session;
let world: World;
let outputs: Outputs;
let images: Images;
let tools: TestTools;
const settings = (): ReturnType<typeof settingsOf> =>
  settingsOf({ ...place.ids, environment: 'lab' });

/** Fifty seconds in one: Local Azure answers at once, so the pauses between two looks are all that would take time. */
const begun = Date.now();
const hurriedClock = {
  now: () => begun + (Date.now() - begun) * 50,
  sleep: (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 20)),
};

/** What Terraform has left in the group before the images' account is made. */
async function network(): Promise<void> {
  const { arm } = session;
  const group = `/subscriptions/${place.ids.subscriptionId}/resourceGroups/innereye-lab`;
  const at = (path: string): string => `${group}/providers/${path}`;
  const location = 'westeurope';
  const tags = { 'innereye-environment': 'lab', 'managed-by': 'innereye-closed-network' };
  await arm.put(group, '2025-04-01', { location, tags });
  await arm.put(at('Microsoft.Network/virtualNetworks/lab-vnet'), '2025-01-01', {
    location,
    properties: {
      addressSpace: { addressPrefixes: ['10.1.0.0/16'] },
      subnets: [{ name: 'default', properties: { addressPrefix: '10.1.0.0/24' } }],
    },
  });
  await arm.put(images.zoneId, '2024-06-01', { location: 'global' });
  await arm.put(images.logWorkspaceId, '2025-07-01', { location, properties: {} });
  await arm.put(at('Microsoft.Storage/storageAccounts/labstabc123'), '2025-08-01', {
    location,
    kind: 'StorageV2',
    sku: { name: 'Standard_ZRS' },
    properties: {},
  });
  world.resources.put({
    id: outputs.workspaceId,
    name: outputs.workspaceName,
    type: 'Microsoft.MachineLearningServices/workspaces',
    location,
    properties: { provisioningState: 'Succeeded' },
  });
}

beforeAll(async () => {
  place = await goToLocalAzure({ deployerRole: 'deployer' });
  world = place.azure.world;
  tools = { ...place.tools(), files: workshop().tools.files, clock: hurriedClock };
  const scope = `/subscriptions/${place.ids.subscriptionId}/resourceGroups/innereye-lab/providers`;
  outputs = outputsOf({
    subscriptionId: place.ids.subscriptionId,
    workspaceId: `${scope}/Microsoft.MachineLearningServices/workspaces/lab-ml`,
    subnetId: `${scope}/Microsoft.Network/virtualNetworks/lab-vnet/subnets/default`,
  });
  images = placeOf(outputs, settings());
  session = await login(settings(), tools);
  await network();
});

afterAll(async () => {
  await session.close();
  await place.leave();
});

const deploy = (): Promise<{ readonly changed: boolean }> =>
  deployImages(outputs, settings(), session, tools);
const check = async (): Promise<readonly string[]> =>
  (await checkImages(outputs, settings(), session, tools)).map(
    ({ resource, attribute, found }) => `${resource} ${attribute}: ${found}`,
  );
const at = (id: string): StoredResource => {
  const resource = world.resources.get(id);
  if (resource === undefined) throw new Error(`There is no ${id}.`);
  return resource;
};
const keyRights = (): StoredResource[] =>
  world.resources
    .ofType(ASSIGNMENTS)
    .filter(({ properties }) => properties['scope'] === images.accountId);

describe('the images’ account in Local Azure', () => {
  it('is made closed, empties itself, and is reached by a private name alone', async () => {
    world.data.set('roleDelayMs', 300);
    expect(await check()).toEqual([]);
    expect(await deploy()).toEqual({ changed: true });
    expect(at(images.accountId)).toMatchObject({
      sku: { name: 'Standard_ZRS' },
      tags: { 'innereye-environment': 'lab' },
      properties: {
        publicNetworkAccess: 'Disabled',
        allowBlobPublicAccess: false,
        allowSharedKeyAccess: true,
        networkAcls: { defaultAction: 'Deny' },
      },
    });
    expect(JSON.stringify(at(images.policyId).properties)).toContain(
      '"daysAfterModificationGreaterThan":1',
    );
    expect(at(`${images.zoneId}/A/${images.account}`).properties).toMatchObject({
      aRecords: [{ ipv4Address: expect.stringMatching(/^10\.1\.0\./) }],
    });
    expect(at(images.diagnosticsId).properties['workspaceId']).toBe(images.logWorkspaceId);
  });

  it('hands its key to the datastore, and leaves nobody the right to it', () => {
    const key = accountKeys(at(images.accountId))[0] ?? '';
    expect(at(images.datastoreId)).toMatchObject({
      properties: {
        accountName: images.account,
        containerName: 'inferencetestimagestore',
        credentials: { credentialsType: 'AccountKey' },
      },
      hidden: { 'credentials.secrets': { key } },
    });
    expect(keyRights()).toEqual([]);
    expect(tools.log.lines.join('\n')).not.toContain(key);
    expect(tools.hidden).toContain(key);
    const deployments = world.resources.ofType('Microsoft.Resources/deployments');
    expect(deployments.map(({ name }) => name.split('-')[1])).toEqual(['images', 'datastore']);
    expect(JSON.stringify(deployments)).not.toContain(key);
  });

  it('is left alone by a second deploy, and is no drift', async () => {
    const before = place.azure.journal.entries.length;
    expect(await deploy()).toEqual({ changed: false });
    expect(await check()).toEqual([]);
    const written = place.azure.journal.entries
      .slice(before)
      .filter(({ method, host }) => method !== 'GET' && host === 'management.azure.com');
    expect(written).toEqual([]);
  });

  it('is nothing that what-if would change, nor a reason for it to need a right to write', async () => {
    const deployment: TemplateDeployment = await previewedImages(
      outputs,
      settings(),
      session,
      tools,
    );
    const changes = await whatIf(session, deployment, tools);
    const own = changes.filter(({ change }) => change !== 'Ignore');
    expect(own.map(({ change }) => change)).toEqual(own.map(() => 'NoChange'));
    expect(own).toHaveLength(7);
  });

  describe.each([
    ['account', () => images.accountId, { publicNetworkAccess: 'Enabled' }],
    [
      'account, by a network rule',
      () => images.accountId,
      { networkAcls: { ipRules: [{ value: '1.2.3.4' }] } },
    ],
    ['blob service', () => images.blobServiceId, { deleteRetentionPolicy: { enabled: true } }],
    ['container', () => images.containerId, { publicAccess: 'Blob' }],
    ['deletion rule', () => images.policyId, { policy: { rules: [] } }],
    ['endpoint', () => images.endpointId, { subnet: { id: '/elsewhere' } }],
    ['logs', () => images.diagnosticsId, { logs: [] }],
    ['datastore', () => images.datastoreId, { containerName: 'other' }],
  ])('changed behind its back (%s)', (_what, id, properties) => {
    let before: StoredResource;
    beforeEach(() => {
      before = structuredClone(at(id()));
      at(id()).properties = { ...before.properties, ...properties };
    });
    afterEach(() => world.resources.put(before));

    it('is a drift, and is put right by a deploy', async () => {
      expect(await check()).toHaveLength(1);
      expect(await deploy()).toEqual({ changed: true });
      expect(await check()).toEqual([]);
    });
  });

  it('takes new tags of its group with the next deploy; until then they are no drift', async () => {
    const group = at(images.groupId);
    group.tags = { ...group.tags, 'cost.centre': '4711' };
    at(images.accountId).tags = { ...at(images.accountId).tags, 'put-there-by-a-policy': 'x' };
    expect(await check()).toEqual([]);
    expect(await deploy()).toEqual({ changed: true });
    for (const id of [images.accountId, images.endpointId]) {
      expect(at(id).tags).toMatchObject({ 'cost.centre': '4711' });
    }
    expect(await deploy()).toEqual({ changed: false });
  });

  it('is a drift where the account is gone and its datastore is not', async () => {
    const account = at(images.accountId);
    world.resources.delete(images.accountId);
    expect(await check()).toEqual([`${images.account} existence: does not exist`]);
    world.resources.put(account);
  });

  it('gets a datastore with the new key where the key was changed', async () => {
    const account = at(images.accountId);
    account.properties['keyCreationTime'] = { key1: '2027-01-01T00:00:00Z' };
    account.hidden = { ...account.hidden, keys: ['bmV3', 'bmV3Mg=='] };
    expect(await check()).toEqual([expect.stringContaining('datastore inferencetestimagestore')]);
    expect(await deploy()).toEqual({ changed: true });
    expect(at(images.datastoreId).hidden).toMatchObject({ 'credentials.secrets': { key: 'bmV3' } });
    expect(await check()).toEqual([]);
  });

  it('takes the key from ARM itself where Machine Learning does not try the account', async () => {
    world.resources.delete(images.datastoreId);
    world.data.set('datastoresUntried', true);
    tools.hidden.clear();
    expect(await deploy()).toEqual({ changed: true });
    world.data.delete('datastoresUntried');
    expect(at(images.datastoreId).hidden).toMatchObject({ 'credentials.secrets': { key: 'bmV3' } });
    expect(tools.hidden).not.toContain('bmV3');
    expect(keyRights()).toEqual([]);
  });

  it('takes back the right to the key where the run is cancelled while it waits for it', async () => {
    world.resources.delete(images.datastoreId);
    world.data.set('roleDelayMs', 3_600_000);
    const cancel = new AbortController();
    const clock = realClock(cancel.signal);
    const own = { ...tools, clock, cancelled: cancel.signal };
    const cancelled = await login(settings(), own);
    const work = deployImages(outputs, settings(), cancelled, own);
    while (keyRights().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    cancel.abort(new Cancelled('cancelled'));
    await expect(work).rejects.toThrow(Cancelled);
    expect(keyRights()).toEqual([]);
    world.data.set('roleDelayMs', 0);
    expect(await deploy()).toEqual({ changed: true });
    await cancelled.close();
  });

  it('takes back a right to the key that a run which was cut off has left', async () => {
    world.data.set('roleDelayMs', 0);
    await assign();
    expect(await check()).toEqual([`${images.account} right to its key: ${session.principalId}`]);
    expect(await deploy()).toEqual({ changed: false });
    expect(keyRights()).toEqual([]);
  });

  it('goes with its endpoint, its record and its log setting, and may be gone already', async () => {
    await removeImages(outputs, settings(), session, tools);
    for (const id of [images.accountId, images.endpointId, images.diagnosticsId]) {
      expect(world.resources.get(id)).toBeUndefined();
    }
    expect(world.resources.get(`${images.zoneId}/A/${images.account}`)).toBeUndefined();
    await removeImages(outputs, settings(), session, tools);
  });
});

/** As a run leaves it that is killed between giving the right and taking it back. */
async function assign(): Promise<void> {
  const { assignRole, builtInRoles } = await import('../../src/azure/roles.ts');
  const { principalId, arm } = session;
  const roleId = builtInRoles.storageAccountKeyOperator;
  const principalType = 'ServicePrincipal';
  await assignRole(arm, { scope: images.accountId, principalId, principalType, roleId }, tools);
}
