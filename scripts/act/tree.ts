import { execFileSync } from 'node:child_process';

/** Every process of this machine. */
function processes(): { readonly pid: number; readonly parent: number; readonly line: string }[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row))
    .filter((found) => found !== null)
    .map(([, pid, parent, line = '']) => ({ pid: Number(pid), parent: Number(parent), line }));
}

/**
 * Kills a process and everything below it. Each is halted first, parents before children, so that
 * none can start another meanwhile: act gives every step a process group of its own, and Terraform
 * has its own again, so that no signal to a group would reach them all.
 */
export function endTree(root: number): void {
  const halted = new Set<number>();
  for (let fresh = [root]; fresh.length > 0; fresh = childrenOf(halted)) {
    for (const pid of fresh) {
      send(pid, 'SIGSTOP');
      halted.add(pid);
    }
  }
  for (const pid of halted) send(pid, 'SIGKILL');
}

function childrenOf(halted: ReadonlySet<number>): number[] {
  return processes()
    .filter(({ pid, parent }) => halted.has(parent) && !halted.has(pid))
    .map(({ pid }) => pid);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended by itself
  }
}

/** Command lines of the processes that name a folder. */
export function processesNaming(folder: string): string[] {
  return processes()
    .map(({ line }) => line)
    .filter((line) => line.includes(folder));
}
