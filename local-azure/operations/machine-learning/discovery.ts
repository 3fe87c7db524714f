import { keptOut } from '../../entrance/public-access.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { closedRefusal, ownHost, refusal, workspaceWith } from './gate.ts';

// The six that azureml-core looks up, and those that callers ask for by the name of the service.
const services = [
  ...['api', 'experimentation', 'history', 'hyperdrive', 'modelmanagement', 'studio'],
  ...['environment', 'artifact', 'execution'],
];

/** The region's public host tells where a workspace's services are: at its own, private host. */
function discover(call: Call, world: World): Answer {
  const guid = call.params['guid'] ?? '';
  const workspace = workspaceWith(world, guid);
  if (workspace === undefined) return refusal(404, 'UserError', 'Workspace not found.');
  const base = `https://${guid}.workspace.${workspace.location ?? ''}.api.azureml.ms`;
  return { status: 200, body: Object.fromEntries(services.map((name) => [name, base])) };
}

/** The same list at the workspace's own host, where its network is looked at first. */
function ownDiscovery(call: Call, world: World): Answer {
  const guid = call.host.split('.')[0] ?? '';
  const workspace = workspaceWith(world, guid);
  if (workspace !== undefined && keptOut(workspace, call) !== undefined) return closedRefusal();
  return discover({ ...call, params: { guid } }, world);
}

/** Where the services of a workspace are found. */
export const discovery: readonly Operation[] = [
  {
    host: '*.api.azureml.ms',
    route: 'GET /discovery/workspaces/{guid}',
    audience: ownHost.audience,
    answer: discover,
  },
  // azureml-core asks without a token; only the network is looked at.
  {
    host: ownHost.host,
    hostExists: ownHost.hostExists,
    route: 'GET /discovery',
    answer: ownDiscovery,
  },
  { ...ownHost, route: 'GET /discovery/workspaces/{guid}', answer: ownDiscovery },
];
