import { keptOut } from '../../entrance/public-access.ts';
import { text } from '../../inside/json-fields.ts';
import type { Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { artifacts } from './artifacts.ts';
import { workspaceType } from './assets.ts';
import { discovery } from './discovery.ts';
import { closedRefusal, ownHost } from './gate.ts';
import { modelManagement } from './model-management.ts';
import { runMetrics } from './run-metrics.ts';
import { environmentsV1 } from './environments-v1.ts';
import { datastoresV1 } from './datastores-v1.ts';
import { contentSnapshots } from './snapshots.ts';
import { snapshotRuns } from './snapshot-runs.ts';
import { runHistory } from './run-history.ts';

/** The workspace whose notebooks have this host. */
function notebookOwner(world: World, host: string): StoredResource | undefined {
  const fqdn = (one: StoredResource) => text(one.properties, 'notebookInfo', 'fqdn');
  return world.resources.ofType(workspaceType).find((one) => fqdn(one) === host.toLowerCase());
}

/** The services of a workspace that ARM does not carry: run history, artifacts, models and the like. */
export const workspaceServices: readonly Operation[] = [
  ...discovery,
  {
    host: '*.*.notebooks.azure.net',
    route: 'ANY /{rest...}',
    simplified: 'who is refused, and why; notebooks themselves are not there',
    hostExists: (host, world) => notebookOwner(world, host) !== undefined,
    audience: ownHost.audience,
    answer: (call, world) => {
      const workspace = notebookOwner(world, call.host);
      const closed = workspace !== undefined && keptOut(workspace, call) !== undefined;
      return closed ? closedRefusal() : { status: 200, body: [] };
    },
  },
  ...runHistory,
  ...artifacts,
  ...modelManagement,
  ...runMetrics,
  ...environmentsV1,
  ...datastoresV1,
  ...contentSnapshots,
  ...snapshotRuns,
];
