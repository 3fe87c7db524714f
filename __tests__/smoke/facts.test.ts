import { describe, expect, it } from '@jest/globals';
import { factsFrom } from '../../src/smoke/facts.ts';
import { keptLog } from '../support/azure-tools.ts';
import type { Script } from '../support/fake-arm.ts';
import { fakeArm } from '../support/fake-arm.ts';
import { outputs } from '../support/settings.ts';

const model = { name: 'HelloWorld', version: '3' };
const of = (properties: Readonly<Record<string, unknown>>) => () => ({
  id: 'x',
  name: 'x',
  properties,
});
const approved = {
  privateEndpointConnections: [
    { properties: { privateLinkServiceConnectionState: { status: 'Approved' } } },
  ],
};
const whole: Script = {
  'LIST /config/configreferences/connectionstrings': () => [
    { id: 'a', name: 'AZUREML_SERVICE_PRINCIPAL_SECRET', properties: { status: 'VaultNotFound' } },
    { id: 'b', name: 'API_AUTH_SECRET', properties: { status: 'Resolved' } },
  ],
  'GET /sites/lab-inference-abc123': of({ state: 'Running' }),
  'GET /workspaces/lab-ml': of(approved),
  'GET /models/HelloWorld/versions/3': of({ tags: { python_environment_name: 'innereye-1' } }),
  'GET /environments/innereye-1/versions/1': of({}),
  'GET /computes/lab-cluster': of({ provisioningState: 'Succeeded' }),
  'GET /datastores/inferencetestimagestore': of({ credentials: { credentialsType: 'AccountKey' } }),
  'GET /jobs/main_1': of({ status: 'Running' }),
};

async function facts(
  changes: Script = {},
  about: Parameters<ReturnType<typeof factsFrom>>[0] = { model },
) {
  const arm = fakeArm({ ...whole, ...changes });
  const found = await factsFrom(outputs(), { arm }, { log: keptLog() })(about);
  expect(
    arm.calls.map(({ method }) => method).filter((method) => !/^(GET|LIST)$/.test(method)),
  ).toEqual([]);
  return found;
}

const sound = {
  ...{ keyReference: 'Resolved', appState: 'Running', workspaceEndpoint: 'approved' },
  ...{ model: 'there', environment: 'there', cluster: 'there', datastore: 'there' },
};
const gone = () => undefined;

describe('what Azure says of a deployment', () => {
  it('is all there where nothing is missing, and was only read', async () => {
    expect(await facts()).toEqual(sound);
  });

  it('is about the app alone where no model and no run is in question', async () => {
    const { keyReference, appState, workspaceEndpoint } = sound;
    expect(await facts({}, {})).toEqual({ keyReference, appState, workspaceEndpoint });
    expect(await facts({}, { run: 'main_1' })).toMatchObject({ job: 'Running' });
  });

  it.each([
    [
      'a stopped app',
      { 'GET /sites/lab-inference-abc123': of({ state: 'Stopped' }) },
      { appState: 'Stopped' },
    ],
    [
      'no endpoint',
      { 'GET /workspaces/lab-ml': of({ privateEndpointConnections: [] }) },
      { workspaceEndpoint: 'missing' },
    ],
    [
      'an endpoint that nobody approved',
      {
        'GET /workspaces/lab-ml': of({
          privateEndpointConnections: [
            { properties: { privateLinkServiceConnectionState: { status: 'Pending' } } },
          ],
        }),
      },
      { workspaceEndpoint: 'missing' },
    ],
    [
      'no model',
      { 'GET /models/HelloWorld/versions/3': gone },
      { model: 'missing', environment: undefined },
    ],
    [
      'no tag',
      { 'GET /models/HelloWorld/versions/3': of({ tags: {} }) },
      { model: 'untagged', environment: undefined },
    ],
    [
      'a tag that is no name',
      { 'GET /models/HelloWorld/versions/3': of({ tags: { python_environment_name: '../x' } }) },
      { model: 'untagged', environment: undefined },
    ],
    [
      'no environment',
      { 'GET /environments/innereye-1/versions/1': gone },
      { environment: 'missing' },
    ],
    ['no cluster', { 'GET /computes/lab-cluster': gone }, { cluster: 'missing' }],
    [
      'a failed cluster',
      { 'GET /computes/lab-cluster': of({ provisioningState: 'Failed' }) },
      { cluster: 'failed' },
    ],
    ['no datastore', { 'GET /datastores/inferencetestimagestore': gone }, { datastore: 'missing' }],
    [
      'a datastore without a key',
      {
        'GET /datastores/inferencetestimagestore': of({ credentials: { credentialsType: 'None' } }),
      },
      { datastore: 'keyless' },
    ],
  ] as const)('names %s', async (_what, changes, found) => {
    expect(await facts(changes)).toEqual({ ...sound, ...found });
  });

  it('leaves out what Azure does not tell', async () => {
    const refuse = () => {
      throw new Error('AuthorizationFailed');
    };
    const all = Object.fromEntries(Object.keys(whole).map((key) => [key, refuse]));
    expect(await facts(all)).toEqual({});
  });
});
