import { apis } from '../azure/api-versions.ts';
import { messageOf } from '../errors.ts';
import type { Resource } from '../azure/arm.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { siteOf } from '../terraform/resource-ids.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { keyHeader } from './contract.ts';
import type { ModelVersion } from './model.ts';

/** Datastore of the images, as the app's setting DATASTORE_NAME names it. */
const datastore = 'inferencetestimagestore';

/** What Azure says of the deployment; a part that it does not say, or that was not asked for, is undefined. */
export interface Facts {
  /** What App Service makes of the app's reference to the key, such as Resolved. */
  readonly keyReference?: string | undefined;
  /** Running or Stopped. */
  readonly appState?: string | undefined;
  /** Whether the workspace has a private endpoint that was approved. */
  readonly workspaceEndpoint?: 'approved' | 'missing' | undefined;
  readonly model?: 'there' | 'missing' | 'untagged' | undefined;
  /** The environment that the model's tag names, in version 1. */
  readonly environment?: 'there' | 'missing' | undefined;
  readonly cluster?: 'there' | 'missing' | 'failed' | undefined;
  /** The datastore of the images, which must carry a key. */
  readonly datastore?: 'there' | 'missing' | 'keyless' | undefined;
  /** Status of the run's job. */
  readonly job?: string | undefined;
}

/** What to ask about beyond the app itself. */
export interface About {
  readonly model?: ModelVersion | undefined;
  readonly run?: string | undefined;
}

/** Asks Azure about the deployment, reading only. Never throws: it is asked after a failure, which is what counts. */
export type AskFacts = (about: About) => Promise<Facts>;

/** A question to ARM, and under what name its answer is known. */
type Question = () => Promise<Facts>;

type ReadWorkspace = (path: string) => Promise<Resource | undefined>;

/** What the service needs, as ARM tells it. */
export function factsFrom(
  outputs: Outputs,
  { arm }: Pick<Session, 'arm'>,
  { log }: Pick<Toolbox, 'log'>,
): AskFacts {
  const read: ReadWorkspace = (path) =>
    arm.get(`${outputs.workspaceId}${path}`, apis.machineLearning);
  const told = async (ask: Question): Promise<Facts> => {
    try {
      return await ask();
    } catch (error) {
      log.debug(`A part of the deployment cannot be read: ${messageOf(error)}`);
      return {};
    }
  };
  return async ({ model, run }) => {
    const questions = [
      ...aboutApp(outputs, arm),
      async () => ({ workspaceEndpoint: endpointOf(await read('')) }),
      ...(model === undefined ? [] : aboutStart(model, outputs, read)),
      ...(run === undefined
        ? []
        : [async () => ({ job: textIn(await read(`/jobs/${run}`), 'status') })]),
    ];
    const answers = await Promise.all(questions.map(told));
    return answers.reduce((facts, answer) => ({ ...facts, ...answer }), {});
  };
}

function aboutApp(outputs: Outputs, arm: Session['arm']): Question[] {
  return [
    async () => ({ keyReference: await keyReference(outputs, arm) }),
    async () => ({ appState: textIn(await arm.get(siteOf(outputs), apis.web), 'state') }),
  ];
}

function aboutStart(
  { name, version }: ModelVersion,
  { computeClusterName }: Outputs,
  read: ReadWorkspace,
): Question[] {
  return [
    () => modelFacts(`/models/${name}/versions/${version}`, read),
    async () => ({ cluster: clusterOf(await read(`/computes/${computeClusterName}`)) }),
    async () => ({ datastore: datastoreOf(await read(`/datastores/${datastore}`)) }),
  ];
}

/** What App Service says of the app's reference to the pass key; undefined where it does not say. */
async function keyReference(outputs: Outputs, arm: Session['arm']): Promise<string | undefined> {
  const path = `${siteOf(outputs)}/config/configreferences/connectionstrings`;
  const references = await arm.list(path, apis.web);
  return textIn(
    references.find(({ name }) => name === keyHeader),
    'status',
  );
}

async function modelFacts(path: string, read: ReadWorkspace): Promise<Facts> {
  const model = await read(path);
  if (model === undefined) return { model: 'missing' };
  const tags = (model.properties?.['tags'] ?? {}) as Readonly<Record<string, unknown>>;
  const name = tags['python_environment_name'];
  if (typeof name !== 'string' || !/^[\w.-]{1,255}$/.test(name)) return { model: 'untagged' };
  const environment = await read(`/environments/${name}/versions/1`);
  return { model: 'there', environment: environment === undefined ? 'missing' : 'there' };
}

function endpointOf(workspace: Resource | undefined): Facts['workspaceEndpoint'] {
  const connections = workspace?.properties?.['privateEndpointConnections'];
  if (workspace === undefined || (connections !== undefined && !Array.isArray(connections))) {
    return undefined;
  }
  const isApproved = (connections ?? []).some((one) => stateOf(one) === 'Approved');
  return isApproved ? 'approved' : 'missing';
}

function stateOf(connection: unknown): unknown {
  const { properties } = connection as {
    readonly properties?: {
      readonly privateLinkServiceConnectionState?: { readonly status?: unknown };
    };
  };
  return properties?.privateLinkServiceConnectionState?.status;
}

function clusterOf(cluster: Resource | undefined): Facts['cluster'] {
  if (cluster === undefined) return 'missing';
  return textIn(cluster, 'provisioningState') === 'Failed' ? 'failed' : 'there';
}

/** A credential of the kind None is one that the service cannot use. */
function datastoreOf(found: Resource | undefined): Facts['datastore'] {
  if (found === undefined) return 'missing';
  const credentials = found.properties?.['credentials'] as
    { readonly credentialsType?: unknown } | undefined;
  return credentials?.credentialsType === 'None' ? 'keyless' : 'there';
}

function textIn(resource: Resource | undefined, name: string): string | undefined {
  const value = resource?.properties?.[name];
  return typeof value === 'string' ? value : undefined;
}
