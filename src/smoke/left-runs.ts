import { apis } from '../azure/api-versions.ts';
import { farewellArm } from '../azure/farewell.ts';
import { Cancelled, messageOf } from '../errors.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';

/**
 * Does work that begins runs and names each. Where the step is cancelled meanwhile, it says which runs
 * are left and asks Machine Learning to cancel them: the inference service has no way to do so. That
 * its runs can be cancelled as jobs of ARM is from memory; where not, they end by themselves.
 */
export async function cancellingRuns<T>(
  work: (begun: (run: string) => void) => Promise<T>,
  { workspaceId }: Pick<Outputs, 'workspaceId'>,
  session: Session,
  tools: Toolbox,
): Promise<T> {
  const runs: string[] = [];
  try {
    return await work((run) => void runs.push(run));
  } catch (error) {
    if (error instanceof Cancelled && runs.length > 0) {
      tools.log.warn(
        `The inference service has no way to cancel a run. Machine Learning is asked to cancel ${runs.join(' and ')}; ` +
          'look in the studio whether they have ended: until then each costs a node.',
      );
      const arm = farewellArm(session, tools);
      const paths = runs.map((run) => `${workspaceId}/jobs/${run}/cancel`);
      await Promise.all(paths.map((path) => cancelled(path, arm, tools)));
    }
    throw error;
  }
}

/** The request is out; its end is not waited for, and its failure only told. */
async function cancelled(
  path: string,
  arm: Session['arm'],
  { log }: Pick<Toolbox, 'log'>,
): Promise<void> {
  try {
    await arm.post(path, apis.machineLearning);
  } catch (error) {
    if (!(error instanceof Cancelled)) log.warn(messageOf(error));
  }
}
