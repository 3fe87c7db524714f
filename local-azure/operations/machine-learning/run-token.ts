import { issueToken } from '../../entrance/access-token.ts';
import type { Caller } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { hasEnded } from './timeline.ts';

/** Under this name a run appears where other tokens have the object id of a principal. */
const prefix = 'run:';

/** Seconds that the token of a run lives; AML's live for weeks (from memory). */
const lifetimeSeconds = 24 * 3600;

/**
 * The token that a job finds in AZUREML_RUN_TOKEN. Only the services of its own workspace accept it:
 * no role is ever given to its object id, so ARM and every other service refuse it.
 */
export async function runToken(world: World, run: StoredResource): Promise<RunToken> {
  const objectId = `${prefix}${run.id.toLowerCase()}`;
  const audience = 'https://management.azure.com';
  const token = await issueToken(world, { objectId, audience, lifetimeSeconds });
  return { token, expiresAt: Math.floor(world.clock.now() / 1000) + lifetimeSeconds };
}

/** A token, and when it ends in seconds since the epoch. */
export interface RunToken {
  readonly token: string;
  readonly expiresAt: number;
}

/** Whether a caller is a run of this workspace that has not ended. */
export function isRunToken(world: World, caller: Caller, workspace: StoredResource): boolean {
  const id = caller.objectId.startsWith(prefix) ? caller.objectId.slice(prefix.length) : '';
  const run = world.resources.get(id);
  if (run === undefined || !id.startsWith(`${workspace.id.toLowerCase()}/jobs/`)) return false;
  return !hasEnded(String(run.properties['status']));
}
