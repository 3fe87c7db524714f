import type { StoredResource, World } from '../../world.ts';
import { performanceOf } from './performance.ts';

/** The log file of a command job, as AML names it. */
export const stdLog = 'user_logs/std_log.txt';

/** A file that Local Azure makes when asked: what a running or a played job has left by now. */
export async function madeFile(
  world: World,
  workspace: StoredResource,
  name: string,
): Promise<Buffer | undefined> {
  const [, run = '', path = ''] = /^ExperimentRun\/dcid\.([^/]+)\/(.+)$/.exec(name) ?? [];
  const job = world.resources.get(`${workspace.id}/jobs/${run}`);
  const performance = job && performanceOf(world, job);
  if (job === undefined || performance === undefined) return undefined;
  performance.advance();
  if (path !== stdLog) return performance.file(path);
  const log = performance.log();
  return log.length === 0 ? undefined : log;
}

/** The names of all files that Local Azure makes when asked, for a container such as `dcid.run1`. */
export async function madeNames(
  world: World,
  workspace: StoredResource,
  container: string,
): Promise<readonly string[]> {
  const job = world.resources.get(`${workspace.id}/jobs/${container.replace(/^dcid\./, '')}`);
  const performance = job && performanceOf(world, job);
  if (performance === undefined) return [];
  performance.advance();
  const log = performance.log().length === 0 ? [] : [stdLog];
  return [...log, ...(await performance.paths())];
}
