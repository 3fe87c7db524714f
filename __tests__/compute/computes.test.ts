import { describe, expect, it } from '@jest/globals';
import type { TemplateDeployment } from '../../src/azure/deployments.ts';
import { AzureProblem } from '../../src/azure/explain.ts';
import { watched } from '../../src/compute/check.ts';
import { checkComputes, deployComputes, removeComputes } from '../../src/compute/index.ts';
import { computeParameters } from '../../src/compute/parameters.ts';
import { readTemplate, setByTemplate } from '../../src/compute/template.ts';
import { outputs, settings } from '../support/settings.ts';
import type { Workshop } from '../support/workshop.ts';
import { workshop } from '../support/workshop.ts';

const person = 'dddddddd-0000-0000-0000-000000000001';

/** What ARM answers for computes as the template makes them, in the spelling ARM likes. */
function asDeployed(place: Workshop): void {
  const common = { disableLocalAuth: true, provisioningState: 'Succeeded' };
  const inner = {
    vmSize: 'STANDARD_D4S_V3',
    enableNodePublicIp: false,
    subnet: { id: outputs().subnetId.toUpperCase() },
  };
  place.arm.on({
    'GET /computes/lab-cluster': () => ({
      identity: { userAssignedIdentities: { [outputs().clusterIdentityId]: {} } },
      properties: {
        ...common,
        properties: {
          ...inner,
          remoteLoginPortPublicAccess: 'Disabled',
          scaleSettings: {
            minNodeCount: 0,
            maxNodeCount: 2,
            nodeIdleTimeBeforeScaleDown: 'PT600S',
          },
        },
      },
    }),
    'GET /computes/lab-ci-abc123': () => ({
      properties: {
        ...common,
        properties: {
          ...inner,
          sshSettings: { sshPublicAccess: 'Disabled' },
          idleTimeBeforeShutdown: 'PT30M',
          personalComputeInstanceSettings: { assignedUser: { objectId: person.toUpperCase() } },
        },
      },
    }),
  });
}

async function deployed(place: Workshop, instanceUser = person) {
  const deployments: TemplateDeployment[] = [];
  const computes = await deployComputes(
    outputs(),
    settings({ instanceUser }),
    place.session,
    place.tools,
    async (_, wanted) => {
      deployments.push(wanted);
      return {};
    },
  );
  return { computes, deployments };
}

describe('the template of the computes', () => {
  it('gets each parameter that has no default, and none it does not know', async () => {
    const template = await readTemplate(workshop().tools.files);
    const given = Object.keys(computeParameters(outputs(), settings()));
    const known = Object.keys(template.parameters);
    const needed = known.filter((name) => template.parameters[name]?.defaultValue === undefined);
    expect(known).toEqual(expect.arrayContaining(given));
    expect(given).toEqual(expect.arrayContaining(needed));
  });

  it.each(['AmlCompute', 'ComputeInstance'] as const)(
    'says what each watched attribute of the %s has to be',
    async (type) => {
      const template = await readTemplate(workshop().tools.files);
      const parameters = computeParameters(outputs(), settings({ instanceUser: person }));
      const values = watched[type].map((attribute) =>
        setByTemplate(template, type, attribute.split('.'), parameters),
      );
      expect(values).not.toContain(undefined);
    },
  );
});

describe('deploying computes', () => {
  it('deploys cluster and instance under a name of this run', async () => {
    const place = workshop();
    place.arm.on({
      'GET /computes/lab-cluster': () => undefined,
      'GET /computes/lab-ci-abc123': () => undefined,
    });
    const { computes, deployments } = await deployed(place);
    expect(computes).toMatchObject({ changed: true });
    expect(computes.instanceId).toMatch(/\/computes\/lab-ci-abc123$/);
    expect(deployments).toHaveLength(1);
    expect(deployments[0]).toMatchObject({
      group: 'innereye-lab',
      parameters: { clusterName: 'lab-cluster', instanceUserObjectId: person },
    });
    expect(deployments[0]?.name).toMatch(/^innereye-computes-4711-1-[0-9a-f]{8}$/);
  });

  it('leaves the instance out where nobody is named for it, and says so', async () => {
    const place = workshop();
    place.arm.on({ 'GET /computes/lab-cluster': () => undefined });
    const { computes, deployments } = await deployed(place, '');
    expect(computes.instanceId).toBeUndefined();
    expect(deployments[0]?.parameters).toMatchObject({ instanceUserObjectId: '' });
    expect(place.log.join('\n')).toContain('instance-user');
  });

  it('deploys nothing where ARM says that all is as it has to be', async () => {
    const place = workshop();
    asDeployed(place);
    const { computes, deployments } = await deployed(place);
    expect(computes.changed).toBe(false);
    expect(deployments).toEqual([]);
  });
});

describe('a deployment of computes that fails', () => {
  it('says why, also where the computes cannot be asked then', async () => {
    const place = workshop();
    place.arm.on({
      'GET /computes/lab-cluster': () => undefined,
      'GET /computes/lab-ci-abc123': () => undefined,
    });
    const failing = deployComputes(
      ...([outputs(), settings({ instanceUser: person }), place.session, place.tools] as const),
      async () => {
        const away = (): never => {
          throw new Error('ARM is away');
        };
        place.arm.on({ 'GET /computes/lab-cluster': away, 'GET /computes/lab-ci-abc123': away });
        throw new AzureProblem('computes', { code: 'QuotaExceeded', message: 'too many' }, 409);
      },
    );
    await expect(failing).rejects.toThrow('QuotaExceeded');
  });
});

describe('an instance that is somebody else’s', () => {
  const another = 'dddddddd-0000-0000-0000-000000000002';

  it('is not given away: nothing is deployed, and both people are named', async () => {
    const place = workshop();
    asDeployed(place);
    await expect(deployed(place, another)).rejects.toThrow(
      new RegExp(`lab-ci-abc123 is for ${person}.*names ${another}[^]*Next: `, 'i'),
    );
  });

  it('is a drift', async () => {
    const place = workshop();
    asDeployed(place);
    const wanted = settings({ instanceUser: another });
    expect(await checkComputes(outputs(), wanted, place.session, place.tools)).toEqual([
      expect.objectContaining({ resource: 'lab-ci-abc123', wanted: another }),
    ]);
  });
});

describe('the drift of computes', () => {
  const found = async (place: Workshop) =>
    checkComputes(outputs(), settings({ instanceUser: person }), place.session, place.tools);

  it('is none where they are as deployed', async () => {
    const place = workshop();
    asDeployed(place);
    expect(await found(place)).toEqual([]);
  });

  it('names a compute that is gone', async () => {
    const place = workshop();
    asDeployed(place);
    place.arm.on({ 'GET /computes/lab-ci-abc123': () => undefined });
    expect(await found(place)).toEqual([
      {
        resource: 'lab-ci-abc123',
        attribute: 'existence',
        wanted: 'exists',
        found: 'does not exist',
      },
    ]);
  });

  it.each([
    ['properties.disableLocalAuth', false],
    ['properties.provisioningState', 'Failed'],
    ['properties.properties.enableNodePublicIp', true],
    ['properties.properties.remoteLoginPortPublicAccess', 'Enabled'],
    ['properties.properties.subnet.id', '/elsewhere'],
    ['properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown', 'P1D'],
    ['properties.properties.vmSize', 'Standard_NC6'],
    ['identity.userAssignedIdentities', { '/other': {} }],
    ['identity.userAssignedIdentities', { [outputs().clusterIdentityId]: {}, '/one-more': {} }],
  ])('names %s of the cluster', async (attribute, value) => {
    const place = workshop();
    asDeployed(place);
    const cluster = structuredClone((await place.arm.get('/computes/lab-cluster', 'x')) as object);
    let inner: Record<string, unknown> = cluster as Record<string, unknown>;
    const keys = attribute.split('.');
    for (const key of keys.slice(0, -1)) inner = inner[key] as Record<string, unknown>;
    inner[keys.at(-1) ?? ''] = value;
    place.arm.on({ 'GET /computes/lab-cluster': () => cluster });
    expect((await found(place)).map((difference) => difference.attribute)).toEqual([attribute]);
  });
});

describe('removing computes', () => {
  it('deletes both with their machines', async () => {
    const place = workshop();
    await removeComputes(outputs(), place.session, place.tools);
    expect(place.arm.lines()).toEqual([
      'DELETE Microsoft.MachineLearningServices/workspaces/lab-ml/computes/lab-cluster?underlyingResourceAction=Delete',
      'DELETE Microsoft.MachineLearningServices/workspaces/lab-ml/computes/lab-ci-abc123?underlyingResourceAction=Delete',
    ]);
  });

  it('waits for the other one before it says that one failed', async () => {
    const place = workshop();
    let ended = false;
    place.arm.on({
      'DELETE /computes/lab-cluster?underlyingResourceAction=Delete': () => {
        throw new Error('no');
      },
      'DELETE /computes/lab-ci-abc123?underlyingResourceAction=Delete': async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        ended = true;
      },
    });
    await expect(removeComputes(outputs(), place.session, place.tools)).rejects.toThrow('no');
    expect(ended).toBe(true);
  });
});
