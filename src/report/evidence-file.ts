import { join } from 'node:path';
import { scrubbed } from '../scrub.ts';
import type { Toolbox } from '../toolbox/index.ts';

/**
 * Keeps evidence as a JSON file with the time and the run, in the runner's folder for temporary
 * files, where a later step of the job can fetch it, without secrets. Gives the path.
 */
export async function keepEvidence(
  name: string,
  content: unknown,
  { files, env, clock, runner }: Pick<Toolbox, 'files' | 'env' | 'clock' | 'runner'>,
): Promise<string> {
  const { repository, runId, runAttempt, sha } = runner.context;
  const at = new Date(clock.now()).toISOString();
  const file = join(env['RUNNER_TEMP'] ?? '.', `innereye-${name}.json`);
  const whole = { at, run: { repository, runId, runAttempt, sha }, result: content };
  await files.write(file, scrubbed(`${JSON.stringify(whole, null, 2)}\n`));
  return file;
}
