import type { RawInputs } from './parse.ts';
import { inputName } from './parse.ts';
import { schema } from './schema.ts';
import type { Settings } from './schema.ts';

/** What can be known of a plan whose inputs were refused. */
export type RefusedPlan = Pick<Settings, 'environment' | 'githubToken'>;

/**
 * Which plan's inputs were refused: enough to say on its pull request that an older plan no longer
 * holds. Undefined where the command, the environment or the token is itself one that cannot be read.
 */
export function refusedPlan(raw: RawInputs): RefusedPlan | undefined {
  const given = (key: keyof Settings): string => raw.read(inputName(key))?.trim() ?? '';
  if (given('command') !== 'plan' || given('githubToken') === '') return undefined;
  try {
    return {
      environment: schema.environment.parse(given('environment'), raw.hide),
      githubToken: schema.githubToken.parse(given('githubToken'), raw.hide),
    };
  } catch {
    return undefined;
  }
}
