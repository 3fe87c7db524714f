import { armOperation } from '../../arm/operation.ts';
import { missing, pathOf } from '../../arm/place.ts';
import { resourceOperations } from '../../arm/resource-operations.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { billingOperations } from './billing.ts';
import { deletedWorkspaces, monitorTypes, WORKSPACES } from './types.ts';

const GROUP = '/subscriptions/{subscription}/resourceGroups/{group}';
const DELETED = 'providers/Microsoft.OperationalInsights/deletedWorkspaces';

/** Azure Monitor: Log Analytics, Application Insights, diagnostic settings. */
export const operations: readonly Operation[] = [
  ...resourceOperations(monitorTypes),
  ...billingOperations,
  armOperation({
    route: `POST ${GROUP}/providers/${WORKSPACES}/{workspace}/sharedKeys`,
    needs: `${WORKSPACES}/sharedKeys/action`,
    answer: sharedKeys,
  }),
  ...['/subscriptions/{subscription}', GROUP].map((scope) =>
    armOperation({
      route: `GET ${scope}/${DELETED}`,
      needs: 'Microsoft.OperationalInsights/deletedWorkspaces/read',
      answer: (_call, world) => ({ status: 200, body: { value: deletedWorkspaces(world) } }),
    }),
  ),
];

function sharedKeys(call: Call, world: World): Answer {
  const id = pathOf(call).replace(/\/sharedKeys$/i, '');
  const workspace = world.resources.get(id);
  if (workspace === undefined) throw missing(id);
  const { primary, secondary } = workspace.hidden ?? {};
  return { status: 200, body: { primarySharedKey: primary, secondarySharedKey: secondary } };
}
