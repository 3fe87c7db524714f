import { allowed } from '../../arm/access.ts';
import { keptOut } from '../../entrance/public-access.ts';
import { text } from '../../inside/json-fields.ts';
import type { Answer, Call } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { workspaceType } from './assets.ts';
import { runIn } from './job.ts';
import { isRunToken } from './run-token.ts';

/** Whose tokens the services of a workspace accept. */
const audience = 'https://management.azure.com';

/** The workspace in a path of one of its own services, behind `/history/v1.0` or the like. */
export const workspacePath =
  'subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}';

/** The workspace with this guid, or undefined. */
export function workspaceWith(world: World, guid: string): StoredResource | undefined {
  return world.resources
    .ofType(workspaceType)
    .find((one) => text(one.properties, 'workspaceId')?.toLowerCase() === guid.toLowerCase());
}

/** What all operations at a workspace's own host have in common. */
export const ownHost = {
  host: '*.workspace.*.api.azureml.ms',
  audience,
  hostExists: (host: string, world: World): boolean =>
    workspaceWith(world, host.split('.')[0] ?? '') !== undefined,
};

/** A refusal in the words of AML's own services. */
export function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message, severity: null, innerError: null } } };
}

/** The words that callers report (MicrosoftDocs/azure-docs#90426); that the token comes first is from memory. */
export function closedRefusal(): Answer {
  const said = 'Access to workspace was denied based on workspace private link configuration.';
  return refusal(403, 'UserError', said);
}

/**
 * What a workspace's own services look at before they answer: the path, the network, and the
 * caller's right to `action`. The token of a run opens everything of its own workspace, while it runs.
 */
export function gate(
  call: Call,
  world: World,
  action: string,
  answer: (workspace: StoredResource) => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  const workspace = workspaceWith(world, call.host.split('.')[0] ?? '');
  const path = workspace?.id.toLowerCase() ?? '';
  if (workspace === undefined || !call.path.toLowerCase().includes(`${path}/`)) {
    return refusal(404, 'UserError', 'Workspace not found.');
  }
  if (keptOut(workspace, call) !== undefined) return closedRefusal();
  const needed = `${workspaceType}/${action}`;
  const may =
    call.caller !== undefined &&
    (isRunToken(world, call.caller, workspace) ||
      allowed(world, call.caller, needed, workspace.id));
  return may
    ? answer(workspace)
    : refusal(403, 'UserError', `The caller may not perform ${needed}.`);
}

/** Answers for the run that the path names, to whoever may read runs (or do `action`). */
export function withRun(
  call: Call,
  world: World,
  answer: (run: StoredResource, workspace: StoredResource) => Answer | Promise<Answer>,
  action = 'experiments/runs/read',
): Answer | Promise<Answer> {
  return gate(call, world, action, (workspace) => {
    const run = runIn(world, workspace, call.params['run'] ?? '');
    if (run !== undefined) return answer(run, workspace);
    return refusal(404, 'UserError', `Run ${call.params['run'] ?? ''} was not found.`);
  });
}
