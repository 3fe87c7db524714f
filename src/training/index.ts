import { farewellArm } from '../azure/farewell.ts';
import { growingPauses } from '../azure/pauses.ts';
import { Cancelled, Problem } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import { openVantage } from '../network/open-vantage.ts';
import type { OpenVantage } from '../network/vantage.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { ensureDatastore, ensureEnvironment } from './assets.ts';
import { problemOf } from './bad-end.ts';
import { runningSeconds } from './course.ts';
import type { FollowedEnd } from './follow.ts';
import { cancelJob, follow } from './follow.ts';
import { pinnedImage } from './image.ts';
import type { Job } from './job.ts';
import { experimentLink, jobBody, jobName, studioLink, submitJob } from './job.ts';
import type { LogEnd } from './job-log.ts';
import { openJobLog } from './job-log.ts';
import { mayBeLateRole } from './late-role.ts';
import type { Metrics } from './metrics.ts';
import { noMetrics, readMetrics } from './metrics.ts';
import type { RegisteredModel } from './model.ts';
import { modelNamedBy, registeredModel } from './model.ts';
import { mustBeImportable, readyToTrain } from './ready.ts';
import { readRunError } from './run-error.ts';
import { runHistory, type RunHistory } from './run-history.ts';

/** A training that has ended, well or not. */
export interface Training {
  readonly jobName: string;
  readonly studioLink: string;
  readonly experimentLink: string;
  /** The model that was registered; undefined where there is none. */
  readonly model: RegisteredModel | undefined;
  readonly metrics: Metrics;
  /** Mean Dice of the test set: as the log says it, or else from the file of the test. */
  readonly meanDice: string | undefined;
  readonly waitedSeconds: number;
  readonly ranSeconds: number;
  readonly preemptions: number;
  /** What the job itself notes of the run, as AML tells it. */
  readonly notes: Readonly<Record<string, string>>;
  /** What of log and figures is not known, in sentences. */
  readonly gaps: readonly string[];
  /** Why it did not end well; undefined where it did. */
  readonly problem: Problem | undefined;
}

/** A job on its way, and what is needed to look after it. */
interface Running {
  readonly name: string;
  readonly path: string;
  readonly link: string;
  readonly environmentName: string;
  readonly history: RunHistory;
  readonly outputs: Outputs;
  readonly settings: Settings;
  readonly session: Session;
  readonly tools: Toolbox;
}

/**
 * Trains the model on the cluster, from an image by digest to a registered model, all by ARM. Every
 * part that exists already is taken as it is; a job of this very attempt is followed, not made again.
 * A cancelled run cancels the job: nobody would wait for its result.
 */
export async function train(
  outputs: Outputs,
  settings: Settings,
  session: Session,
  tools: Toolbox,
): Promise<Training> {
  const image = pinnedImage(settings.image);
  mustBeImportable(image, outputs);
  const guid = await readyToTrain(outputs, session.arm);
  const [environmentId] = await Promise.all([
    ensureEnvironment(image, outputs, session, tools),
    ensureDatastore(outputs, session),
  ]);
  const vantage = openVantage(outputs, settings, session, tools);
  const leave = closing(vantage);
  const once = (name: string): Promise<Training> =>
    trainOnce(name, environmentId, guid, { outputs, settings, session, tools }, vantage, leave);
  const name = jobName(settings, tools.runner.context);
  const pause = growingPauses(120);
  try {
    for (let again = 1; ; again += 1) {
      const training = await once(again === 1 ? name : `${name}-${again}`);
      if (!(await mayBeLateRole(training, outputs, session.arm, tools.clock.now())))
        return training;
      tools.log.info(
        'The cluster lacked a right, and its roles are minutes old: Azure may not have let them take effect yet. The same job is submitted again.',
      );
      await tools.clock.sleep(pause());
    }
  } finally {
    await leave();
  }
}

/** One job, from its submission to its end. */
async function trainOnce(
  name: string,
  environmentId: string,
  guid: string,
  {
    outputs,
    settings,
    session,
    tools,
  }: Pick<Running, 'outputs' | 'settings' | 'session' | 'tools'>,
  vantage: OpenVantage,
  leave: () => Promise<void>,
): Promise<Training> {
  const path = `${outputs.workspaceId}/jobs/${name}`;
  let page = '';
  try {
    const body = jobBody(name, environmentId, outputs, settings);
    const { job, isNew } = await submitJob(path, body, session.arm);
    const link = studioLink(job, name, outputs);
    page = ` (${link})`;
    tools.log.info(
      `${isNew ? 'Job' : 'The job is there already, and is followed:'} ${name}: ${link}`,
    );
    const environmentName = environmentId.split('/').at(-3) ?? '';
    const history = runHistory(name, guid, outputs);
    const running = {
      name,
      path,
      link,
      environmentName,
      history,
      outputs,
      settings,
      session,
      tools,
    };
    return await untilItsEnd(running, vantage);
  } catch (error) {
    if (error instanceof Cancelled || tools.cancelled.aborted) {
      // At once, beside the farewell to the probe: the runner's patience is short.
      await Promise.all([cancelJob(path, farewellArm(session, tools), tools.log), leave()]);
      throw new Cancelled(
        `Cancelled: train of "${settings.environment}". The job ${name}${page} is asked to end, as far as it had begun; the studio shows whether it has. Until then it costs a node.\nNext: run train again: it begins a new job.`,
        { cause: error, isWhole: true },
      );
    }
    throw error;
  }
}

/** Closes a vantage point, once. */
function closing(vantage: OpenVantage): () => Promise<void> {
  let closed: Promise<void> | undefined;
  return () => (closed ??= vantage.close());
}

async function untilItsEnd(running: Running, vantage: OpenVantage): Promise<Training> {
  const { outputs, settings, session, tools, path, history } = running;
  warnOfShortRunner(settings, tools);
  const log = openJobLog({ details: history.details, vantage, tools });
  const clusterPath = `${outputs.workspaceId}/computes/${outputs.computeClusterName}`;
  const runSeconds = Number(settings.trainingHours) * 3600;
  const end = await follow({ path, clusterPath, arm: session.arm, log, runSeconds, tools });
  const wasGivenUp = !['completed', 'failed', 'canceled'].includes(end.ending);
  if (wasGivenUp) await cancelJob(path, session.arm, tools.log);
  const logEnd = await log.finish();
  const hasBegun = end.ending === 'completed' || logEnd.last.length > 0;
  const metrics = hasBegun ? await readMetrics(history, vantage) : noMetrics;
  const gaps = [...logEnd.gaps, ...(end.ending === 'completed' ? metrics.missing : [])];
  gaps.forEach((gap) => tools.log.info(gap));
  const now = tools.clock.now();
  return {
    ...{ jobName: running.name, studioLink: running.link, metrics, gaps },
    experimentLink: experimentLink(settings.model, outputs),
    meanDice: logEnd.dice ?? metrics.testMean?.toFixed(3),
    ranSeconds: runningSeconds(end.course, now),
    waitedSeconds: (now - end.course.begun) / 1000 - runningSeconds(end.course, now),
    preemptions: end.course.preemptions,
    notes: notesOf(end.job),
    ...(await resultOf(end, logEnd, running, vantage)),
  };
}

async function resultOf(
  end: FollowedEnd,
  log: LogEnd,
  running: Running,
  vantage: OpenVantage,
): Promise<Pick<Training, 'model' | 'problem'>> {
  const { settings, outputs, session, tools, link, history, environmentName } = running;
  const { ending, job } = end;
  const { model } = settings;
  const registered = modelNamedBy(job);
  if (ending === 'completed') {
    try {
      const found = await registeredModel(job, model, environmentName, outputs, session.arm);
      return { model: found, problem: undefined };
    } catch (error) {
      if (error instanceof Problem) return { model: undefined, problem: error };
      throw error;
    }
  }
  const error = ending === 'failed' ? await readRunError(history.run, vantage) : undefined;
  const runSeconds = Number(settings.trainingHours) * 3600;
  const now = tools.clock.now();
  const problem = problemOf({
    ...{ ending, model, link, error, log, registered, runSeconds, now },
    followed: end,
  });
  return { model: registered, problem };
}

/** What AML and the run note on the job, as texts. */
function notesOf(job: Job): Readonly<Record<string, string>> {
  const texts = Object.entries(job.properties?.properties ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return Object.fromEntries(texts);
}

/** Hours after which GitHub ends a job on its own runners (docs.github.com, "Usage limits"). */
const GITHUB_HOURS = 6;

function warnOfShortRunner({ trainingHours }: Settings, { env, log }: Toolbox): void {
  if (env['RUNNER_ENVIRONMENT'] !== 'github-hosted') return;
  if (Number(trainingHours) < GITHUB_HOURS - 1) return;
  log.warn(
    `A job on GitHub's own runners ends after ${GITHUB_HOURS} hours, and with it this run and the training: for longer ones use a runner of your own.`,
  );
}
