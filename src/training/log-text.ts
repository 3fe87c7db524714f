import type { Arm } from '../azure/arm.ts';
import { messageOf } from '../errors.ts';
import type { Look, Vantage } from '../network/vantage.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { machineLearningApi } from './assets.ts';

/** What the log of a run says at its end. */
export interface LogText {
  readonly tail: string;
  /** The last line with the test Dice, such as `Mean Dice: 0.467572`. */
  readonly dice: string | undefined;
}

const STD_LOG = 'user_logs/std_log.txt';

/**
 * The end of the job's log, fetched from inside: ARM carries no log text, and the account that
 * holds it does not answer from outside. Never fails: without a log it says so.
 */
export async function readLog(
  name: string,
  outputs: Outputs,
  arm: Arm,
  vantage: Vantage,
  { log }: Pick<Toolbox, 'log'>,
): Promise<LogText | undefined> {
  try {
    const url = await detailsAddress(name, outputs, arm);
    const common = {
      method: 'GET',
      url,
      linked: STD_LOG,
      bearer: 'https://management.azure.com',
    } as const;
    const looks: Look[] = [
      { ...common, name: 'tail', part: 'end', bytes: 1800 },
      { ...common, name: 'dice', part: 'end', bytes: 200, pick: 'Mean Dice' },
    ];
    const [tail, dice] = await vantage.look(looks);
    if (tail?.status !== 200) {
      log.info(`The job's log cannot be read: ${tail?.failure?.text ?? `status ${tail?.status}`}.`);
      return undefined;
    }
    return { tail: tail.body, dice: /Mean Dice: \d+\.\d+/.exec(dice?.body ?? '')?.[0] };
  } catch (error) {
    log.info(`The job's log cannot be read: ${messageOf(error)}`);
    return undefined;
  }
}

/** Run history's address for a run's details; the host carries the workspace's own guid. */
async function detailsAddress(name: string, outputs: Outputs, arm: Arm): Promise<string> {
  const workspace = await arm.get(outputs.workspaceId, machineLearningApi);
  const guid = workspace?.properties?.['workspaceId'];
  if (typeof guid !== 'string' || !/^[0-9a-f-]{36}$/i.test(guid)) {
    throw new Error('ARM does not say the id of the workspace.');
  }
  const host = `${guid}.workspace.${outputs.location}.api.azureml.ms`;
  return `https://${host}/history/v1.0${outputs.workspaceId}/runs/${name}/details?api-version=v1.0`;
}
