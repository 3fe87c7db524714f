import { rmSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProgram } from '../../inside/process.ts';
import { list, text } from '../../inside/json-fields.ts';
import type { World } from '../../world.ts';

/** Bytes of output and of error that the instance view keeps: the last ones. */
const kept = 4096;

/** A script with its parameters, as a run command carries it. */
export interface Script {
  readonly machineId: string;
  readonly text: string;
  /** `{ name?, value }`; with a name they are variables, without one arguments. */
  readonly parameters: readonly unknown[];
  readonly timeoutSeconds: number;
}

/** How a script ended. */
export interface ScriptEnd {
  /** `Lost`: the machine went down under it, and nobody could say how it ended. */
  readonly state: 'Succeeded' | 'Failed' | 'TimedOut' | 'Canceled' | 'Lost';
  readonly exitCode: number;
  readonly output: string;
  readonly error: string;
}

/** A script that runs. */
export interface RunningScript {
  readonly machineId: string;
  readonly ended: Promise<ScriptEnd>;
  stop(why: 'Canceled' | 'Lost'): void;
}

/** Where a machine keeps what its scripts leave behind; it lasts as long as Local Azure does. */
function diskOf(world: World, machineId: string): string {
  const parts = machineId.toLowerCase().split('/');
  return join(world.folder, 'machines', `${parts[4] ?? ''}-${parts.at(-1) ?? ''}`);
}

function folderOf(world: World, machineId: string, run: string): string {
  return join(diskOf(world, machineId), 'run-command', run);
}

/** Removes what a run command kept on its machine: its script goes when the run command is deleted. */
export function removeFolder(world: World, machineId: string, run: string): void {
  rmSync(folderOf(world, machineId, run), { recursive: true, force: true });
}

/** Empties a machine's folder for temporary files, as Ubuntu does when it starts. */
export function clearTemporary(world: World, machineId: string): void {
  rmSync(join(diskOf(world, machineId), 'tmp'), { recursive: true, force: true });
}

/** The last bytes of a stream. */
function tail(): { add(bytes: Buffer): void; text(): string } {
  let last = Buffer.alloc(0);
  return {
    add: (bytes) => void (last = Buffer.concat([last, bytes]).subarray(-kept)),
    text: () => last.toString('utf8'),
  };
}

/**
 * Parameters the way Azure's Linux agent passes them: named ones are variables of the environment,
 * the others are appended to the command line as they are; empty values are left out.
 */
function passed(parameters: readonly unknown[]): {
  readonly variables: Record<string, string>;
  readonly line: string;
} {
  const variables: Record<string, string> = {};
  const words: string[] = [];
  for (const parameter of list(parameters)) {
    const [name, value] = [text(parameter, 'name'), text(parameter, 'value')];
    if (value === undefined) continue;
    if (name === undefined) words.push(value);
    else variables[name] = value;
  }
  return { variables, line: words.map((word) => ` ${word}`).join('') };
}

/**
 * Runs a script on a machine inside the network: by bash, killed with all it started when its time
 * is over. What it leaves on the machine's disk stays there, also where it was killed.
 */
export async function runScript(world: World, id: string, script: Script): Promise<RunningScript> {
  const { machineId } = script;
  const folder = folderOf(world, machineId, id);
  const temporary = join(diskOf(world, machineId), 'tmp');
  const file = join(folder, 'script.sh');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  await writeFile(file, script.text, { mode: 0o700 });
  await chmod(file, 0o700);
  const [output, error] = [tail(), tail()];
  const { variables, line } = passed(script.parameters);
  const program = await startProgram(world, {
    source: { kind: 'machine', id: machineId },
    command: 'bash',
    args: ['-c', `'${file}'${line}`],
    folder,
    variables: { TMPDIR: temporary, ...variables },
    onOutput: (stream, bytes) => (stream === 'stdout' ? output : error).add(bytes),
  });
  let stopped: 'TimedOut' | 'Canceled' | 'Lost' | undefined;
  const stop = (why: 'TimedOut' | 'Canceled' | 'Lost'): void => {
    stopped ??= why;
    program.kill();
  };
  const timer = setTimeout(() => stop('TimedOut'), script.timeoutSeconds * 1000);
  const ended = program.ended.then(({ exitCode }): ScriptEnd => {
    clearTimeout(timer);
    const state = stopped ?? (exitCode === 0 ? 'Succeeded' : 'Failed');
    return { state, exitCode, output: output.text(), error: error.text() };
  });
  return { machineId, ended, stop };
}
