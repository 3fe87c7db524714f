import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Watch } from '../secrets/watch.ts';
import { filesIn, openWatch, refuseLeaks } from '../secrets/watch.ts';

/** A machine that runs steps of the built action the way GitHub's runner does. */
export interface RunnerMachine {
  /** The action: a folder with dist/index.js and dist/post.js. */
  readonly action: string;
  /** Where command files, summaries and logs go. */
  readonly folder: string;
  /** The working folder of the job. */
  readonly workspace: string;
  /** Variables of the job, such as the id-token endpoint. Nothing else but PATH and HOME is passed on. */
  readonly environment: Readonly<Record<string, string>>;
  readonly print: (line: string) => void;
  /** Knows the secrets that no step may let out; what a step masks is one in any case. */
  readonly watch?: Watch;
}

export interface StepResult {
  readonly code: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Everything the step printed, masked. */
  readonly log: string;
  /** The scratch folder of the step, named by itself; gone after the clean-up. */
  readonly state: Readonly<Record<string, string>>;
  /** What it took to stop the step, in order; empty where it ended by itself. */
  readonly signals: readonly NodeJS.Signals[];
  /** Milliseconds from the first of them to the end of the main run. */
  readonly stoppedAfter: number | undefined;
}

export interface StepOptions {
  /** Stops the step as a cancelled run would: SIGINT, after 7.5 s SIGTERM, after 2.5 s SIGKILL. */
  readonly cancelled?: AbortSignal;
  /** Which signal that begins with; SIGINT where left out. */
  readonly firstSignal?: 'SIGINT' | 'SIGTERM';
  /** Told the process id of the main run as soon as there is one. */
  readonly begun?: (pid: number) => void;
  /** The machine is gone once this has fired: nothing comes after the main run. */
  readonly lost?: AbortSignal;
  /** Called between the main run and the clean-up. */
  readonly beforePost?: (state: Readonly<Record<string, string>>) => Promise<void>;
}

/** The runner's patience with a cancelled step (actions/runner, ProcessInvoker.cs), in milliseconds. */
const patience = [7_500, 2_500] as const;

/**
 * Runs one step: main, then post, each a process of its own. Throws where a secret stands in anything
 * that the step printed (masked or not, but for the masks themselves) or left in a file.
 */
export async function runStep(
  machine: RunnerMachine,
  name: string,
  inputs: Readonly<Record<string, string>>,
  options: StepOptions = {},
): Promise<StepResult> {
  const files = join(machine.folder, 'files', name);
  await rm(files, { recursive: true, force: true });
  await mkdir(join(files, 'temp'), { recursive: true });
  const commandFiles = [
    'GITHUB_OUTPUT',
    'GITHUB_STATE',
    'GITHUB_STEP_SUMMARY',
    'GITHUB_ENV',
    'GITHUB_PATH',
  ];
  for (const file of commandFiles) await writeFile(join(files, file), '');
  const environment: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: join(files, 'temp'),
    RUNNER_TEMP: join(files, 'temp'),
    RUNNER_TOOL_CACHE: join(machine.folder, 'tool-cache'),
    RUNNER_OS: 'Linux',
    RUNNER_ARCH: 'X64',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: machine.workspace,
    ...Object.fromEntries(commandFiles.map((file) => [file, join(files, file)])),
    ...machine.environment,
    ...Object.fromEntries(
      Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value]),
    ),
  };
  const watch = machine.watch ?? openWatch();
  const log = openLog(machine.print, watch);
  const program = join(machine.action, 'dist', 'index.js');
  const clean = join(machine.action, 'dist', 'post.js');
  const cancel: Cancel = { options, sent: [] };
  const code = await runProcess(program, environment, machine.workspace, log, cancel);
  const state = parsePairs(await readFile(join(files, 'GITHUB_STATE'), 'utf8'));
  await options.beforePost?.(state);
  const postEnvironment = { ...environment };
  for (const [key, value] of Object.entries(state)) postEnvironment[`STATE_${key}`] = value;
  const postCode = options.lost?.aborted
    ? 0
    : await runProcess(clean, postEnvironment, machine.workspace, log, undefined);
  const printed = { name: 'what was printed', bytes: log.raw() };
  refuseLeaks(watch.look([printed, ...(await filesIn(files))]));
  return {
    code: code === 0 ? postCode : code,
    outputs: parsePairs(await readFile(join(files, 'GITHUB_OUTPUT'), 'utf8')),
    summary: await readFile(join(files, 'GITHUB_STEP_SUMMARY'), 'utf8'),
    log: log.text(),
    state,
    signals: cancel.sent,
    stoppedAfter: cancel.took,
  };
}

/** How a main run may be stopped, and what was done for it. */
interface Cancel {
  readonly options: StepOptions;
  readonly sent: NodeJS.Signals[];
  took?: number;
}

async function runProcess(
  program: string,
  env: Record<string, string>,
  cwd: string,
  log: StepLog,
  cancel: Cancel | undefined,
): Promise<number> {
  const child = spawn(process.execPath, [program], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timers: NodeJS.Timeout[] = [];
  const send = (signal: NodeJS.Signals): void => {
    cancel?.sent.push(signal);
    child.kill(signal);
  };
  let stoppedAt: number | undefined;
  const stop = (): void => {
    stoppedAt = performance.now();
    send(cancel?.options.firstSignal ?? 'SIGINT');
    timers.push(setTimeout(send, patience[0], 'SIGTERM'));
    timers.push(setTimeout(send, patience[0] + patience[1], 'SIGKILL'));
  };
  const cancelled = cancel?.options.cancelled;
  if (cancelled?.aborted) stop();
  cancelled?.addEventListener('abort', stop, { once: true });
  if (child.pid !== undefined) cancel?.options.begun?.(child.pid);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 137));
  });
  const [code] = await Promise.all([ended, log.take(child.stdout), log.take(child.stderr)]);
  timers.forEach(clearTimeout);
  cancelled?.removeEventListener('abort', stop);
  if (cancel !== undefined && stoppedAt !== undefined) cancel.took = performance.now() - stoppedAt;
  return code;
}

interface StepLog {
  take(stream: Readable): Promise<void>;
  text(): string;
  /** Every line as it was printed, before masking; without the masks. */
  raw(): Buffer;
}

/** Shows what a step prints: masks what it asked to mask, and turns workflow commands into words. */
function openLog(print: (line: string) => void, watch: Watch): StepLog {
  const masks: string[] = [];
  const raw: string[] = [];
  const shown: string[] = [];
  const show = (line: string): void => {
    const masked = masks.reduce((text, mask) => text.replaceAll(mask, '***'), line);
    shown.push(masked);
    print(masked);
  };
  return {
    text: () => shown.join('\n'),
    raw: () => Buffer.from(raw.join('\n')),
    take: async (stream) => {
      for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
        const command = /^::(?<name>[\w-]+)(?: [^:]*)?::(?<value>.*)$/.exec(line)?.groups;
        if (command?.['name'] === 'add-mask') {
          const mask = unescaped(command['value'] ?? '');
          masks.push(mask);
          masks.sort((a, b) => b.length - a.length);
          watch.tell([[mask, 'masked value']]);
        } else {
          raw.push(line, ...(command === undefined ? [] : [unescaped(command['value'] ?? '')]));
          for (const text of worded(line, command)) show(text);
        }
      }
    },
  };
}

function worded(line: string, command: Record<string, string> | undefined): string[] {
  if (command === undefined) return [line];
  const value = unescaped(command['value'] ?? '');
  switch (command['name']) {
    case 'error':
      return `Error: ${value}`.split('\n');
    case 'warning':
    case 'notice':
      return `${command['name'] === 'warning' ? 'Warning' : 'Notice'}: ${value}`.split('\n');
    case 'group':
      return [`> ${value}`];
    default:
      return [];
  }
}

function unescaped(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

/** `name=value` lines and `name<<delimiter` blocks, as the toolkit writes command files. */
function parsePairs(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const block = /^([^=]+?)<<(.+)$/.exec(line);
    if (block?.[1] !== undefined) {
      const end = lines.indexOf(block[2] ?? '', index + 1);
      pairs[block[1]] = lines.slice(index + 1, end).join('\n');
      index = end;
    } else if (line.includes('=')) {
      pairs[line.slice(0, line.indexOf('='))] = line.slice(line.indexOf('=') + 1);
    }
  }
  return pairs;
}
