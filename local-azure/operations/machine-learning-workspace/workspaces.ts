import { randomUUID } from 'node:crypto';
import { badRequest, conflict } from '../../arm/errors.ts';
import { keyOf } from '../../arm/ids.ts';
import { asText } from '../../arm/json.ts';
import { armOperation } from '../../arm/operation.ts';
import { collectionRoutes, pathOf, subscriptionRoute } from '../../arm/place.ts';
import { readCollection, shown } from '../../arm/read.ts';
import { connectionsOf } from '../../arm/private-link.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import type { Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { keptIn } from '../../world.ts';

const WORKSPACES = 'Microsoft.MachineLearningServices/workspaces';

/** What a workspace hangs on, by the property that names it. */
const PARTS = ['storageAccount', 'keyVault', 'applicationInsights', 'containerRegistry'] as const;

/** Days a deleted workspace keeps its name. */
const KEPT_DAYS = 14;
const DAY = 24 * 3600 * 1000;

export const workspaceTypes: readonly ResourceType[] = [
  {
    type: WORKSPACES,
    located: true,
    verbs: ['get', 'put', 'patch', 'delete'],
    creates: 200,
    waiting: 'accepted',
    deletes: 202,
    seconds: { create: 90, update: 30, delete: 45 },
    defaults: {
      friendlyName: '',
      description: '',
      hbiWorkspace: false,
      publicNetworkAccess: 'Enabled',
      v1LegacyMode: false,
      systemDatastoresAuthMode: 'AccessKey',
      enableDataIsolation: false,
      managedNetwork: { isolationMode: 'Disabled' },
    },
    once: {
      workspaceId: () => randomUUID(),
      creationTime: ({ world }) => new Date(world.clock.now()).toISOString(),
    },
    check: checkWorkspace,
    derive: ({ draft }) => {
      const region = draft.location ?? '';
      draft.kind ??= 'Default';
      draft.sku ??= { name: 'Basic', tier: 'Basic' };
      // A closed workspace is found at its own, private host (azureml-core, service_discovery.py).
      const isClosed = draft.properties['publicNetworkAccess'] === 'Disabled';
      const own = `${String(draft.properties['workspaceId'])}.workspace.${region}`;
      draft.properties['discoveryUrl'] =
        `https://${isClosed ? own : region}.api.azureml.ms/discovery`;
      draft.properties['mlFlowTrackingUri'] =
        `azureml://${region}.api.azureml.ms/mlflow/v1.0${draft.id}`;
      draft.properties['notebookInfo'] = {
        fqdn: `ml-${draft.name.slice(0, 20)}-${region}-${String(draft.properties['workspaceId'])}.${region}.notebooks.azure.net`.toLowerCase(),
        resourceId: String(draft.properties['workspaceId']).replaceAll('-', ''),
      };
    },
    view: (workspace, world) => ({ privateEndpointConnections: connectionsOf(world, workspace) }),
    removed: (workspace, world) => {
      if (workspace.hidden?.['purges'] === true) return;
      keptWorkspaces(world).set(keyOf(workspace.id), { workspace, at: world.clock.now() });
    },
    simplified: 'a soft-deleted workspace only keeps its name; it cannot be recovered',
  },
];

function checkWorkspace({ world, id, draft, existing }: Write): void {
  if (!/^[a-zA-Z0-9][\w-]{2,32}$/.test(draft.name)) {
    throw badRequest('ValidationError', `Workspace name '${draft.name}' is invalid.`);
  }
  if (draft.identity === undefined) {
    throw badRequest('ValidationError', 'Missing identity: a workspace needs a managed identity.');
  }
  checkParts(world, draft);
  const kept = keptWorkspaces(world).get(keyOf(id));
  if (existing !== undefined || kept === undefined) return;
  if (kept.at + KEPT_DAYS * DAY <= world.clock.now()) return;
  throw conflict(
    'Conflict',
    `A soft-deleted workspace with the same name '${draft.name}' exists. Recover or purge it, or ` +
      'choose another name.',
  );
}

function checkParts(world: World, draft: StoredResource): void {
  for (const part of PARTS) {
    const id = asText(draft.properties[part]);
    if (id === undefined && (part === 'applicationInsights' || part === 'containerRegistry'))
      continue;
    if (id !== undefined && world.resources.get(id) !== undefined) continue;
    throw badRequest(
      'ValidationError',
      `The ${part} '${id ?? ''}' of workspace '${draft.name}' was not found.`,
    );
  }
}

/**
 * The list of a subscription still names deleted workspaces, though a GET of one is 404
 * (github.com/Azure/azure-powershell/issues/28286, github.com/Azure/azure-cli/issues/33756).
 */
export function workspaceLists(): Operation[] {
  const [type] = workspaceTypes;
  if (type === undefined) return [];
  const everywhere = subscriptionRoute(type) ?? '';
  return [...collectionRoutes(type), everywhere].map((route) =>
    armOperation({
      route: `GET ${route}`,
      needs: `${WORKSPACES}/read`,
      answer: (call, world) => {
        const live = readCollection(world, pathOf(call), WORKSPACES);
        if (route !== everywhere) return live;
        const { value } = live.body as { value: unknown[] };
        return { status: 200, body: { value: [...value, ...deletedWorkspaces(world)] } };
      },
    }),
  );
}

function deletedWorkspaces(world: World): unknown[] {
  return [...keptWorkspaces(world).values()]
    .filter(({ at }) => at + KEPT_DAYS * DAY > world.clock.now())
    .map(({ workspace }) => {
      const properties = { ...workspace.properties, provisioningState: 'SoftDeleted' };
      return shown({ ...workspace, properties }, world);
    });
}

interface Kept {
  readonly workspace: StoredResource;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Soft-deleted workspaces by id in lower case. */
function keptWorkspaces(world: World): Map<string, Kept> {
  return keptIn(world, 'deletedMlWorkspaces', () => new Map<string, Kept>());
}
