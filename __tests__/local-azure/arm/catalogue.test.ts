import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../../local-azure/arm/json.ts';
import { createRouter } from '../../../local-azure/router.ts';
import { operations, startAzure, SUBSCRIPTION } from './azure.ts';

describe('what a region offers', () => {
  it('is told with sizes, restrictions and quotas', async () => {
    const azure = startAzure();
    azure.world.data.set('restrictedSizes', new Set(['westeurope/standard_d4s_v3']));
    azure.world.data.set('quotas', new Map([['ml/standarddsv3family', 0]]));
    const query = new URLSearchParams({ $filter: "location eq 'westeurope'" }).toString();
    const skus = await azure.send(
      `GET ${SUBSCRIPTION}/providers/Microsoft.Compute/skus`,
      undefined,
      { query },
    );
    const restricted = (skus.json['value'] as { name: string; restrictions: unknown[] }[])
      .filter(({ restrictions }) => restrictions.length > 0)
      .map(({ name }) => name);
    expect(restricted).toEqual(['Standard_D4s_v3']);
    const limits = async (provider: string): Promise<unknown> => {
      const path = `${SUBSCRIPTION}/providers/${provider}/locations/westeurope/usages`;
      const { value } = (await azure.send(`GET ${path}`)).json as {
        value: { name: Json; limit: number }[];
      };
      return value.find(({ name }) => name['value'] === 'standardDSv3Family')?.limit;
    };
    expect(await limits('Microsoft.Compute')).toBe(100);
    expect(await limits('Microsoft.MachineLearningServices')).toBe(0);
  });

  it.each([
    ['Microsoft.Storage', 'checkNameAvailability', 'Microsoft.Storage/storageAccounts'],
    ['Microsoft.KeyVault', 'checkNameAvailability', 'Microsoft.KeyVault/vaults'],
    [
      'Microsoft.ContainerRegistry',
      'checkNameAvailability',
      'Microsoft.ContainerRegistry/registries',
    ],
    ['Microsoft.Web', 'checknameavailability', 'Microsoft.Web/sites'],
  ])('tells whether a name is free: %s', async (provider, verb, type) => {
    const azure = startAzure();
    const check = async (): Promise<unknown> => {
      const path = `${SUBSCRIPTION}/providers/${provider}/${verb}`;
      return (await azure.send(`POST ${path}`, { name: 'lab12345', type })).json['nameAvailable'];
    };
    expect(await check()).toBe(true);
    azure.world.data.set('takenNames', new Set([`${type}/lab12345`.toLowerCase()]));
    expect(await check()).toBe(false);
  });

  it('is listed by provider', async () => {
    const azure = startAzure();
    const { value } = (await azure.send(`GET ${SUBSCRIPTION}/providers`)).json as {
      value: { namespace: string; registrationState: string; resourceTypes: Json[] }[];
    };
    expect(value.every(({ registrationState }) => registrationState === 'Registered')).toBe(true);
    const storage = value.find(({ namespace }) => namespace === 'Microsoft.Storage');
    expect(storage?.resourceTypes).toContainEqual(
      expect.objectContaining({ resourceType: 'storageAccounts' }),
    );
  });
});

describe('the operations of ARM', () => {
  it('have one route each, a right where they need one, and are found again', () => {
    const routes = operations.map(({ host, route }) => `${host} ${route}`.toLowerCase());
    expect(routes.filter((route, index) => routes.indexOf(route) !== index)).toEqual([]);
    const router = createRouter(operations);
    for (const { route } of operations) {
      const [method = '', path = ''] = route.split(' ');
      expect(router.find(method, 'management.azure.com', path)?.operation.route).toBe(route);
    }
  });
});
