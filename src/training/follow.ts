import { apis } from '../azure/api-versions.ts';
import type { Arm } from '../azure/arm.ts';
import { AzureProblem } from '../azure/explain.ts';
import { growingPauses } from '../azure/pauses.ts';
import { Cancelled, messageOf } from '../errors.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { ClusterState } from './cluster.ts';
import { clusterState } from './cluster.ts';
import type { Course, Ending, Limits } from './course.ts';
import { BUSY_WAIT_SECONDS, WAIT_SECONDS, beginning, seen } from './course.ts';
import type { Job } from './job.ts';
import type { JobLog } from './job-log.ts';

/** A job to follow. */
export interface Followed {
  /** ARM path of the job. */
  readonly path: string;
  /** ARM path of its cluster. */
  readonly clusterPath: string;
  readonly arm: Arm;
  readonly log: JobLog;
  /** How long it may run. */
  readonly runSeconds: number;
  readonly tools: Pick<Toolbox, 'clock' | 'log'>;
}

/** How a followed job ended. */
export interface FollowedEnd {
  readonly ending: Ending;
  readonly job: Job;
  readonly course: Course;
  /** What the cluster said of itself when it was last asked. */
  readonly cluster: ClusterState | undefined;
}

/** Longest pause between two looks at the status. */
const PAUSE_SECONDS = 30;
/** Between two looks at the log; a look takes half a minute by itself. */
const LOG_SECONDS = { first: 30, later: 60, laterAfter: 3600 } as const;
/** A job that waits so long makes the cluster worth a look, again and again. */
const CLUSTER_SECONDS = 300;
/** Longer than that without an answer, the following is given up; the job goes on. */
const MOST_SILENT_SECONDS = 900;

/**
 * Asks for the job's status until it has ended or is given up, with a line for each change, and shows
 * its log while it runs. Cancels nothing.
 */
export async function follow(followed: Followed): Promise<FollowedEnd> {
  const { arm, path, log, tools } = followed;
  const pause = growingPauses(PAUSE_SECONDS);
  const status = statusReader(path, arm, tools);
  const watch = clusterWatch(followed);
  let course = beginning(tools.clock.now());
  let nextLook = 0;
  for (;;) {
    const job = await status();
    const limits = limitsOf(followed, watch.state);
    const now = seen(course, job.properties?.status ?? 'Unknown', tools.clock.now(), limits);
    course = now.course;
    now.lines.forEach((line) => tools.log.info(line));
    if (now.isRestart) log.expectRestart();
    if (now.ending !== undefined) return { ending: now.ending, job, course, cluster: watch.state };
    if (course.phase === 'waiting') await watch.look(course);
    if (course.phase === 'running' && tools.clock.now() >= nextLook) {
      await log.catchUp();
      nextLook = tools.clock.now() + pauseAfterLook(course, tools.clock.now()) * 1000;
    }
    await tools.clock.sleep(pause());
  }
}

function limitsOf({ runSeconds }: Followed, cluster: ClusterState | undefined): Limits {
  const waitSeconds = cluster?.isBusy === true ? BUSY_WAIT_SECONDS : WAIT_SECONDS;
  return { runSeconds, waitSeconds };
}

function pauseAfterLook({ phaseSince }: Course, now: number): number {
  const { first, later, laterAfter } = LOG_SECONDS;
  return (now - phaseSince) / 1000 < laterAfter ? first : later;
}

/** Reads the job, and bears with an ARM that does not answer for a while: the job runs on without us. */
function statusReader(
  path: string,
  arm: Arm,
  { clock, log }: Followed['tools'],
): () => Promise<Job> {
  let since: number | undefined;
  return async () => {
    try {
      const job = (await arm.get<Job>(path, apis.machineLearning)) ?? {};
      since = undefined;
      return job;
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      if (since === undefined) log.info(`The job's status cannot be read: ${messageOf(error)}`);
      since ??= clock.now();
      if ((clock.now() - since) / 1000 >= MOST_SILENT_SECONDS) throw error;
      return {};
    }
  };
}

interface ClusterWatch {
  /** Asks the cluster from time to time how it is, and says what is new. */
  look(course: Course): Promise<void>;
  readonly state: ClusterState | undefined;
}

function clusterWatch({ clusterPath, arm, tools }: Followed): ClusterWatch {
  let state: ClusterState | undefined;
  let asked = 0;
  return {
    get state() {
      return state;
    },
    look: async ({ phaseSince }) => {
      const now = tools.clock.now();
      if (now - Math.max(asked, phaseSince) < CLUSTER_SECONDS * 1000) return;
      asked = now;
      try {
        const found = await clusterState(clusterPath, arm);
        if (found.text !== state?.text) tools.log.info(`The cluster meanwhile: ${found.text}.`);
        state = found;
      } catch (error) {
        if (error instanceof Cancelled) throw error;
      }
    },
  };
}

/** Cancels a job; never throws, since there is something worse to be told. */
export async function cancelJob(path: string, arm: Arm, log: Toolbox['log']): Promise<void> {
  log.info('Cancelling the job.');
  const wait = { what: 'the job to take the cancel', deadlineSeconds: 60 };
  try {
    await arm.post(`${path}/cancel`, apis.machineLearning, undefined, wait);
  } catch (error) {
    // The request is out by then; only the wait for its end was cut short.
    if (error instanceof Cancelled) return;
    if (error instanceof AzureProblem && error.status === 404) return; // it was never made
    log.warn(`The cancel may not have reached AML: ${messageOf(error)}`);
  }
}
