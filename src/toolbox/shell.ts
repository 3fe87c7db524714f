import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Problem } from '../errors.ts';
import { harmlessPart } from './environment.ts';
import type { Shell, StreamOptions } from './index.ts';
import { openSpoken } from './spoken.ts';
import type { Step } from './step.ts';

/** Child processes. */
export async function openShell(step: Pick<Step, 'env' | 'cancelled'>): Promise<Shell> {
  const { getExecOutput } = await import('@actions/exec');
  const { which } = await import('@actions/io');
  const inherited = harmlessPart(step.env);
  return {
    which: async (program) => (await which(program, false)) || undefined,
    run: async (program, args, options = {}) => {
      const { exitCode, stdout, stderr } = await getExecOutput(`"${program}"`, [...args], {
        silent: true,
        ignoreReturnCode: true,
        env: { ...(options.env ?? inherited) },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      });
      return { code: exitCode, stdout, stderr };
    },
    stream: (program, args, options) => stream(program, args, options, inherited, step.cancelled),
  };
}

/**
 * A process group of its own keeps the terminal's Ctrl-C and the runner's signal from reaching the
 * child twice; a cancelled step passes on one SIGINT, the signal on which Terraform saves its state.
 */
async function stream(
  program: string,
  args: readonly string[],
  options: StreamOptions,
  inherited: Record<string, string>,
  cancelled: AbortSignal,
): Promise<{ code: number }> {
  cancelled.throwIfAborted();
  const begin = (stdio: SpawnOptions['stdio']): ChildProcess => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...(options.env ?? inherited) },
      detached: true,
      stdio,
    });
    const interrupt = (): void => void child.kill('SIGINT');
    cancelled.addEventListener('abort', interrupt, { once: true });
    const done = (): void => cancelled.removeEventListener('abort', interrupt);
    child.once('exit', done).once('error', done);
    return child;
  };
  try {
    return { code: await (options.outlives ? throughFiles : throughPipes)(begin, options) };
  } catch (error) {
    throw new Problem(`${program} could not be run.`, 'see the cause below.', { cause: error });
  }
}

type Begin = (stdio: SpawnOptions['stdio']) => ChildProcess;

async function throughPipes(begin: Begin, { onLine }: StreamOptions): Promise<number> {
  const child = begin(['ignore', 'pipe', 'pipe']);
  const [code] = await Promise.all([
    endOf(child, 'close'),
    lines(child.stdout, (line) => onLine(line, 'stdout')),
    lines(child.stderr, (line) => onLine(line, 'stderr')),
  ]);
  return code;
}

/** A pipe without a reader kills whoever writes into it (SIGPIPE), before it can put its things in order. */
async function throughFiles(
  begin: Begin,
  { onLine, outlives = '' }: StreamOptions,
): Promise<number> {
  const spoken = await openSpoken(outlives);
  try {
    const child = begin(['ignore', spoken.stdout.fd, spoken.stderr.fd]);
    const code = endOf(child, 'exit');
    await Promise.all([
      spoken.stdout.follow(code, (line) => onLine(line, 'stdout')),
      spoken.stderr.follow(code, (line) => onLine(line, 'stderr')),
    ]);
    return await code;
  } finally {
    await spoken.remove();
  }
}

function endOf(child: ChildProcess, event: 'exit' | 'close'): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once(event, (code: number | null, signal: NodeJS.Signals | null) =>
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)),
    );
  });
}

async function lines(from: Readable | null, each: (line: string) => void): Promise<void> {
  if (from === null) return;
  for await (const line of createInterface({ input: from, crlfDelay: Infinity })) each(line);
}
