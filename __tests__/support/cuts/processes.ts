import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Processes that run in a folder, or for a runner that has its files there. */
export function pidsAt(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const environment = read(() => readFileSync(`/proc/${pid}/environ`, 'utf8'));
      const cwd = read(() => readlinkSync(`/proc/${pid}/cwd`));
      return environment.includes(`RUNNER_TEMP=${folder}`) || cwd.startsWith(folder);
    })
    .map(Number);
}

/** What a process was started with. */
export function commandOf(pid: number): string {
  return read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
}

/** Kills everything that runs there, as when the machine is lost; until nothing is left. */
export function killAllAt(folder: string): void {
  for (let pids = pidsAt(folder); pids.length > 0; pids = pidsAt(folder)) {
    for (const pid of pids) read(() => String(process.kill(pid, 'SIGKILL')));
  }
}

/** Empty where the process is gone by now. */
function read(how: () => string): string {
  try {
    return how();
  } catch {
    return '';
  }
}
