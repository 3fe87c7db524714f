import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
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
  readonly state: 'Succeeded' | 'Failed' | 'TimedOut' | 'Canceled';
  readonly exitCode: number;
  readonly output: string;
  readonly error: string;
}

/** A script that runs. */
export interface RunningScript {
  readonly ended: Promise<ScriptEnd>;
  cancel(): void;
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
 * Runs a script on a machine inside the network: by bash, in a folder of its own that is removed at
 * the end, killed with all it started when its time is over.
 */
export async function runScript(world: World, id: string, script: Script): Promise<RunningScript> {
  const folder = join(world.folder, 'run-command', id);
  const file = join(folder, 'script.sh');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, script.text, { mode: 0o700 });
  await chmod(file, 0o700);
  const [output, error] = [tail(), tail()];
  const { variables, line } = passed(script.parameters);
  const program = await startProgram(world, {
    source: { kind: 'machine', id: script.machineId },
    command: 'bash',
    args: ['-c', `'${file}'${line}`],
    folder,
    variables,
    onOutput: (stream, bytes) => (stream === 'stdout' ? output : error).add(bytes),
  });
  let stopped: 'TimedOut' | 'Canceled' | undefined;
  const stop = (why: 'TimedOut' | 'Canceled'): void => {
    stopped ??= why;
    program.kill();
  };
  const timer = setTimeout(() => stop('TimedOut'), script.timeoutSeconds * 1000);
  const ended = program.ended.then(async ({ exitCode }): Promise<ScriptEnd> => {
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
    const state = stopped ?? (exitCode === 0 ? 'Succeeded' : 'Failed');
    return { state, exitCode, output: output.text(), error: error.text() };
  });
  return { ended, cancel: () => stop('Canceled') };
}
