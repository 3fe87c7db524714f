import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Json } from '../../../local-azure/arm/json.ts';
import { codeOf, GROUP, startWithGroup, SUBSCRIPTION } from './azure.ts';
import type { Azure } from './azure.ts';

const FEATURE = `${SUBSCRIPTION}/providers/Microsoft.Features/providers/Microsoft.Compute/features/EncryptionAtHost`;
const LOGS = `${GROUP}/providers/Microsoft.OperationalInsights/workspaces/lab-logs`;
const LEARNING = 'providers/Microsoft.MachineLearningServices/workspaces';

let azure: Azure;

beforeEach(async () => {
  azure = await startWithGroup();
});

async function listed(path: string, query = ''): Promise<Json[]> {
  return (await azure.send(`GET ${path}`, undefined, { query })).json['value'] as Json[];
}

describe('a subscription', () => {
  it('makes a machine with encryption at host only with the feature', async () => {
    azure.world.data.set('missingFeatures', new Set(['microsoft.compute/encryptionathost']));
    const machine = () =>
      azure.send(`PUT ${GROUP}/providers/Microsoft.Compute/virtualMachines/lab`, {
        location: 'westeurope',
        properties: {
          hardwareProfile: { vmSize: 'Standard_B2als_v2' },
          securityProfile: { encryptionAtHost: true },
        },
      });
    const state = async (): Promise<unknown> => (await azure.send(`GET ${FEATURE}`)).json;
    expect(await state()).toMatchObject({ properties: { state: 'NotRegistered' } });
    expect(codeOf(await machine())).toBe('InvalidParameter');
    await azure.send(`POST ${FEATURE}/register`);
    expect(await state()).toMatchObject({ properties: { state: 'Registered' } });
    expect((await machine()).status).toBe(201);
    expect(codeOf(await azure.send(`GET ${FEATURE}s`))).toBe('FeatureNotFound');
  });

  it('is refused what its region does not offer', async () => {
    azure.world.data.set(
      'typesNotOffered',
      new Set(['microsoft.storage/storageaccounts/westeurope']),
    );
    const account = `${GROUP}/providers/Microsoft.Storage/storageAccounts/lab12345`;
    const made = await azure.send(`PUT ${account}`, { location: 'westeurope', properties: {} });
    expect(codeOf(made)).toBe('LocationNotAvailableForResourceType');
  });

  it('is told which regions have zones, redundancies and plans', async () => {
    const zones = (await listed(`${SUBSCRIPTION}/locations`)).filter(
      ({ availabilityZoneMappings }) => availabilityZoneMappings === undefined,
    );
    expect(zones.map(({ name }) => name)).toEqual(['ukwest']);
    const skus = await listed(`${SUBSCRIPTION}/providers/Microsoft.Storage/skus`);
    const inRegion = (region: string): unknown[] =>
      skus.filter(({ locations }) => (locations as string[])[0] === region).map(({ name }) => name);
    expect(inRegion('ukwest')).toEqual(['Standard_LRS', 'Standard_GRS', 'Standard_RAGRS']);
    expect(inRegion('italynorth')).toEqual(['Standard_LRS', 'Standard_ZRS']);
    azure.world.data.set('tiersNotOffered', new Set(['basic/westeurope']));
    const geo = `${SUBSCRIPTION}/providers/Microsoft.Web/geoRegions`;
    const names = (await listed(geo, 'sku=BASIC')).map(({ name }) => name);
    expect([names.includes('North Europe'), names.includes('West Europe')]).toEqual([true, false]);
  });
});

describe('a deleted log workspace', () => {
  const make = (location: string) => azure.send(`PUT ${LOGS}`, { location, properties: {} });

  it('comes back in its region, as the one it was, and is refused in another', async () => {
    const first = (await make('westeurope')).json['properties'] as Json;
    await azure.send(`DELETE ${LOGS}`);
    expect((await make('northeurope')).status).toBe(409);
    const again = (await make('westeurope')).json['properties'] as Json;
    expect(again['customerId']).toBe(first['customerId']);
    const deleted = `${SUBSCRIPTION}/providers/Microsoft.OperationalInsights/deletedWorkspaces`;
    expect(await listed(deleted)).toEqual([]);
  });

  it('frees its name after fourteen days', async () => {
    await make('westeurope');
    await azure.send(`DELETE ${LOGS}`);
    azure.clock.advance(15 * 24 * 3600);
    expect((await make('northeurope')).status).toBe(201);
  });
});

describe('a deleted workspace of Machine Learning', () => {
  it('is not found by its id, but named in the list of the subscription', async () => {
    const id = `${GROUP}/${LEARNING}/lab-ml`;
    azure.world.resources.put({
      ...{ id, name: 'lab-ml', type: 'Microsoft.MachineLearningServices/workspaces' },
      ...{ location: 'westeurope', properties: {} },
    });
    await azure.send(`DELETE ${id}`);
    expect((await azure.send(`GET ${id}`)).status).toBe(404);
    expect(await listed(`${SUBSCRIPTION}/${LEARNING}`)).toMatchObject([
      { name: 'lab-ml', properties: { provisioningState: 'SoftDeleted' } },
    ]);
    expect(await listed(`${GROUP}/${LEARNING}`)).toEqual([]);
  });
});
