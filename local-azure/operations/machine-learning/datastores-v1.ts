import { allowed } from '../../arm/access.ts';
import { text } from '../../inside/json-fields.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { datastores, workspaceType } from './assets.ts';
import { gate, ownHost, refusal, workspacePath } from './gate.ts';
import { defaultContainer, defaultStore } from './job-data.ts';
import { accountOf } from './run-blobs.ts';
import { isRunToken } from './run-token.ts';

/** A datastore as SDK v1 reads it (azureml-core, DataStore and AzureStorage), its secret for whoever may. */
function datastoreBody(datastore: StoredResource, withSecret: boolean): object {
  const { properties, hidden } = datastore;
  const kind = text(properties, 'credentials', 'credentialsType') ?? 'None';
  const secrets = withSecret ? hidden?.['credentials.secrets'] : undefined;
  const [accountKey, sasToken] = [text(secrets, 'key'), text(secrets, 'sasToken')];
  return {
    name: datastore.name,
    dataStoreType: 'AzureBlob',
    hasBeenValidated: true,
    tags: {},
    azureStorageSection: {
      accountName: properties['accountName'],
      containerName: properties['containerName'],
      endpoint: properties['endpoint'] ?? 'core.windows.net',
      protocol: properties['protocol'] ?? 'https',
      credentialType: kind,
      credential: accountKey ?? sasToken ?? null,
      isSas: kind === 'Sas',
      accountKey: accountKey ?? null,
      sasToken: sasToken ?? null,
      serviceDataAccessAuthIdentity: properties['serviceDataAccessAuthIdentity'] ?? 'None',
    },
  };
}

/** The datastores of a workspace, with the one that AML makes with it and that ARM does not know here. */
function datastoresOf(world: World, workspace: StoredResource): readonly StoredResource[] {
  const made = world.resources
    .below(workspace.id)
    .filter(({ type }) => type.toLowerCase() === datastores.type.toLowerCase());
  const accountName = accountOf(world, workspace)?.name;
  const properties = {
    ...{ accountName, containerName: defaultContainer },
    credentials: { credentialsType: 'None' },
  };
  const id = `${workspace.id}/datastores/${defaultStore}`;
  const usual = { id, name: defaultStore, type: datastores.type, properties };
  return made.some(({ name }) => name === defaultStore) ? made : [...made, usual];
}

function read(
  call: Call,
  world: World,
  answer: (found: readonly object[]) => Answer,
): Answer | Promise<Answer> {
  return gate(call, world, 'datastores/read', (workspace) => {
    const { caller } = call;
    const withSecret =
      caller !== undefined &&
      (isRunToken(world, caller, workspace) ||
        allowed(world, caller, `${workspaceType}/datastores/listsecrets/action`, workspace.id));
    const wanted = call.params['datastore'];
    const found = datastoresOf(world, workspace).filter(
      ({ name }) => wanted === undefined || name === wanted,
    );
    return answer(found.map((one) => datastoreBody(one, withSecret)));
  });
}

const path = `/datastore/v1.0/${workspacePath}/datastores`;

/** Datastores, as SDK v1 asks for them. */
export const datastoresV1: readonly Operation[] = [
  {
    ...ownHost,
    route: `GET ${path}`,
    simplified: 'datastores of blobs, all on one page',
    answer: (call, world) =>
      read(call, world, (value) => ({ status: 200, body: { value, continuationToken: null } })),
  },
  {
    ...ownHost,
    route: `GET ${path}/{datastore}`,
    answer: (call, world) =>
      read(call, world, ([found]) =>
        found === undefined
          ? refusal(404, 'UserError', `Could not find datastore: ${call.params['datastore'] ?? ''}`)
          : { status: 200, body: found },
      ),
  },
];
