import { readFile, readdir, readlink } from 'node:fs/promises';
import { basename, sep } from 'node:path';

/** A process of this machine. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** Name of the program, such as `terraform`. */
  readonly program: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Ticks since the machine's start; a process id is used again, with another start. */
  readonly startedAt: string;
}

/** The processes of this machine, as far as it tells of them. */
export interface Processes {
  /**
   * Those of this user that work in a folder or below it, or were started with a path in it. Only
   * Linux tells; none elsewhere.
   */
  within(folder: string): Promise<readonly RunningProcess[]>;
  /** Sends a signal, if it still is that process. */
  signal(to: RunningProcess, signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** By /proc (proc_pid_stat(5), proc_pid_environ(5)). */
export function openProcesses(): Processes {
  return {
    within: async (folder) => {
      const names = await readdir('/proc').catch(() => []);
      const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
      const found = await Promise.all(pids.map((pid) => lookAt(pid, folder)));
      return found.flatMap((one) => one ?? []);
    },
    signal: async ({ pid, startedAt }, signal) => {
      if ((await statOf(pid))?.startedAt !== startedAt) return;
      try {
        process.kill(pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
  };
}

/** Undefined where it is gone, another user's, or has nothing to do with the folder. */
async function lookAt(pid: number, folder: string): Promise<RunningProcess | undefined> {
  if (pid === process.pid) return undefined;
  try {
    const [cwd, stat, words, environ] = await Promise.all([
      readlink(`/proc/${pid}/cwd`),
      statOf(pid),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readFile(`/proc/${pid}/environ`, 'utf8'),
    ]);
    const isInside = `${cwd}${sep}`.startsWith(`${folder}${sep}`);
    if (stat === undefined || !(isInside || words.includes(`${folder}${sep}`))) return undefined;
    const environment = Object.fromEntries(
      environ.split('\0').map((pair) => [pair.split('=')[0] ?? '', pair.replace(/^[^=]*=/, '')]),
    );
    const program = basename(words.split('\0')[0] ?? '');
    return { pid, program, cwd, environment, ...stat };
  } catch {
    return undefined;
  }
}

/** Parent and start; undefined where the process has ended, if only nobody has taken note of it. */
async function statOf(
  pid: number,
): Promise<Pick<RunningProcess, 'parent' | 'startedAt'> | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the program, in brackets, may hold anything.
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === undefined || parent === undefined || 'ZX'.includes(state)) return undefined;
  return { parent: Number(parent), startedAt: rest[17] ?? '' };
}
