import { randomUUID } from 'node:crypto';
import { badRequest, conflict } from '../../arm/errors.ts';
import { sameId } from '../../arm/ids.ts';
import { asText } from '../../arm/json.ts';
import { scopeOf } from '../../arm/place.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import { shown } from '../../arm/read.ts';
import { secretKey } from '../../canary.ts';
import type { StoredResource, World } from '../../world.ts';
import { keptIn } from '../../world.ts';

export const WORKSPACES = 'Microsoft.OperationalInsights/workspaces';
export const COMPONENTS = 'Microsoft.Insights/components';

const DAY = 24 * 3600 * 1000;

/** Days a deleted Log Analytics workspace can be brought back. */
const KEPT_DAYS = 14;

export const monitorTypes: readonly ResourceType[] = [
  {
    type: WORKSPACES,
    located: true,
    creates: 201,
    waiting: 'state',
    deletes: 200,
    seconds: { create: 30, update: 5 },
    defaults: {
      sku: { name: 'PerGB2018' },
      features: { legacy: 0, searchVersion: 1, enableLogAccessUsingOnlyResourcePermissions: true },
      workspaceCapping: { dailyQuotaGb: -1, dataIngestionStatus: 'RespectQuota' },
      publicNetworkAccessForIngestion: 'Enabled',
      publicNetworkAccessForQuery: 'Enabled',
    },
    check: checkWorkspace,
    once: {
      customerId: (write) => recoverable(write)?.workspace.properties['customerId'] ?? randomUUID(),
      createdDate: ({ world }) => new Date(world.clock.now()).toISOString(),
    },
    derive: ({ draft, world }) => {
      // 0 asks for the plan's own retention.
      if (!draft.properties['retentionInDays']) draft.properties['retentionInDays'] = 30;
      draft.properties['modifiedDate'] = new Date(world.clock.now()).toISOString();
      draft.hidden = { primary: key(), secondary: key(), ...draft.hidden };
    },
    settled: ({ id }, world) => forgetDeleted(world, id),
    removed: (workspace, world) =>
      void keepDeleted(world).push({ workspace, at: world.clock.now() }),
    simplified: 'a deletion is never forced',
  },
  {
    type: COMPONENTS,
    located: true,
    creates: 200,
    deletes: 200,
    seconds: { create: 0 },
    defaults: {
      Application_Type: 'web',
      Flow_Type: 'Bluefield',
      Request_Source: 'rest',
      IngestionMode: 'LogAnalytics',
      RetentionInDays: 90,
      DisableIpMasking: false,
      publicNetworkAccessForIngestion: 'Enabled',
      publicNetworkAccessForQuery: 'Enabled',
    },
    once: {
      AppId: () => randomUUID(),
      InstrumentationKey: () => randomUUID(),
      CreationDate: ({ world }) => new Date(world.clock.now()).toISOString(),
    },
    check: ({ draft, world }) => {
      const workspace = asText(draft.properties['WorkspaceResourceId']);
      if (workspace !== undefined && world.resources.get(workspace) !== undefined) return;
      throw badRequest(
        'BadRequest',
        `The workspace '${workspace ?? ''}' of the component was not found; classic components without a workspace are retired.`,
      );
    },
    derive: ({ draft, world }) => {
      const { properties, location, name } = draft;
      const instrumentation = String(properties['InstrumentationKey']);
      draft.kind ??= 'web';
      Object.assign(properties, {
        ApplicationId: name,
        Name: name,
        TenantId: world.subscriptionId,
        Ver: 'v2',
        ConnectionString:
          `InstrumentationKey=${instrumentation};` +
          `IngestionEndpoint=https://${location ?? ''}-0.in.applicationinsights.azure.com/;` +
          `LiveEndpoint=https://${location ?? ''}.livediagnostics.monitor.azure.com/;` +
          `ApplicationId=${String(properties['AppId'])}`,
      });
    },
  },
  {
    type: 'Microsoft.Insights/diagnosticSettings',
    stands: 'extension',
    verbs: ['get', 'list', 'put', 'delete'],
    creates: 200,
    deletes: 200,
    stateful: false,
    defaults: { logs: [], metrics: [] },
    check: ({ world, id }) => void scopeOf(world, id),
    simplified: 'stored, no logs flow',
  },
];

interface Deleted {
  readonly workspace: StoredResource;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The workspaces that could still be brought back. */
export function deletedWorkspaces(world: World): unknown[] {
  return keepDeleted(world)
    .filter(({ at }) => at + KEPT_DAYS * DAY > world.clock.now())
    .map(({ workspace }) => shown(workspace, world));
}

/** The deleted workspace of the same id, which a PUT in the same region brings back. */
function recoverable({ world, id }: Write): Deleted | undefined {
  return keepDeleted(world).find(
    ({ workspace, at }) => sameId(workspace.id, id) && at + KEPT_DAYS * DAY > world.clock.now(),
  );
}

/** The code is from memory; that the name is kept for 14 days is documented ("Workspaces - Delete"). */
function checkWorkspace(write: Write): void {
  const kept = write.existing === undefined ? recoverable(write) : undefined;
  if (kept === undefined || kept.workspace.location === write.draft.location) return;
  throw conflict(
    'Conflict',
    `The workspace '${write.draft.name}' was deleted in '${kept.workspace.location ?? ''}' and is ` +
      'kept there in a recoverable state; its name cannot be used in another region until then.',
  );
}

function forgetDeleted(world: World, id: string): void {
  const kept = keepDeleted(world).filter(({ workspace }) => !sameId(workspace.id, id));
  world.data.set('deletedLogWorkspaces', kept);
}

function keepDeleted(world: World): Deleted[] {
  return keptIn(world, 'deletedLogWorkspaces', () => []);
}

function key(): string {
  return secretKey(64);
}
