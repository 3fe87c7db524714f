import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Script } from './fake-arm.ts';

/** A machine on which run commands are really executed, with a loopback server as its only way out. */
export interface Machine {
  /** Answers for `virtualMachines/…` of a fake Arm. */
  readonly script: Script;
  /** Whether it runs. */
  running: boolean;
  /** Everything the run commands printed, and their parameters. */
  readonly printed: string[];
  readonly parameters: { readonly name: string; readonly value: string }[];
  stop(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** `handle` sees each plain HTTP request with its absolute address as `request.url`. */
export async function startMachine(name: string, handle: Handler): Promise<Machine> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const views = new Map<string, unknown>();
  const machine: Machine = {
    running: true,
    printed: [],
    parameters: [],
    stop: async () => void server.close(),
    script: {
      [`GET /virtualMachines/${name}/instanceView`]: () => ({
        statuses: [{ code: `PowerState/${machine.running ? 'running' : 'deallocated'}` }],
      }),
      [`POST /virtualMachines/${name}/start`]: () => void (machine.running = true),
      [`POST /virtualMachines/${name}/deallocate`]: () => void (machine.running = false),
      'PUT ': async ({ path, body }) => {
        const { properties } = body as RunCommandBody;
        machine.parameters.push(...properties.parameters);
        const view = await execute(properties, proxy);
        machine.printed.push(view.output);
        views.set(path, view);
        return {};
      },
      'GET ?$expand=instanceView': ({ path }) => ({
        properties: { instanceView: views.get(path.replace(/\?.*/, '')) },
      }),
    },
  };
  return machine;
}

interface RunCommandBody {
  readonly properties: {
    readonly source: { readonly script: string };
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
