import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AzureProblem } from '../../src/azure/explain.ts';
import type { Settings } from '../../src/inputs/schema.ts';
import { Secret } from '../../src/secret.ts';
import type { Blobs } from '../../src/state/blobs.ts';
import type { State } from '../../src/state/index.ts';
import type { HttpRequest } from '../../src/toolbox/index.ts';
import type { SiteDeployment } from '../../src/webapp/deployments.ts';
import type { WebApp } from '../../src/webapp/index.ts';
import { connectionStringsOf } from '../../src/webapp/needed-settings.ts';
import { deployWebApp } from '../../src/webapp/index.ts';
import { outputs, settings } from '../support/settings.ts';
import type { Spoken, Workshop } from '../support/workshop.ts';
import { workshop } from '../support/workshop.ts';

/** The app's own answers. */
export const answers = {
  healthy: {
    status: 200,
    headers: { 'content-type': 'application/json' },
    text: '{"status":"Healthy"}\n',
  },
  accepted: { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, text: '' },
  refused: { status: 403, headers: { 'content-type': 'application/json' }, text: '{}' },
  keyless: { status: 401, headers: { 'content-type': 'application/json' }, text: '{}' },
  platform: { status: 503, headers: { 'content-type': 'text/html' }, text: 'starting' },
} as const;

export const principal = 'cccccccc-1111-0000-0000-000000000009';
const client = outputs().inferenceIdentityClientId;

const names = [
  ...['CLUSTER', 'WORKSPACE_NAME', 'EXPERIMENT_NAME', 'RESOURCE_GROUP', 'SUBSCRIPTION_ID'],
  ...['TENANT_ID', 'APPLICATION_ID', 'DATASTORE_NAME', 'IMAGE_DATA_FOLDER'],
];

/** A web app as a fake ARM and a fake network show it; what a test changes, happens. */
export interface Stage {
  readonly place: Workshop;
  readonly folder: string;
  readonly zip: string;
  /** What the app answers, by path. */
  app: Record<string, () => Spoken>;
  /** Values the pass key has had, the newest last; ARM never shows them. */
  keys: string[];
  /** The key that the app goes by; a restart after a refresh makes it the newest. */
  taken: string;
  /** Whether the vantage point may read the key. */
  mayReadKey: boolean;
  settings: Record<string, string>;
  strings: Record<string, { type: string; value: string }>;
  reference: { status: string; details?: string };
  /** Roles of the app's identity, as GUIDs, by the ARM id they are on. */
  roles: Record<string, readonly string[]>;
  site: { state: string; enabled: boolean };
  log: string | undefined;
  deployments: SiteDeployment[];
  /** What App Service makes of the next package. */
  outcome: SiteDeployment['properties'];
  /** What happens before a package is taken; throwing refuses it. */
  before: () => void;
  /** Whether the answer of one-deploy gets lost. */
  lost: boolean;
  /** Content of the state's containers. */
  readonly stored: Map<string, Buffer>;
  readonly shelf: Map<string, Buffer>;
  /** Addresses that were shared. */
  readonly shared: string[];
  state(): Pick<State, 'blobs' | 'packages'>;
  deploy(changes?: Partial<Settings>): Promise<WebApp>;
  /** Calls whose method and path end match. */
  calls(method: string, end: string): readonly { readonly body: unknown }[];
  close(): Promise<void>;
}

const workspace = outputs().workspaceId;
const secret = `/subscriptions/${outputs().subscriptionId}/resourceGroups/innereye-lab/providers/Microsoft.KeyVault/vaults/lab-kv-abc123/secrets/inference-api-key`;
export const roleIds = {
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  scientist: 'f6c7c914-8db3-469d-8ca1-694a8f32e121',
  secretsUser: '4633458b-17de-408a-b874-0445c86b69e6',
};

/** The refusal of a deployment while another one goes on. */
export function conflict(): never {
  const error = { code: 'Conflict', message: 'Another deployment is in progress.' };
  throw new AzureProblem('Handing the web app its package', error, 409);
}

/** A healthy app to start from. */
export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'webapp-'));
  const zip = join(folder, 'app.zip');
  await writeFile(zip, Buffer.from('PK\u0003\u0004 and so on'));
  const place = workshop();
  const stage: Stage = {
    ...{ place, folder, zip, keys: [], taken: '', mayReadKey: true },
    app: { '/': () => answers.healthy, '/v1/ping': () => answers.accepted },
    settings: Object.fromEntries(names.map((name) => [name, 'set'])),
    strings: Object.fromEntries(
      Object.entries(connectionStringsOf(outputs())).map(([name, value]) => [
        name,
        { type: 'Custom', value },
      ]),
    ),
    reference: { status: 'Resolved' },
    roles: { [workspace]: [roleIds.reader, roleIds.scientist], [secret]: [roleIds.secretsUser] },
    site: { state: 'Running', enabled: true },
    log: undefined,
    deployments: [],
    outcome: { status: 4, active: true },
    before: () => undefined,
    lost: false,
    stored: new Map(),
    shelf: new Map(),
    shared: [],
    state: () => stateOf(stage),
    deploy: (changes = {}) =>
      deployWebApp(
        outputs(),
        settings({ inferencePackage: zip, vantage: 'direct', ...changes }),
        place.session,
        stateOf(stage),
        place.tools,
      ),
    calls: (method, end) =>
      place.arm.calls.filter((call) => call.method === method && call.path.endsWith(end)),
    close: () => rm(folder, { recursive: true }),
  };
  place.answer((request) => answer(stage, request));
  place.arm.on({ ...keyScript(stage), ...siteScript(stage), ...deployScript(stage) });
  return stage;
}

/** The app goes by the key it was started with; asked for as the smoke test does. */
function answer(stage: Stage, { url, headers = {} }: HttpRequest): Spoken {
  const { host, pathname } = new URL(url);
  if (host.endsWith('.vault.azure.net')) return fromVault(stage, pathname);
  if (pathname === '/v1/ping' && stage.app['/v1/ping']?.() === answers.accepted) {
    return headers['API_AUTH_SECRET'] === stage.taken ? answers.accepted : answers.refused;
  }
  return stage.app[pathname]?.() ?? answers.platform;
}

function fromVault({ keys, mayReadKey }: Stage, path: string): Spoken {
  const version = path.split('/')[3];
  const at = version === undefined ? keys.length - 1 : Number.parseInt(version, 16) - 1;
  const value = keys[at];
  if (!mayReadKey || value === undefined) return { status: 403, headers: {}, text: '{}' };
  return { status: 200, headers: {}, text: JSON.stringify({ value }) };
}

type Script = Parameters<Workshop['arm']['on']>[0];

function keyScript(stage: Stage): Script {
  let fetched = '';
  return {
    'GET /secrets/inference-api-key': () =>
      stage.keys.length === 0 ? undefined : { properties: { secretUriWithVersion: uriOf(stage) } },
    'PUT /secrets/inference-api-key': ({ body }) => {
      stage.keys.push((body as { properties: { value: string } }).properties.value);
      return {};
    },
    'POST /config/configreferences/appsettings/refresh': () => {
      fetched = stage.keys.at(-1) ?? '';
    },
    'POST /restart': () => {
      if (fetched !== '') stage.taken = fetched;
    },
  };
}

function uriOf({ keys }: Stage): string {
  const version = keys.length.toString(16).padStart(32, '0');
  return `https://lab-kv-abc123.vault.azure.net/secrets/inference-api-key/${version}`;
}

function siteScript(stage: Stage): Script {
  const references = (kind: 'settings' | 'strings'): unknown =>
    kind === 'settings' ? [] : [{ name: 'API_AUTH_SECRET', properties: stage.reference }];
  const held = (scope: string): unknown =>
    (stage.roles[scope] ?? []).map((id) => ({
      properties: { scope, roleDefinitionId: `/x/roleDefinitions/${id}` },
    }));
  const asked = (scope: string): string =>
    `LIST ${scope}/providers/Microsoft.Authorization/roleAssignments?$filter=assignedTo('${principal}')`;
  return {
    'POST /config/appsettings/list': () => ({ properties: stage.settings }),
    'POST /config/connectionstrings/list': () => ({ properties: stage.strings }),
    'LIST /config/configreferences/appsettings': () => references('settings'),
    'LIST /config/configreferences/connectionstrings': () => references('strings'),
    'GET /sites/lab-inference-abc123': () => ({
      properties: stage.site,
      identity: { userAssignedIdentities: { '/i': { principalId: principal, clientId: client } } },
    }),
    [asked(workspace)]: () => held(workspace),
    [asked(secret)]: () => held(secret),
    'POST /containerlogs': () => stage.log,
  };
}

function deployScript(stage: Stage): Script {
  return {
    'LIST /deployments': () => stage.deployments,
    'PUT /extensions/onedeploy': () => {
      stage.before();
      const others = stage.deployments.map((one) => ({
        ...one,
        properties: { ...one.properties, active: false },
      }));
      const id = `/deployments/${stage.deployments.length + 1}`;
      stage.deployments = [{ id, ...(stage.outcome && { properties: stage.outcome }) }, ...others];
      stage.taken = stage.keys.at(-1) ?? '';
      if (stage.lost) throw new Error('connection reset');
      return {};
    },
  };
}

function blobsIn(content: Map<string, Buffer>): Blobs {
  return {
    read: async (name) => content.get(name),
    write: async (name, bytes) => void content.set(name, Buffer.from(bytes)),
    list: async () => [...content.keys()],
    delete: async (name) => void content.delete(name),
  };
}

function stateOf({ stored, shelf, shared }: Stage): Pick<State, 'blobs' | 'packages'> {
  return {
    blobs: blobsIn(stored),
    packages: {
      ...blobsIn(shelf),
      shareForReading: async (name, minutes) => {
        if (!shelf.has(name) || minutes !== 15) throw new Error(`not shared: ${name}, ${minutes}`);
        shared.push(
          `https://labtf.blob.core.windows.net/packages/x.zip?sig=share-${shared.length + 1}`,
        );
        return new Secret(shared.at(-1) ?? '', () => undefined);
      },
    },
  };
}
