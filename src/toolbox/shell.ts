import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Problem } from '../errors.ts';
import { harmlessPart } from './environment.ts';
import type { Shell, StreamOptions } from './index.ts';
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
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...(options.env ?? inherited) },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const interrupt = (): void => {
    child.kill('SIGINT');
  };
  cancelled.addEventListener('abort', interrupt, { once: true });
  try {
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) =>
        resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)),
      );
    });
    const [code] = await Promise.all([
      ended,
      lines(child.stdout, (line) => options.onLine(line, 'stdout')),
      lines(child.stderr, (line) => options.onLine(line, 'stderr')),
    ]);
    return { code };
  } catch (error) {
    throw new Problem(`${program} could not be run.`, 'see the cause below.', { cause: error });
  } finally {
    cancelled.removeEventListener('abort', interrupt);
  }
}

async function lines(from: Readable, each: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: from, crlfDelay: Infinity })) each(line);
}
