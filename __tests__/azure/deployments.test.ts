import { afterEach, describe, expect, it } from '@jest/globals';
import { deployTemplate, whatIf } from '../../src/azure/deployments.ts';
import { AzureProblem } from '../../src/azure/explain.ts';
import { azureTools, fastClock, lastingCredential } from '../support/azure-tools.ts';
import { startFakeAzure } from '../support/fake-azure.ts';
import type { Asked, FakeAzure, Reaction } from '../support/fake-azure.ts';

const wanted = {
  group: 'g',
  name: 'computes-1-1',
  template: { resources: [] },
  parameters: { size: 'Standard_D4s_v3', count: 2 },
  what: 'Computes',
  deadlineSeconds: 600,
};
const login = { credential: lastingCredential, subscriptionId: 's' };
const path =
  '/subscriptions/s/resourcegroups/g/providers/Microsoft.Resources/deployments/computes-1-1';
const operation = 'https://management.azure.com/subscriptions/s/operationresults/1?api-version=1';

let azure: FakeAzure | undefined;

afterEach(async () => {
  await azure?.close();
  azure = undefined;
});

async function stand(react: (asked: Asked) => Reaction): Promise<FakeAzure> {
  azure = await startFakeAzure(react);
  return azure;
}

const deployment = (state: string, more: object = {}): Reaction => ({
  status: 200,
  body: {
    id: path,
    name: wanted.name,
    properties: { provisioningState: state, correlationId: 'cor-9', ...more },
  },
});

/** Accepts the deployment, then shows these states; the last one stays. */
function ending(...states: readonly Reaction[]): (asked: Asked) => Reaction {
  let turn = 0;
  return ({ method }) => {
    if (method === 'PUT') {
      return {
        status: 201,
        headers: { 'azure-asyncoperation': operation },
        body: { properties: { provisioningState: 'Accepted' } },
      };
    }
    return states[Math.min(turn++, states.length - 1)] ?? { status: 501 };
  };
}

describe('a template deployment', () => {
  it('sends template and parameters, waits, and gives the outputs', async () => {
    const outputs = { cluster: { type: 'String', value: 'c1' } };
    const { asked } = await stand(
      ending(deployment('Running'), deployment('Succeeded', { outputs })),
    );
    const tools = azureTools({ clock: fastClock() });
    expect(await deployTemplate(login, wanted, tools)).toEqual({ cluster: 'c1' });
    expect(asked[0]).toMatchObject({ method: 'PUT', path });
    expect(JSON.parse(asked[0]?.text ?? '')).toMatchObject({
      properties: {
        mode: 'Incremental',
        template: { resources: [] },
        parameters: { size: { value: 'Standard_D4s_v3' }, count: { value: 2 } },
      },
    });
  });

  it('survives looks that are lost', async () => {
    const lost = { status: 404, body: { error: { code: 'DeploymentNotFound', message: '' } } };
    await stand(ending(lost, 'reset', lost, deployment('Succeeded')));
    expect(await deployTemplate(login, wanted, azureTools({ clock: fastClock() }))).toEqual({});
  });

  it('names the resource that failed and the innermost cause', async () => {
    const inner = JSON.stringify({
      error: { code: 'QuotaExceeded', message: 'Standard DSv3 Family: 4 needed, 0 left' },
    });
    const failed = {
      provisioningState: 'Failed',
      targetResource: {
        resourceType: 'Microsoft.MachineLearningServices/workspaces/computes',
        resourceName: 'ml/c1',
      },
      statusMessage: {
        status: 'Failed',
        error: {
          code: 'ResourceDeploymentFailure',
          message: 'failed',
          details: [{ code: 'BadRequest', message: inner }],
        },
      },
    };
    const nested = {
      provisioningState: 'Failed',
      targetResource: { resourceType: 'Microsoft.Resources/deployments', resourceName: 'inner' },
      statusMessage: { error: { code: 'DeploymentFailed', message: 'outer' } },
    };
    const states = ending(
      deployment('Failed', { error: { code: 'DeploymentFailed', message: 'At least one failed' } }),
    );
    await stand((asked) =>
      asked.path.endsWith('/operations')
        ? {
            status: 200,
            body: {
              value: [
                { properties: { provisioningState: 'Succeeded' } },
                { properties: nested },
                { properties: failed },
              ],
            },
          }
        : states(asked),
    );
    const problem = await deployTemplate(login, wanted, azureTools({ clock: fastClock() })).catch(
      (error: unknown) => error,
    );
    expect(problem).toBeInstanceOf(AzureProblem);
    expect((problem as AzureProblem).code).toBe('QuotaExceeded');
    expect(String(problem)).toMatch(
      /Computes: Microsoft\.MachineLearningServices\/workspaces\/computes ml\/c1: QuotaExceeded: Standard DSv3 Family: 4 needed, 0 left Correlation id: cor-9/,
    );
    expect((problem as AzureProblem).next).toMatch(/more quota/);
  });

  it('flattens a template that is refused at once', async () => {
    const error = {
      code: 'InvalidTemplateDeployment',
      message: 'The template deployment failed',
      details: [{ code: 'SkuNotAvailable', message: 'not in this region' }],
    };
    await stand(() => ({ status: 400, body: { error } }));
    await expect(deployTemplate(login, wanted, azureTools({ clock: fastClock() }))).rejects.toThrow(
      'Computes: SkuNotAvailable: not in this region',
    );
  });

  it('follows one of the same name that is under way: its content is the same', async () => {
    const error = { code: 'DeploymentActive', message: 'still active' };
    const outputs = { cluster: { type: 'String', value: 'c1' } };
    const states = ending(deployment('Running'), deployment('Succeeded', { outputs }));
    await stand((asked) =>
      asked.method === 'PUT' ? { status: 409, body: { error } } : states(asked),
    );
    const tools = azureTools({ clock: fastClock() });
    expect(await deployTemplate(login, wanted, tools)).toEqual({ cluster: 'c1' });
    expect(tools.log.lines.join('\n')).toContain('is under way already');
  });

  it('gives up at its deadline', async () => {
    await stand(ending(deployment('Running')));
    await expect(deployTemplate(login, wanted, azureTools({ clock: fastClock() }))).rejects.toThrow(
      /Computes: not finished after 600 s; what was seen last: Running/,
    );
  });
});

describe('a what-if', () => {
  it('asks in the level that needs no right to write, waits, and gives the changes', async () => {
    const changes = [
      { resourceId: '/x/c1', changeType: 'Create', after: {} },
      {
        resourceId: '/x/c2',
        changeType: 'Modify',
        delta: [{ path: 'a.b', propertyChangeType: 'Modify', before: 1, after: 2 }],
      },
    ];
    let polls = 0;
    const { asked } = await stand(({ method }) => {
      if (method === 'POST') return { status: 202, headers: { location: operation } };
      return polls++ === 0
        ? { status: 202 }
        : { status: 200, body: { status: 'Succeeded', properties: { changes } } };
    });
    expect(await whatIf(login, wanted, azureTools({ clock: fastClock() }))).toEqual([
      { resourceId: '/x/c1', change: 'Create', delta: [] },
      { resourceId: '/x/c2', change: 'Modify', delta: [{ path: 'a.b', before: 1, after: 2 }] },
    ]);
    expect(JSON.parse(asked[0]?.text ?? '')).toMatchObject({
      properties: { validationLevel: 'ProviderNoRbac' },
    });
  });

  it('explains what it could not foresee', async () => {
    await stand(() => ({
      status: 200,
      body: { status: 'Failed', error: { code: 'InvalidTemplate', message: 'line 3' } },
    }));
    await expect(whatIf(login, wanted, azureTools({ clock: fastClock() }))).rejects.toThrow(
      'InvalidTemplate: line 3',
    );
  });
});
