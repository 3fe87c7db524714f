import { createHash } from 'node:crypto';
import { fields } from '../../inside/json-fields.ts';
import type { StoredResource, World } from '../../world.ts';
import { workspaceType } from './assets.ts';
import { advance } from './performance.ts';

export const jobType = `${workspaceType}/jobs`;

/** The job that run history calls a run, in the state it has now; undefined where there is none. */
export function runIn(
  world: World,
  workspace: StoredResource,
  name: string,
): StoredResource | undefined {
  const job = world.resources.get(`${workspace.id}/jobs/${name}`);
  if (job !== undefined) advance(world, job);
  return job;
}

/** A job's tags as texts. */
export function tagsOf(job: StoredResource): Readonly<Record<string, string>> {
  return fields(job.properties['tags']) as Readonly<Record<string, string>>;
}

/** An id in the form of a GUID that is always the same for the same text. */
export function guidOf(text: string): string {
  const hex = createHash('sha256').update(text.toLowerCase()).digest('hex');
  const ends = [8, 12, 16, 20, 32];
  return ends.map((end, index) => hex.slice(ends[index - 1] ?? 0, end)).join('-');
}

/** The id of an experiment of a workspace. */
export function experimentId(workspace: StoredResource, name: string): string {
  return guidOf(`${workspace.id}/experiments/${name}`);
}
