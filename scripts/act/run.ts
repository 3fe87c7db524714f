import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endTree } from './tree.ts';

/** An act that is ready to run workflows of one checkout. */
export interface Act {
  readonly program: string;
  readonly folder: string;
  readonly consumer: string;
  readonly repositories: readonly string[];
  /** The whole environment of act: it hands everything of it to the jobs. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What GitHub would hand a run. */
export interface Occasion {
  readonly event: string;
  /** File name in the consumer's .github/workflows. */
  readonly workflow: string;
  readonly payload: unknown;
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Environment of the jobs, such as the id-token endpoint. */
  readonly jobEnv: Readonly<Record<string, string>>;
  /** A line of the log at which somebody presses Cancel: act is interrupted as by Ctrl-C. */
  readonly cancelAt?: RegExp | undefined;
}

/** What a run did, from act's own account of it. */
export interface ActRun {
  /** Exit code; null where it did not end in time. */
  readonly code: number | null;
  readonly seconds: number;
  /** Jobs that ran and their results, in the order of their ends. */
  readonly jobs: ReadonlyMap<string, string>;
  /** Results of the steps' main parts by name. */
  readonly steps: ReadonlyMap<string, string>;
  /** Results of the steps' main parts by job and step, as `job: step`. */
  readonly inJobs: ReadonlyMap<string, string>;
  /** Outputs by the step's name. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Step summaries by the step's name. */
  readonly summaries: ReadonlyMap<string, string>;
  readonly log: readonly string[];
}

/** Seconds after which a run is given up. */
const patience = 180;

/** Runs one workflow for one event; on a cancelled signal everything it started is ended first. */
export async function runWorkflow(act: Act, occasion: Occasion): Promise<ActRun> {
  act.signal.throwIfAborted();
  const args = await argumentsFor(act, occasion);
  const started = Date.now();
  // A session of its own: Ctrl-C reaches this process alone, which then ends all of act's.
  const child = spawn(act.program, args, {
    cwd: act.consumer,
    env: { ...act.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) endTree(child.pid);
  };
  const timer = setTimeout(end, patience * 1000);
  act.signal.addEventListener('abort', end, { once: true });
  try {
    const cancel = (): void => void child.kill('SIGINT');
    const account = openAccount(occasion.cancelAt, cancel);
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const [code] = await Promise.all([
      ended,
      account.read(createInterface({ input: child.stdout, crlfDelay: Infinity })),
      account.read(createInterface({ input: child.stderr, crlfDelay: Infinity })),
    ]);
    act.signal.throwIfAborted();
    return { code, seconds: (Date.now() - started) / 1000, ...account };
  } finally {
    clearTimeout(timer);
    act.signal.removeEventListener('abort', end);
  }
}

/** Values go by files, so that none stands in a list of processes. */
async function argumentsFor(act: Act, occasion: Occasion): Promise<string[]> {
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(act.folder, name), content, { mode: 0o600 });
    return join(act.folder, name);
  };
  const lines = (values: Readonly<Record<string, string>>): string =>
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}\n`)
      .join('');
  return [
    occasion.event,
    ...['-W', `.github/workflows/${occasion.workflow}`],
    ...['-e', await file('event.json', JSON.stringify(occasion.payload))],
    ...['--var-file', await file('variables', lines(occasion.variables))],
    ...['--secret-file', await file('secrets', lines(occasion.secrets))],
    ...['--env-file', await file('job.env', lines(occasion.jobEnv))],
    ...['-P', 'ubuntu-24.04=-self-hosted', '-P', 'innereye-inside=-self-hosted'],
    ...['--container-daemon-socket', '-'],
    ...['--no-cache-server', '--action-offline-mode', '--rm', '--json'],
    ...act.repositories.flatMap((repository) => ['--local-repository', repository]),
  ];
}

/** The fields of act's JSON lines that are read here. */
interface Line {
  readonly job?: string;
  readonly jobResult?: string;
  readonly step?: string;
  readonly stage?: string;
  readonly stepResult?: string;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
  readonly msg?: string;
}

type Account = Omit<ActRun, 'code' | 'seconds'> & {
  read(lines: AsyncIterable<string>): Promise<void>;
};

function openAccount(cancelAt: RegExp | undefined, cancel: () => void): Account {
  const jobs = new Map<string, string>();
  const steps = new Map<string, string>();
  const inJobs = new Map<string, string>();
  const outputs = new Map<string, Record<string, string>>();
  const summaries = new Map<string, string>();
  const log: string[] = [];
  let cancelled = false;
  const note = (line: Line): void => {
    const { command, step = '', arg = '' } = line;
    if (command === 'add-mask') return; // it holds what it hides
    const job = line.job?.split('/').at(-1)?.trim() ?? '';
    if (line.jobResult) jobs.set(job, line.jobResult);
    if (line.stepResult && line.stage === 'Main') {
      steps.set(step, line.stepResult);
      inJobs.set(`${job}: ${step}`, line.stepResult);
    }
    if (command === 'set-output')
      outputs.set(step, { ...outputs.get(step), [line.name ?? '']: arg });
    if (command === 'summary')
      summaries.set(step, `${summaries.get(step) ?? ''}${line.content ?? ''}`);
    if (!line.msg) return;
    log.push(line.msg.trimEnd());
    if (!cancelled && cancelAt?.test(line.msg)) {
      cancelled = true;
      cancel();
    }
  };
  return {
    ...{ jobs, steps, inJobs, outputs, summaries, log },
    read: async (lines) => {
      for await (const text of lines) note(parsed(text));
    },
  };
}

/** act writes JSON, but for the last word on a failed run. */
function parsed(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return { msg: text };
  }
}
