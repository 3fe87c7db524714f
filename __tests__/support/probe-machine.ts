import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AzureProblem } from '../../src/azure/explain.ts';
import type { Script } from './fake-arm.ts';

/** A machine on which run commands are really executed, with a loopback server as its only way out. */
export interface Machine {
  /** Answers for `virtualMachines/…` of a fake Arm. */
  readonly script: Script;
  /** Whether it runs. */
  running: boolean;
  /** The run commands on it, by name. */
  readonly commands: Map<string, Command>;
  /** Everything the run commands printed, and the bodies they came with. */
  readonly printed: string[];
  readonly bodies: unknown[];
  /** Milliseconds since the epoch, as Azure's clock has them. */
  now: () => number;
  /** Called once a script has ended, before anybody hears of it. */
  meanwhile: (() => void) | undefined;
  /** As `beforeEach` wants it: running, with nothing on it. */
  reset(now: () => number): void;
  stop(): Promise<void>;
}

/** A run command as ARM keeps it. */
export interface Command {
  readonly tags?: Readonly<Record<string, string>>;
  readonly timeoutInSeconds?: number;
  readonly view: Readonly<Record<string, unknown>>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** `handle` sees each plain HTTP request with its absolute address as `request.url`. */
export async function startMachine(name: string, handle: Handler): Promise<Machine> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const machine: Machine = {
    ...{ running: true, commands: new Map(), printed: [], bodies: [] },
    ...{ now: () => 0, meanwhile: undefined },
    reset: (now) => {
      Object.assign(machine, { running: true, now, meanwhile: undefined });
      machine.commands.clear();
      machine.printed.length = 0;
      machine.bodies.length = 0;
    },
    stop: async () => void server.close(),
    script: {
      [`GET /virtualMachines/${name}/instanceView`]: () => ({
        statuses: [{ code: `PowerState/${machine.running ? 'running' : 'deallocated'}` }],
      }),
      [`POST /virtualMachines/${name}/start`]: () => void (machine.running = true),
      [`POST /virtualMachines/${name}/deallocate`]: () => void (machine.running = false),
      [`LIST /virtualMachines/${name}/runCommands`]: () =>
        [...machine.commands.keys()].map((one) => ({ name: one })),
      'DELETE ': ({ path }) => void machine.commands.delete(nameIn(path)),
      'PUT ': async ({ path, body }) => put(machine, nameIn(path), body as RunCommandBody, proxy),
      'GET ?$expand=instanceView': ({ path }) => {
        const found = machine.commands.get(nameIn(path));
        if (found === undefined) return undefined;
        const { tags, timeoutInSeconds, view } = found;
        return { name: nameIn(path), tags, properties: { timeoutInSeconds, instanceView: view } };
      },
    },
  };
  return machine;
}

function nameIn(path: string): string {
  return path.replace(/\?.*/, '').split('/').at(-1) ?? '';
}

async function put(
  machine: Machine,
  name: string,
  body: RunCommandBody,
  proxy: string,
): Promise<unknown> {
  machine.bodies.push(body);
  if (!machine.running) {
    const message = 'The operation requires the VM to be running (or set to run).';
    throw new AzureProblem('putting', { code: 'OperationNotAllowed', message }, 409);
  }
  const startTime = new Date(machine.now()).toISOString();
  const common = { tags: body.tags, timeoutInSeconds: body.properties.timeoutInSeconds };
  machine.commands.set(name, { ...common, view: { executionState: 'Running', startTime } });
  const ended = await execute(body.properties, proxy);
  const endTime = new Date(machine.now()).toISOString();
  machine.printed.push(ended.output);
  machine.commands.set(name, { ...common, view: { ...ended, startTime, endTime } });
  machine.meanwhile?.();
  return {};
}

interface RunCommandBody {
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: {
    readonly source: { readonly script: string };
    readonly timeoutInSeconds: number;
    readonly parameters: readonly { readonly name: string; readonly value: string }[];
  };
}

async function execute(
  { source, parameters }: RunCommandBody['properties'],
  proxy: string,
): Promise<{ executionState: string; exitCode: number; output: string; error: string }> {
  const named = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
  const child = spawn('bash', ['-s'], {
    env: { PATH: process.env['PATH'] ?? '', http_proxy: proxy, https_proxy: proxy, ...named },
  });
  const [output, error]: Buffer[][] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => output?.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => error?.push(chunk));
  child.stdin.end(source.script);
  const exitCode = await new Promise<number>((resolve) =>
    child.on('close', (code) => resolve(code ?? -1)),
  );
  const keep = (chunks: Buffer[] | undefined): string =>
    Buffer.concat(chunks ?? [])
      .subarray(-4096)
      .toString();
  return {
    executionState: exitCode === 0 ? 'Succeeded' : 'Failed',
    ...{ exitCode, output: keep(output), error: keep(error) },
  };
}
