import { randomBytes } from 'node:crypto';
import { allowed } from '../../arm/access.ts';
import { keptOut } from '../../entrance/public-access.ts';
import { fields, text } from '../../inside/json-fields.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { workspaceType } from './assets.ts';
import { runIn, tagsOf } from './jobs.ts';
import { failureOf, logOf, metricsOf } from './play.ts';
import { hasEnded } from './timeline.ts';

const audience = 'https://management.azure.com';
const place =
  'v1.0/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}';

/** The workspace with this guid, or undefined. */
function workspaceWith(world: World, guid: string): StoredResource | undefined {
  return world.resources
    .ofType(workspaceType)
    .find((one) => text(one.properties, 'workspaceId')?.toLowerCase() === guid.toLowerCase());
}

/** The workspace whose notebooks have this host. */
function notebookOwner(world: World, host: string): StoredResource | undefined {
  const fqdn = (one: StoredResource) => text(one.properties, 'notebookInfo', 'fqdn');
  return world.resources.ofType(workspaceType).find((one) => fqdn(one) === host.toLowerCase());
}

function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message, severity: null, innerError: null } } };
}

/** What a workspace's own services look at before they answer. */
function gate(
  call: Call,
  world: World,
  action: string,
  answer: (workspace: StoredResource) => Answer,
): Answer {
  const workspace = workspaceWith(world, call.host.split('.')[0] ?? '');
  const path = workspace?.id.toLowerCase() ?? '';
  if (workspace === undefined || !call.path.toLowerCase().includes(`${path}/`)) {
    return refusal(404, 'UserError', 'Workspace not found.');
  }
  if (keptOut(workspace, call) !== undefined) return closedRefusal();
  if (!call.caller || !allowed(world, call.caller, `${workspaceType}/${action}`, workspace.id)) {
    return refusal(403, 'UserError', `The caller may not perform ${workspaceType}/${action}.`);
  }
  return answer(workspace);
}

/** The words that callers report (MicrosoftDocs/azure-docs#90426); that the token comes first is from memory. */
function closedRefusal(): Answer {
  const said = 'Access to workspace was denied based on workspace private link configuration.';
  return refusal(403, 'UserError', said);
}

const readRuns = 'experiments/runs/read';

function withRun(
  call: Call,
  world: World,
  answer: (run: StoredResource, workspace: StoredResource) => Answer,
): Answer {
  return gate(call, world, readRuns, (workspace) => {
    const run = runIn(world, workspace, call.params['run'] ?? '');
    if (run !== undefined) return answer(run, workspace);
    return refusal(404, 'UserError', `Run ${call.params['run'] ?? ''} was not found.`);
  });
}

function runBody(run: StoredResource): Record<string, unknown> {
  const failure = failureOf(run);
  return {
    runId: run.name,
    experimentName: run.properties['experimentName'],
    displayName: run.properties['displayName'],
    status: run.properties['status'],
    tags: tagsOf(run),
    properties: run.properties['properties'],
    error: failure === undefined ? null : { error: { code: 'UserError', message: failure } },
    warnings: [],
    endTimeUtc: hasEnded(String(run.properties['status'])) ? run.properties['endTime'] : null,
  };
}

function runDetails(run: StoredResource, workspace: StoredResource, world: World): Answer {
  const url = logAddress(world, run, workspace);
  const logFiles = logOf(world, run) === '' || url === undefined ? {} : { [stdLog]: url };
  return { status: 200, body: { ...runBody(run), logFiles, runDefinition: definitionOf(run) } };
}

function definitionOf(run: StoredResource): Record<string, unknown> {
  const parts = (text(run.properties, 'environmentId') ?? '').split('/');
  return {
    environment: { name: parts.at(-3), version: parts.at(-1) },
    target: (text(run.properties, 'computeId') ?? '').split('/').at(-1),
  };
}

/** The log file of a command job, as AML names it. */
const stdLog = 'user_logs/std_log.txt';

/** Signatures under which logs may be read, with the run they belong to. */
function signatures(world: World): Map<string, string> {
  const known = world.data.get('logSignatures') as Map<string, string> | undefined;
  if (known !== undefined) return known;
  const made = new Map<string, string>();
  world.data.set('logSignatures', made);
  return made;
}

/** An address with a signature in the workspace's storage account, as AML gives it out. */
function logAddress(
  world: World,
  run: StoredResource,
  workspace: StoredResource,
): string | undefined {
  const account = text(workspace.properties, 'storageAccount')?.split('/').at(-1);
  if (account === undefined) return undefined;
  const signature = randomBytes(24).toString('base64url');
  signatures(world).set(signature, run.id);
  const path = `azureml/ExperimentRun/dcid.${run.name}/${stdLog}`;
  return `https://${account}.blob.core.windows.net/${path}?sv=2021-08-06&sr=b&sp=r&sig=${signature}`;
}

/** A log file in the workspace's storage account: for whoever has the address and comes from inside. */
function readLog(call: Call, world: World): Answer {
  const account = world.resources
    .ofType('Microsoft.Storage/storageAccounts')
    .find((one) => one.name.toLowerCase() === call.host.split('.')[0]);
  const closed = account !== undefined && keptOut(account, call) !== undefined;
  const runId = signatures(world).get(call.query.get('sig') ?? '');
  const run = runId === undefined ? undefined : world.resources.get(runId);
  if (account === undefined || run === undefined || closed) {
    return blobRefusal(run === undefined ? 'AuthenticationFailed' : 'AuthorizationFailure');
  }
  const wanted = `/azureml/ExperimentRun/dcid.${run.name}/${stdLog}`;
  if (call.path !== wanted) return blobRefusal('AuthenticationFailed');
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: logOf(world, run) };
}

function blobRefusal(code: string): Answer {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>This request is not authorized to perform this operation.</Message></Error>`;
  const headers = { 'content-type': 'application/xml', 'x-ms-error-code': code };
  return { status: 403, headers, body };
}

function readModel(call: Call, world: World): Answer {
  return gate(call, world, 'models/read', (workspace) => {
    const id = call.params['model'] ?? '';
    const [name = '', version = ''] = id.split(':');
    const model = world.resources.get(`${workspace.id}/models/${name}/versions/${version}`);
    if (version === '' || model === undefined) {
      return noModel(id);
    }
    const kvTags = fields(model.properties['tags']);
    const url = model.properties['modelUri'];
    return { status: 200, body: { id, name, version: Number(version), kvTags, url } };
  });
}

/** The error fields by which azureml-core knows that a model is not there (its ModelErrorResponse). */
function noModel(id: string): Answer {
  const message = `Model with id ${id} was not found.`;
  const body = { code: 'ModelNotFound', statusCode: 404, message, details: [], correlation: {} };
  return { status: 404, body };
}

/** The region's public host tells where a workspace's services are: at its own, private host. */
function discover(call: Call, world: World): Answer {
  const workspace = workspaceWith(world, call.params['guid'] ?? '');
  if (workspace === undefined) return refusal(404, 'UserError', 'Workspace not found.');
  const guid = call.params['guid'] ?? '';
  const base = `https://${guid}.workspace.${workspace.location ?? ''}.api.azureml.ms`;
  // The six that azureml-core looks up, and those that callers ask for by the name of the service.
  const services = [
    ...['api', 'experimentation', 'history', 'hyperdrive', 'modelmanagement', 'studio'],
    ...['environment', 'artifact', 'execution'],
  ];
  return { status: 200, body: Object.fromEntries(services.map((name) => [name, base])) };
}

/** The same list at the workspace's own host, where its network is looked at first. */
function ownDiscovery(call: Call, world: World): Answer {
  const guid = call.host.split('.')[0] ?? '';
  const workspace = workspaceWith(world, guid);
  if (workspace !== undefined && keptOut(workspace, call) !== undefined) return closedRefusal();
  return discover({ ...call, params: { guid } }, world);
}

const own = {
  host: '*.workspace.*.api.azureml.ms',
  audience,
  hostExists: (host: string, world: World) =>
    workspaceWith(world, host.split('.')[0] ?? '') !== undefined,
};

/** The services of a workspace that ARM does not carry: run history with logs, and models. */
export const workspaceServices: readonly Operation[] = [
  {
    host: '*.api.azureml.ms',
    route: 'GET /discovery/workspaces/{guid}',
    audience,
    answer: discover,
  },
  // azureml-core asks without a token; only the network is looked at.
  {
    host: own.host,
    hostExists: own.hostExists,
    route: 'GET /discovery',
    answer: (call, world) => ownDiscovery(call, world),
  },
  { ...own, route: 'GET /discovery/workspaces/{guid}', answer: ownDiscovery },
  {
    host: '*.*.notebooks.azure.net',
    route: 'ANY /{rest...}',
    simplified: 'who is refused, and why; notebooks themselves are not there',
    hostExists: (host, world) => notebookOwner(world, host) !== undefined,
    audience,
    answer: (call, world) => {
      const workspace = notebookOwner(world, call.host);
      const closed = workspace !== undefined && keptOut(workspace, call) !== undefined;
      return closed ? closedRefusal() : { status: 200, body: [] };
    },
  },
  {
    ...own,
    route: `GET /history/${place}/runs/{run}`,
    answer: (call, world) => withRun(call, world, (run) => ({ status: 200, body: runBody(run) })),
  },
  ...[
    `/history/${place}/runs/{run}/details`,
    `/history/${place}/experiments/{experiment}/runs/{run}/details`,
  ].map((path): Operation => ({
    ...own,
    route: `GET ${path}`,
    answer: (call, world) =>
      withRun(call, world, (run, workspace) => runDetails(run, workspace, world)),
  })),
  {
    ...own,
    route: `GET /history/${place}/runs/{run}/metrics`,
    simplified: 'one list of rows, not the paged form of run metrics',
    answer: (call, world) =>
      withRun(call, world, (run) => ({ status: 200, body: { value: metricsOf(world, run) } })),
  },
  { ...own, route: `GET /modelmanagement/${place}/models/{model}`, answer: readModel },
  {
    host: '*.blob.core.windows.net',
    route: 'GET /azureml/ExperimentRun/{run}/{file...}',
    simplified: 'log files of runs only; AML keeps them here, Local Azure makes them when asked',
    answer: readLog,
  },
];
