import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { failCreation } from '../../local-azure/operations/machine-learning/computes.ts';
import type { StoredResource } from '../../local-azure/world.ts';
import { deployComputes } from '../../src/compute/index.ts';
import { Problem } from '../../src/errors.ts';
import { login } from '../../src/login/index.ts';
import type { Session } from '../../src/login/session.ts';
import type { Outputs } from '../../src/terraform/outputs.ts';
import { goToLocalAzure } from '../support/azure-place.ts';
import type { Place } from '../support/azure-place.ts';
import type { TestTools } from '../support/azure-tools.ts';
import { outputs as outputsOf, settings as settingsOf } from '../support/settings.ts';
import { workshop } from '../support/workshop.ts';

const person = 'dddddddd-0000-0000-0000-000000000001';
const computeType = 'Microsoft.MachineLearningServices/workspaces/computes';
const deploymentType = 'Microsoft.Resources/deployments';

let place: Place;
let session: Session;
let outputs: Outputs;
let tools: TestTools;
let attempt = 0;

/** Fifty seconds in one. */
const begun = Date.now();
const hurriedClock = {
  now: () => begun + (Date.now() - begun) * 50,
  sleep: (seconds: number) => new Promise<void>((resolve) => setTimeout(resolve, seconds * 20)),
};

/** A workspace that the nodes of its network can reach; the rest of the network is left out. */
async function standing(): Promise<void> {
  const { arm } = session;
  const group = `/subscriptions/${place.ids.subscriptionId}/resourceGroups/innereye-lab`;
  const location = 'westeurope';
  await arm.put(group, '2025-04-01', { location });
  await arm.put(`${group}/providers/Microsoft.Network/virtualNetworks/lab-vnet`, '2025-01-01', {
    location,
    properties: {
      addressSpace: { addressPrefixes: ['10.1.0.0/16'] },
      subnets: [{ name: 'default', properties: { addressPrefix: '10.1.0.0/24' } }],
    },
  });
  const put = (id: string, type: string, properties: StoredResource['properties']): void =>
    place.azure.world.resources.put({
      ...{ id, type, location, name: id.split('/').at(-1) ?? '' },
      properties: { provisioningState: 'Succeeded', ...properties },
    });
  put(outputs.workspaceId, 'Microsoft.MachineLearningServices/workspaces', {});
  const connection = { privateLinkServiceId: outputs.workspaceId, groupIds: ['amlworkspace'] };
  put(
    `${group}/providers/Microsoft.Network/privateEndpoints/pe`,
    'Microsoft.Network/privateEndpoints',
    {
      subnet: { id: outputs.subnetId },
      privateLinkServiceConnections: [{ properties: connection }],
    },
  );
  put(outputs.clusterIdentityId, 'Microsoft.ManagedIdentity/userAssignedIdentities', {
    principalId: person,
    clientId: person,
  });
}

beforeAll(async () => {
  place = await goToLocalAzure({ deployerRole: 'deployer', pace: 0.0005 });
  tools = { ...place.tools(), files: workshop().tools.files, clock: hurriedClock };
  const { subscriptionId } = place.ids;
  const scope = `/subscriptions/${subscriptionId}/resourceGroups/innereye-lab/providers`;
  outputs = outputsOf({
    subscriptionId,
    workspaceId: `${scope}/Microsoft.MachineLearningServices/workspaces/lab-ml`,
    subnetId: `${scope}/Microsoft.Network/virtualNetworks/lab-vnet/subnets/default`,
    clusterIdentityId: `${scope}/Microsoft.ManagedIdentity/userAssignedIdentities/lab-cluster`,
  });
  session = await login(settingsOf(place.ids), tools);
  await standing();
});

afterAll(async () => {
  await session.close();
  await place.leave();
});

afterEach(() => {
  const { azure } = place;
  azure.faults.clear();
  for (const name of ['lab-cluster', 'lab-ci-abc123']) failCreation(azure.world, name);
  for (const { id } of azure.world.resources.ofType(computeType)) azure.world.resources.delete(id);
});

const deployments = (): readonly StoredResource[] =>
  place.azure.world.resources.ofType(deploymentType);

/** Deploys as a run of its own; gives what it ended with. */
async function deployed(): Promise<{ readonly changed: boolean } | Problem> {
  attempt += 1;
  const context = { ...workshop().tools.runner.context, runId: '77', runAttempt: `${attempt}` };
  const own = { ...tools, runner: { ...tools.runner, context } };
  const settings = settingsOf({ ...place.ids, instanceUser: person });
  try {
    return await deployComputes(outputs, settings, session, own);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}

async function failed(): Promise<Problem> {
  const result = await deployed();
  if (result instanceof Problem) return result;
  throw new Error('the deploy did not fail');
}

/** Lets the template's write of the cluster be refused. */
function refuse(status: number, body: unknown): void {
  const match = { method: 'PUT', path: /\/computes\/lab-cluster$/ };
  place.azure.faults.add({ match, fault: { kind: 'answer', answer: { status, body } } });
}

/** Machine Learning's own form of a refusal (microsoft/AzureTRE#1255). */
const learning = (message: string, code = 'UserError'): unknown => ({
  error: { code, severity: null, message, details: [], innerError: null },
  correlation: { operation: 'ae5be03fdf36', request: 'd99682c5bf30' },
  environment: 'westeurope',
  componentName: 'machinelearningcompute',
});

describe('a deployment of computes that Azure refuses', () => {
  it.each([
    [
      'quota',
      400,
      learning(
        'The specified subscription has a total vCPU quota of 4 and cannot accomodate for at least 1 requested compute training cluster',
        'ClusterMinNodesExceedCoreQuota',
      ),
      /ClusterMinNodesExceedCoreQuota: The specified subscription has a total vCPU quota of 4/,
      /ask for more quota/,
    ],
    [
      'quota',
      409,
      {
        error: {
          code: 'OperationNotAllowed',
          message:
            'Operation could not be completed as it results in exceeding approved Total Regional Cores quota.',
        },
      },
      /OperationNotAllowed: .*Total Regional Cores quota/,
      /ask for more quota/,
    ],
    [
      'a size that is not offered',
      409,
      {
        error: {
          code: 'SkuNotAvailable',
          message:
            "The requested tier for resource 'lab-cluster' is currently not available in location 'westeurope'.",
        },
      },
      /SkuNotAvailable: The requested tier/,
      /choose a size that this region offers/,
    ],
    [
      'a size that is not offered',
      400,
      learning(
        'The specified value Standard_B2s for property Cluster.Properties.VMSize is not a supported VM size.',
        'InvalidPropertyValue',
      ),
      /InvalidPropertyValue: The specified value Standard_B2s/,
      /choose a size that this region offers/,
    ],
    [
      'missing capacity',
      409,
      {
        error: {
          code: 'ResourceDeploymentFailure',
          message: "The resource operation completed with terminal provisioning state 'Failed'.",
          details: [
            {
              code: 'ZonalAllocationFailed',
              message:
                'Allocation failed. We do not have sufficient capacity for the requested VM size in this zone.',
            },
          ],
        },
      },
      /ZonalAllocationFailed: Allocation failed/,
      /no free machines of this size/,
    ],
    [
      'a full subnet',
      400,
      {
        error: {
          code: 'SubnetIsFull',
          message:
            'Subnet default with address prefix 10.1.0.0/24 does not have enough capacity for 1 IP addresses.',
          details: [],
        },
        status: 'Failed',
      },
      /SubnetIsFull: Subnet default with address prefix/,
      /no free addresses/,
    ],
    [
      'a name that is taken',
      400,
      learning(
        "Compute name 'lab-cluster' is not available. Reason: AlreadyExists. Message: The specified name lab-cluster is already in use and is therefore unavailable",
      ),
      /UserError: Compute name 'lab-cluster' is not available/,
      /Choose another name/,
    ],
  ])('for %s says so, and what to do', async (_what, status, body, said, next) => {
    refuse(status, body);
    const problem = await failed();
    expect(problem.message).toMatch(said);
    expect(problem.message).toMatch(/^computes: Microsoft\.MachineLearningServices.*lab-cluster/);
    expect(problem.next).toMatch(next);
    expect(problem.message.split('\nNext')[0]).not.toMatch(/DeploymentFailed|BadRequest|[{}]/);
    // The instance did not wait for the cluster, and is there.
    expect(
      place.azure.world.resources.get(`${outputs.workspaceId}/computes/lab-ci-abc123`),
    ).toBeDefined();
  });
});

describe('a compute that fails on its own', () => {
  const allocation = {
    code: 'AllocationFailed',
    message: 'Desired number of dedicated nodes could not be allocated.',
    details: [{ code: 'ClusterCoreQuotaReached', message: 'Quota is reached.' }],
  };

  it.each([true, false])(
    'gives its reason, whether the deployment tells it (%s) or not',
    async (told) => {
      failCreation(place.azure.world, 'lab-ci-abc123', {
        error: {
          code: 'ClusterCoreQuotaReached',
          message: 'Operation results in exceeding quota limits of Core.',
        },
        told,
      });
      const problem = await failed();
      expect(problem.message).toMatch(/lab-ci-abc123: ClusterCoreQuotaReached: Operation results/);
      expect(problem.next).toMatch(/ask for more quota/);
    },
  );

  it('is named beside the other one, with what to do for both', async () => {
    const { world } = place.azure;
    failCreation(world, 'lab-cluster', { error: allocation, told: false });
    failCreation(world, 'lab-ci-abc123', {
      error: { code: 'SubnetIsFull', message: 'Subnet default is full.' },
      told: false,
    });
    const problem = await failed();
    expect(problem.message).toContain('Compute lab-cluster: AllocationFailed: Desired number');
    expect(problem.message).toContain('Compute lab-ci-abc123: SubnetIsFull');
    expect(problem.next).toMatch(/run verify.*larger range/);
  });

  it('is made by the next deploy, and what was made stays as it is', async () => {
    const { world } = place.azure;
    const cluster = `${outputs.workspaceId}/computes/lab-cluster`;
    failCreation(world, 'lab-ci-abc123', {
      error: { code: 'AllocationFailed', message: 'Allocation failed.' },
      told: false,
    });
    await failed();
    const made = world.resources.get(cluster)?.properties['createdOn'];
    failCreation(world, 'lab-ci-abc123');
    expect(await deployed()).toMatchObject({ changed: true });
    expect(tools.log.lines.join('\n')).toContain('was deleted to be made anew');
    expect(world.resources.get(cluster)?.properties['createdOn']).toBe(made);
    const before = deployments().length;
    expect(await deployed()).toMatchObject({ changed: false });
    expect(deployments()).toHaveLength(before);
  });
});

describe('a compute that another run is still making', () => {
  it('is waited for, and then taken as it is', async () => {
    await deployed();
    const cluster = place.azure.world.resources.get(`${outputs.workspaceId}/computes/lab-cluster`);
    if (cluster === undefined) throw new Error('there is no cluster');
    cluster.properties['provisioningState'] = 'Creating';
    const before = deployments().length;
    setTimeout(() => (cluster.properties['provisioningState'] = 'Succeeded'), 50);
    expect(await deployed()).toMatchObject({ changed: false });
    expect(deployments()).toHaveLength(before);
  });
});

describe('the deployment of computes', () => {
  it('has another name in each run, each attempt and each content', async () => {
    const known = new Set(deployments().map(({ name }) => name));
    for (const match of [/./, /./]) {
      refuse(400, learning(`no ${match.source}`));
      await failed();
    }
    const names = deployments()
      .map(({ name }) => name)
      .filter((name) => !known.has(name));
    expect(new Set(names).size).toBe(2);
  });

  it('is begun by two runs at once without one disturbing the other', async () => {
    const results = await Promise.all([deployed(), deployed()]);
    expect(results).toEqual([
      expect.objectContaining({ changed: true }),
      expect.objectContaining({ changed: true }),
    ]);
  });

  it('makes cluster and instance side by side', async () => {
    const known = new Set(deployments().map(({ id }) => id));
    await deployed();
    const made = deployments().find(({ id }) => !known.has(id));
    const { steps } = made?.hidden?.['progress'] as {
      readonly steps: readonly { readonly startedAt: number; readonly endedAt: number }[];
    };
    expect(steps).toHaveLength(2);
    const lastBegin = Math.max(...steps.map(({ startedAt }) => startedAt));
    const firstEnd = Math.min(...steps.map(({ endedAt }) => endedAt));
    expect(lastBegin).toBeLessThan(firstEnd);
  });
});
