import { farewellArm } from '../azure/farewell.ts';
import { Problem } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { OpenVantage } from '../network/vantage.ts';
import { openVantage } from '../network/open-vantage.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { ensureDatastore, ensureEnvironment } from './assets.ts';
import type { Ending } from './follow.ts';
import { DEADLINE_SECONDS, follow } from './follow.ts';
import { pinnedImage } from './image.ts';
import { jobName, studioLink, submitJob } from './job.ts';
import type { LogText } from './log-text.ts';
import { readLog } from './log-text.ts';
import type { RegisteredModel } from './model.ts';
import { registeredModel } from './model.ts';

/** A training that ended well. */
export interface Training {
  readonly jobName: string;
  readonly studioLink: string;
  readonly model: RegisteredModel;
  /** `Mean Dice: …` of the test set, where the log could be read. */
  readonly dice: string | undefined;
  readonly seconds: number;
  /** Tags of the job, as AML tells them. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Trains the model on the cluster, from an image by digest to a registered model, all by ARM. Every
 * part that exists already is taken as it is; a job of this very attempt is followed, not made again.
 */
export async function train(
  outputs: Outputs,
  settings: Settings,
  session: Session,
  tools: Toolbox,
): Promise<Training> {
  const image = pinnedImage(settings.image);
  const started = tools.clock.now();
  const [environmentId] = await Promise.all([
    ensureEnvironment(image, outputs, session, tools),
    ensureDatastore(outputs, session),
  ]);
  const name = jobName(settings.model, tools.runner.context);
  const job = await submitJob(name, environmentId, outputs, settings, session.arm);
  const link = studioLink(job, name, outputs);
  tools.log.info(`Job ${name}: ${link}`);
  const path = `${outputs.workspaceId}/jobs/${name}`;
  const ending = await follow(path, session.arm, () => farewellArm(session, tools), tools);
  const log = await logOf(name, outputs, settings, session, tools);
  if (ending.kind !== 'completed') throw ended(ending.kind, settings.model, link, log, tools);
  const environmentName = environmentId.split('/').at(-3) ?? '';
  return {
    jobName: name,
    studioLink: link,
    model: await registeredModel(ending.job, settings.model, environmentName, outputs, session.arm),
    dice: log?.dice,
    seconds: (tools.clock.now() - started) / 1000,
    tags: ending.job.properties?.tags ?? {},
  };
}

async function logOf(
  name: string,
  outputs: Outputs,
  settings: Settings,
  session: Session,
  tools: Toolbox,
): Promise<LogText | undefined> {
  const vantage: OpenVantage = openVantage(outputs, settings, session, tools);
  try {
    return await readLog(name, outputs, session.arm, vantage, tools);
  } finally {
    await vantage.close();
  }
}

const endings: Readonly<
  Record<Exclude<Ending['kind'], 'completed'>, readonly [what: string, next: string]>
> = {
  failed: [
    'failed',
    'look for the cause at the end of its log above, or in the studio where there is none; correct it and run train again.',
  ],
  canceled: [
    'was cancelled, and not by this run',
    'ask who cancelled it in the studio, then run train again.',
  ],
  silent: [
    'does not answer any more: AML has lost its node',
    'look at the cluster in the studio; cancel the job there, then run train again.',
  ],
  late: [
    `had not ended after ${DEADLINE_SECONDS} s and was cancelled`,
    'if it stayed Queued, the cluster gets no node: look at the quota and at the state of the cluster, then run train again.',
  ],
};

function ended(
  kind: keyof typeof endings,
  model: string,
  link: string,
  log: LogText | undefined,
  tools: Pick<Toolbox, 'log'>,
): Problem {
  if (log !== undefined && log.tail.trim() !== '') {
    tools.log.info(`The end of the job's log:\n${harmless(log.tail)}`);
  }
  const [what, next] = endings[kind];
  return new Problem(`The training of ${model} ${what}. ${link}`, next, { anchor: 'training' });
}

/** Lines that the runner would take for its own commands, and control characters, lose their force. */
function harmless(text: string): string {
  return text
    .split(/\r\n|\n|\r/)
    .map(
      (line) =>
        `  ${line
          .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '?')
          .replace(/::/g, ': :')
          .replace(/##\[/g, '## [')}`,
    )
    .join('\n');
}
