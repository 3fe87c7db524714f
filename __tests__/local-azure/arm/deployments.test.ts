import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Json } from '../../../local-azure/arm/json.ts';
import { grant } from '../../../local-azure/arm/seed.ts';
import { callerOf, codeOf, GROUP, settled, startWithGroup } from './azure.ts';
import type { Azure, Reply } from './azure.ts';

const DEPLOYMENT = `${GROUP}/providers/Microsoft.Resources/deployments/run-1`;
const ACCOUNT = `${GROUP}/providers/Microsoft.Storage/storageAccounts/images1`;

const template = {
  $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
  contentVersion: '1.0.0.0',
  parameters: {
    name: { type: 'string' },
    secret: { type: 'secureString', defaultValue: 'hush' },
    container: { type: 'string', defaultValue: 'box' },
  },
  variables: { location: '[resourceGroup().location]' },
  resources: [
    {
      type: 'Microsoft.Storage/storageAccounts/blobServices/containers',
      apiVersion: '2025-08-01',
      name: "[format('{0}/default/{1}', parameters('name'), parameters('container'))]",
      dependsOn: ["[resourceId('Microsoft.Storage/storageAccounts', parameters('name'))]"],
      properties: { publicAccess: 'None' },
    },
    {
      type: 'Microsoft.Storage/storageAccounts',
      apiVersion: '2025-08-01',
      name: "[parameters('name')]",
      location: "[variables('location')]",
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS' },
      properties: { allowSharedKeyAccess: true },
    },
  ],
  outputs: {
    endpoint: {
      type: 'string',
      value:
        "[reference(resourceId('Microsoft.Storage/storageAccounts', parameters('name'))).primaryEndpoints.blob]",
    },
    key: {
      type: 'string',
      value:
        "[listKeys(resourceId('Microsoft.Storage/storageAccounts', parameters('name')), '2025-08-01').keys[0].keyName]",
    },
  },
};

let azure: Azure;

function request(parameters: Json = { name: { value: 'images1' } }, more: Json = {}): Json {
  return { properties: { mode: 'Incremental', template, parameters, ...more } };
}

async function deploy(body: Json = request()): Promise<Reply> {
  const reply = await azure.send(`PUT ${DEPLOYMENT}`, body);
  if (reply.status < 300) await settled(azure, reply);
  return azure.send(`GET ${DEPLOYMENT}`);
}

beforeEach(async () => {
  azure = await startWithGroup(0.1);
});

describe('a deployment', () => {
  it('is accepted, runs in the order of its dependencies, and gives its outputs', async () => {
    const reply = await azure.send(`PUT ${DEPLOYMENT}`, request());
    expect(reply.status).toBe(201);
    expect(reply.json).toMatchObject({ properties: { provisioningState: 'Accepted' } });
    expect(reply.headers?.['Azure-AsyncOperation']).toContain(`${DEPLOYMENT}/operationStatuses/`);
    expect((await settled(azure, reply)).json).toMatchObject({ status: 'Succeeded' });
    expect((await azure.send(`GET ${DEPLOYMENT}`)).json).toMatchObject({
      properties: {
        provisioningState: 'Succeeded',
        correlationId: expect.any(String),
        outputs: {
          endpoint: { type: 'String', value: 'https://images1.blob.core.windows.net/' },
          key: { value: 'key1' },
        },
        outputResources: expect.arrayContaining([{ id: ACCOUNT }]),
      },
    });
    expect((await azure.send(`GET ${ACCOUNT}/blobServices/default/containers/box`)).status).toBe(
      200,
    );
  });

  it('never shows a secure parameter', async () => {
    const reply = await deploy(
      request({ name: { value: 'images1' }, secret: { value: 'geheim' } }),
    );
    expect(JSON.stringify(reply.json)).not.toContain('geheim');
    expect(reply.json).toMatchObject({
      properties: { parameters: { secret: { type: 'secureString' } } },
    });
  });

  it('fails with what its resources answered, and what waits for them is left out', async () => {
    const reply = await deploy(request({ name: { value: 'NOT-a-name' } }));
    expect(reply.json).toMatchObject({
      properties: {
        provisioningState: 'Failed',
        error: {
          code: 'DeploymentFailed',
          target: DEPLOYMENT,
          details: [{ code: 'AccountNameInvalid' }],
        },
      },
    });
    const steps = (await azure.send(`GET ${DEPLOYMENT}/operations`)).json['value'] as Json[];
    expect(steps).toMatchObject([
      {
        properties: {
          provisioningState: 'Failed',
          statusCode: 'BadRequest',
          statusMessage: { error: { code: 'AccountNameInvalid' } },
          targetResource: { resourceType: 'Microsoft.Storage/storageAccounts' },
        },
      },
    ]);
  });

  it('succeeds again under the same name, but not while it runs', async () => {
    await azure.send(`PUT ${DEPLOYMENT}`, request());
    const second = await azure.send(`PUT ${DEPLOYMENT}`, request());
    expect([second.status, codeOf(second)]).toEqual([409, 'DeploymentActive']);
    for (let turns = 0; turns < 50; turns += 1)
      await azure.send(`GET ${DEPLOYMENT}/operationStatuses/any`);
    expect((await azure.send(`PUT ${DEPLOYMENT}`, request())).status).toBe(200);
  });

  it('can be cancelled while it runs', async () => {
    await azure.send(`PUT ${DEPLOYMENT}`, request());
    expect((await azure.send(`POST ${DEPLOYMENT}/cancel`)).status).toBe(204);
    for (let turns = 0; turns < 20; turns += 1)
      await new Promise((resolve) => setImmediate(resolve));
    expect((await azure.send(`GET ${DEPLOYMENT}`)).json).toMatchObject({
      properties: { provisioningState: 'Canceled' },
    });
    expect(
      azure.world.resources.get(`${ACCOUNT}/blobServices/default/containers/box`),
    ).toBeUndefined();
    expect(codeOf(await azure.send(`POST ${DEPLOYMENT}/cancel`))).toBe(
      'DeploymentCannotBeCancelled',
    );
  });

  it('is refused whole where the caller may not write one of its resources', async () => {
    const somebody = callerOf(azure.world, '00000000-0000-4000-8000-0000000000aa');
    grant(azure.world, somebody.objectId, 'de139f84-1756-47ae-9be6-808fbbe84772');
    const reply = await azure.send(`PUT ${DEPLOYMENT}`, request(), { caller: somebody });
    expect([reply.status, codeOf(reply)]).toEqual([403, 'InvalidTemplateDeployment']);
    expect(JSON.stringify(reply.json)).toContain("'Microsoft.Storage/storageAccounts/write'");
  });

  it('is refused before anything is made where the template is wrong', async () => {
    const reply = await azure.send(`PUT ${DEPLOYMENT}`, request({}));
    expect([reply.status, codeOf(reply)]).toEqual([400, 'InvalidTemplate']);
    const complete = await azure.send(`PUT ${DEPLOYMENT}`, {
      properties: { mode: 'Complete', template },
    });
    expect(codeOf(complete)).toBe('InvalidDeploymentMode');
    expect((await azure.send(`HEAD ${DEPLOYMENT}`)).status).toBe(404);
  });
});

describe('the validation of a deployment', () => {
  it('says what would be deployed, and makes nothing', async () => {
    const reply = await azure.send(`POST ${DEPLOYMENT}/validate`, request());
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      properties: { validatedResources: expect.arrayContaining([{ id: ACCOUNT }]) },
    });
    expect(azure.world.resources.get(ACCOUNT)).toBeUndefined();
    expect((await azure.send(`POST ${DEPLOYMENT}/validate`, request({}))).status).toBe(400);
  });
});

describe('what-if', () => {
  async function changes(body: Json = request()): Promise<Record<string, string>> {
    const reply = await settled(azure, await azure.send(`POST ${DEPLOYMENT}/whatIf`, body));
    const { changes: found } = reply.json['properties'] as {
      changes: { resourceId: string; changeType: string }[];
    };
    return Object.fromEntries(
      found.map(({ resourceId, changeType }) => [resourceId.split('/').at(-1), changeType]),
    ) as Record<string, string>;
  }

  it('tells creations, then no change, then what somebody changed', async () => {
    expect(await changes()).toEqual({ images1: 'Create', box: 'Create' });
    await deploy();
    expect(await changes()).toMatchObject({ images1: 'NoChange', box: 'NoChange' });
    await settled(
      azure,
      await azure.send(`PATCH ${ACCOUNT}`, { properties: { allowSharedKeyAccess: false } }),
    );
    expect(await changes()).toMatchObject({ images1: 'Modify', box: 'NoChange' });
  });

  it('names each property that would change', async () => {
    await deploy();
    await settled(
      azure,
      await azure.send(`PATCH ${ACCOUNT}`, { properties: { allowSharedKeyAccess: false } }),
    );
    const reply = await settled(azure, await azure.send(`POST ${DEPLOYMENT}/whatIf`, request()));
    expect(reply.json).toMatchObject({
      properties: {
        changes: expect.arrayContaining([
          expect.objectContaining({
            resourceId: ACCOUNT,
            delta: [
              {
                path: 'properties.allowSharedKeyAccess',
                propertyChangeType: 'Modify',
                before: false,
                after: true,
                children: null,
              },
            ],
          }),
        ]),
      },
    });
  });

  it('leaves alone what the template does not name', async () => {
    const identity = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/other`;
    await azure.send(`PUT ${identity}`, { location: 'westeurope' });
    expect(await changes()).toMatchObject({ other: 'Ignore' });
  });

  it('asks for the right to write, unless told not to', async () => {
    const reader = callerOf(azure.world, '00000000-0000-4000-8000-0000000000ab');
    grant(azure.world, reader.objectId, 'acdd72a7-3385-48ef-bd42-f606fba81ae7');
    grant(azure.world, reader.objectId, 'de139f84-1756-47ae-9be6-808fbbe84772');
    const ask = (more: Json) =>
      azure.send(`POST ${DEPLOYMENT}/whatIf`, request(undefined, more), { caller: reader });
    expect((await ask({})).status).toBe(403);
    expect((await ask({ validationLevel: 'ProviderNoRbac' })).status).toBeLessThan(300);
  });
});
