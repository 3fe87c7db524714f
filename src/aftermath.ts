import { join } from 'node:path';
import { messageOf } from './errors.ts';
import { openBroker } from './login/broker.ts';
import type { Broker, KnownBroker } from './login/broker.ts';
import type { Toolbox } from './toolbox/index.ts';
import type { Processes, RunningProcess } from './toolbox/processes.ts';
import { spokenFile } from './toolbox/spoken.ts';

type Tools = Pick<Toolbox, 'clock' | 'files' | 'log' | 'runner'>;

/**
 * A cancelled job has five minutes for all of its clean-up (GitHub's documentation, "Workflow
 * cancellation reference"); seconds.
 */
const PATIENCE = 240;
/** What has no state to save is given this long; seconds. */
const SHORT_PATIENCE = 5;
/** Between two looks, seconds. */
const PAUSE = 0.2;

const LOCK_MAY_BE_LEFT =
  'What it made and could not write down is in Azure, and the next deploy takes it over. The lock of the state may be left: ' +
  'a deploy with the input github-token (permission actions: read) releases it once GitHub says that this run is over.';

/**
 * Finishes what the main run has left where it was killed: Terraform is told once to stop, so that
 * it saves the state and frees its lock, and is waited for; anything else is ended. Says what it
 * found, what it did and what comes next. `scratch`: the folder of this step; what runs is found by it.
 */
export async function finish(scratch: string, processes: Processes, tools: Tools): Promise<void> {
  const left = await processes.within(scratch);
  const words = await spokenIn(scratch, tools);
  if (left.length === 0) {
    if (words !== undefined) {
      const gone =
        'The main part of this step was killed, and Terraform, which was running, with it.';
      tools.log.warn(`${gone} ${LOCK_MAY_BE_LEFT}`);
    }
    return;
  }
  const names = left.map(({ program, pid }) => `${program} (process ${pid})`).join(', ');
  tools.log.warn(`The main part of this step was killed, and has left running: ${names}.`);
  const heads = left.filter(({ parent }) => !left.some(({ pid }) => pid === parent));
  const terraform = heads.find(isTerraform);
  const broker = terraform && (await openBrokerAgain(terraform, tools));
  try {
    await stopAll(heads, scratch, processes, tools);
  } finally {
    await broker?.close();
  }
  if (terraform === undefined && words !== undefined)
    tools.log.warn(`Terraform is gone. ${LOCK_MAY_BE_LEFT}`);
  if (terraform !== undefined) await tellEnd(terraform, scratch, words?.length ?? 0, tools);
}

function isTerraform({ program }: RunningProcess): boolean {
  return /^terraform(\.exe)?$/.test(program);
}

/** Terraform logs in by the broker that died with the main run; without one it may not save the state. */
async function openBrokerAgain(
  { environment }: RunningProcess,
  tools: Tools,
): Promise<Broker | undefined> {
  const known = brokerOf(environment);
  if (known === undefined) return undefined;
  try {
    return await openBroker(tools, known);
  } catch (error) {
    tools.log.debug(`The token broker was not opened again: ${messageOf(error)}`);
    return undefined;
  }
}

function brokerOf(environment: RunningProcess['environment']): KnownBroker | undefined {
  const { ARM_OIDC_REQUEST_URL: url = '', ARM_OIDC_REQUEST_TOKEN: bearer = '' } = environment;
  const port = /^http:\/\/127\.0\.0\.1:(\d+)\//.exec(url)?.[1];
  return port === undefined || bearer === '' ? undefined : { port: Number(port), bearer };
}

/** Terraform that dropped everything at a second signal would lose what it did: it is sent one, by whomever. */
async function stopAll(
  heads: readonly RunningProcess[],
  scratch: string,
  processes: Processes,
  { clock, log, runner }: Tools,
): Promise<void> {
  const wasTold = runner.kept('stopping') === 'true';
  const patient = heads.some(isTerraform);
  if (patient) {
    const told = wasTold
      ? 'Terraform was told to stop before, and has not ended yet: it is waited for.'
      : 'Terraform is told to stop now, once.';
    log.info(`${told} It writes what it has done into the state, and frees the lock.`);
  }
  for (const head of heads) {
    if (!isTerraform(head)) await processes.signal(head, 'SIGTERM');
    else if (!wasTold) await processes.signal(head, 'SIGINT');
  }
  const deadline = clock.now() + (patient ? PATIENCE : SHORT_PATIENCE) * 1000;
  let running = await processes.within(scratch);
  while (running.length > 0 && clock.now() < deadline) {
    await clock.sleep(PAUSE);
    running = await processes.within(scratch);
    // A provider that has outlived its Terraform has nothing to save.
    if (!running.some(isTerraform)) await endOrphans(running, processes, clock);
  }
  for (const one of running) await processes.signal(one, 'SIGKILL');
  if (running.some(isTerraform)) {
    log.warn(`Terraform has not ended in ${PATIENCE} s, and was killed. ${LOCK_MAY_BE_LEFT}`);
  }
}

/** By itself within a moment, or by a signal. */
async function endOrphans(
  running: readonly RunningProcess[],
  processes: Processes,
  clock: Tools['clock'],
): Promise<void> {
  if (running.length === 0) return;
  await clock.sleep(PAUSE);
  for (const one of running) await processes.signal(one, 'SIGTERM');
}

async function tellEnd(
  terraform: RunningProcess,
  scratch: string,
  from: number,
  tools: Tools,
): Promise<void> {
  const words = ((await spokenIn(scratch, tools)) ?? '').slice(from);
  for (const message of messagesIn(words)) tools.log.info(`Terraform: ${message}`);
  const unsaved = await tools.files.read(join(terraform.cwd, 'errored.tfstate'));
  if (unsaved !== undefined || /Error (saving|releasing the) state|errored\.tfstate/.test(words)) {
    tools.log.warn(`Terraform has stopped, and could not write the state. ${LOCK_MAY_BE_LEFT}`);
  } else {
    tools.log.info(
      'Terraform has stopped: what it had done is in the state, and the lock is free. Run the same command again to continue.',
    );
  }
}

/** What Terraform wrote that was running when the main run ended; undefined where none was. */
async function spokenIn(scratch: string, { files }: Tools): Promise<string | undefined> {
  if ((await files.list(scratch)).length === 0) return undefined;
  const names = (await files.tree(scratch)).filter((path) =>
    spokenFile.test(path.slice(path.lastIndexOf('/') + 1)),
  );
  if (names.length === 0) return undefined;
  const texts = await Promise.all(names.map(async (name) => files.read(join(scratch, name))));
  return texts.map((text) => text ?? '').join('');
}

/** What each resource says that was being made when Terraform was told to stop. */
const halted = /^Error: (execution halted|context canceled)$/;

/** What Terraform finished, and what went wrong, in its own words. */
function messagesIn(words: string): string[] {
  return words.split('\n').flatMap((line) => {
    try {
      const event = JSON.parse(line) as { '@level'?: string; '@message'?: string; type?: string };
      const isNews = event['@level'] === 'error' || event.type === 'apply_complete';
      const message = (event['@message'] ?? '').replace(/ \[id=.*\]/, '');
      return isNews && !halted.test(message) ? [message] : [];
    } catch {
      return [];
    }
  });
}
