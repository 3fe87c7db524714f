import type { Arm } from '../azure/arm.ts';
import { growingPauses } from '../azure/pauses.ts';
import { Cancelled, messageOf } from '../errors.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { machineLearningApi } from './assets.ts';
import type { Job } from './job.ts';

/** How a followed job came to its end. */
export type Ending =
  | { readonly kind: 'completed'; readonly job: Job }
  | { readonly kind: 'failed' | 'canceled' | 'silent' | 'late'; readonly job: Job };

/** Node start from zero, first image pull and an hour of work; the job's own limit is an hour. */
export const DEADLINE_SECONDS = 2 * 3600;
/** AML's node may answer again after a while; then the job goes on. */
const SILENCE_SECONDS = 900;

/**
 * Asks for the job's status until it has ended, with a line for each change. A cancelled run
 * cancels the job, and so does the deadline: nobody would wait for its result.
 */
export async function follow(
  path: string,
  arm: Arm,
  farewell: () => Arm,
  tools: Pick<Toolbox, 'clock' | 'log'>,
): Promise<Ending> {
  try {
    return await untilEnded(path, arm, farewell, tools);
  } catch (error) {
    if (error instanceof Cancelled) await cancel(path, farewell(), tools.log);
    throw error;
  }
}

async function untilEnded(
  path: string,
  arm: Arm,
  farewell: () => Arm,
  { clock, log }: Pick<Toolbox, 'clock' | 'log'>,
): Promise<Ending> {
  const started = clock.now();
  const pause = growingPauses(20);
  let [status, changed] = ['', started];
  for (;;) {
    const job = (await arm.get<Job>(path, machineLearningApi)) ?? {};
    const now = clock.now();
    const seen = job.properties?.status ?? 'Unknown';
    if (seen !== status) {
      [status, changed] = [seen, now];
      log.info(`Job: ${status}, ${Math.round((now - started) / 1000)} s.`);
    }
    const ending = endOf(status, (now - changed) / 1000);
    if (ending !== undefined) return { kind: ending, job };
    if ((now - started) / 1000 >= DEADLINE_SECONDS) {
      await cancel(path, farewell(), log);
      return { kind: 'late', job };
    }
    await clock.sleep(pause());
  }
}

/** The job status enumeration of Microsoft.MachineLearningServices; `NotResponding` can heal. */
function endOf(status: string, sinceSeconds: number): Ending['kind'] | undefined {
  switch (status) {
    case 'Completed':
      return 'completed';
    case 'Failed':
      return 'failed';
    case 'Canceled':
      return 'canceled';
    case 'NotResponding':
      return sinceSeconds >= SILENCE_SECONDS ? 'silent' : undefined;
    default:
      return undefined;
  }
}

async function cancel(path: string, arm: Arm, log: Toolbox['log']): Promise<void> {
  log.info('Cancelling the job.');
  const wait = { what: 'the job to take the cancel', deadlineSeconds: 60 };
  try {
    await arm.post(`${path}/cancel`, machineLearningApi, undefined, wait);
  } catch (error) {
    // The request is out by then; only the wait for its end was cut short.
    if (!(error instanceof Cancelled))
      log.warn(`The cancel may not have reached AML: ${messageOf(error)}`);
  }
}
