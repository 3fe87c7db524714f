import { spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { World } from '../world.ts';
import { keptIn } from '../world.ts';
import { insideDoor } from './proxy.ts';
import { admit, dismiss, type Pass, type Source } from './source.ts';

/** What is started "in" the network. */
export interface Program {
  readonly source: Source;
  readonly command: string;
  readonly args: readonly string[];
  /** Working folder and HOME; made if it does not exist. */
  readonly folder: string;
  /** Added to the few variables everything inside has. */
  readonly variables: Readonly<Record<string, string>>;
  /** Receives what the program writes. */
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Buffer) => void;
}

/** How a program ended: its exit code, or 128 + signal as a shell says it. */
export interface Ending {
  readonly exitCode: number;
}

/** A program that runs. */
export interface Running {
  readonly pid: number | undefined;
  readonly ended: Promise<Ending>;
  /** Kills the whole process group at once. */
  kill(): void;
}

/** Programs of every world in this process: groups of their own would outlive it. */
const alive = new Set<Running>();
process.once('exit', () => {
  for (const one of alive) one.kill();
});

function running(world: World): Set<Running> {
  return keptIn(world, 'processes', () => new Set<Running>());
}

/** Work that writes files or starts programs, and is not over yet. */
function underWay(world: World): Set<Promise<unknown>> {
  return keptIn(world, 'programsUnderWay', () => new Set<Promise<unknown>>());
}

/** Whether Local Azure is being stopped: nothing may be started any more. */
export function isEnding(world: World): boolean {
  return world.data.get('programsEnding') === true;
}

/** Does work around programs in a way that `endPrograms` waits for. */
export async function tracked<T>(world: World, work: () => Promise<T>): Promise<T> {
  const promise = work();
  underWay(world).add(promise);
  try {
    return await promise;
  } finally {
    underWay(world).delete(promise);
  }
}

/** Kills everything that still runs inside and waits for it; part of stopping Local Azure. */
export async function endPrograms(world: World): Promise<void> {
  world.data.set('programsEnding', true);
  while (running(world).size > 0 || underWay(world).size > 0) {
    const left = [...running(world)];
    for (const one of left) one.kill();
    await Promise.all(left.map((one) => one.ended));
    // What was about to start meets `isEnding`, or is killed in the next round.
    await Promise.race([Promise.allSettled(underWay(world)), anyMoment()]);
  }
}

function anyMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

/** The proxy's address with the credentials of one program. */
function proxyUrl(world: World, pass: Pass): string {
  return `http://${pass.user}:${pass.password}@127.0.0.1:${insideDoor(world).port}`;
}

/**
 * The environment of a program inside: nothing of this machine's own but the search path and the
 * language; the inside proxy is its only way out, under the names curl, Node, Go and Python read.
 */
function environment(
  world: World,
  program: Pick<Program, 'folder' | 'variables'>,
  pass: Pass,
  tools: string,
): Record<string, string> {
  const proxy = proxyUrl(world, pass);
  const authority = insideDoor(world).authorityFile;
  return {
    PATH: [tools, process.env['PATH'] ?? '/usr/bin:/bin'].join(delimiter),
    LANG: 'C.UTF-8',
    HOME: program.folder,
    TMPDIR: program.folder,
    HTTPS_PROXY: proxy,
    HTTP_PROXY: proxy,
    https_proxy: proxy,
    http_proxy: proxy,
    NO_PROXY: '',
    no_proxy: '',
    NODE_USE_ENV_PROXY: '1',
    CURL_CA_BUNDLE: authority,
    SSL_CERT_FILE: authority,
    REQUESTS_CA_BUNDLE: authority,
    NODE_EXTRA_CA_CERTS: authority,
    ...program.variables,
  };
}

/** `getent hosts|ahosts|ahostsv4 NAME`, answered by the resolver inside instead of this machine's. */
const getent = `#!/bin/bash
# Part of Local Azure: names as the network inside resolves them.
name="\${@: -1}"
answer=$(curl -sf "http://168.63.129.16/names/$name") || exit 2
address=$(printf '%s' "$answer" | sed -n 's/.*"address":"\\([^"]*\\)".*/\\1/p')
case "$1" in
  hosts) printf '%-15s %s\\n' "$address" "$name" ;;
  *) printf '%-15s STREAM %s\\n' "$address" "$name" ;;
esac
`;

async function toolFolder(world: World): Promise<string> {
  const folder = join(world.folder, 'inside-tools');
  if (world.data.get('insideTools') === folder) return folder;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'getent'), getent);
  await chmod(join(folder, 'getent'), 0o755);
  world.data.set('insideTools', folder);
  return folder;
}

/** A place inside for a process that Local Azure does not start itself, such as a step of a runner there. */
export interface InsidePlace {
  /** What makes a process stand there, its names and its ways; to be added to its other variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** Ends it. */
  leave(): void;
}

/** Lets a process of somebody else's stand where a source stands. Closed ways are silent to it. */
export async function standInside(
  world: World,
  source: Source,
  folder: string,
): Promise<InsidePlace> {
  const pass = admit(world, source, true);
  const all = environment(world, { folder, variables: {} }, pass, await toolFolder(world));
  const { PATH = '', HTTPS_PROXY = '', http_proxy = '' } = all;
  return { variables: { PATH, HTTPS_PROXY, http_proxy }, leave: () => dismiss(world, pass) };
}

/**
 * Starts a program in a process group of its own with a clean environment. It holds proxy
 * credentials from its start to its end.
 */
export async function startProgram(world: World, program: Program): Promise<Running> {
  await mkdir(program.folder, { recursive: true });
  const tools = await toolFolder(world);
  if (isEnding(world)) throw new Error('Local Azure is being stopped.');
  const pass = admit(world, program.source);
  const child = spawn(program.command, [...program.args], {
    cwd: program.folder,
    env: environment(world, program, pass, tools),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (bytes: Buffer) => program.onOutput('stdout', bytes));
  child.stderr.on('data', (bytes: Buffer) => program.onOutput('stderr', bytes));
  const ended = new Promise<Ending>((resolve) => {
    child.on('error', (error) => {
      program.onOutput('stderr', Buffer.from(`${error.message}\n`));
      resolve({ exitCode: 127 });
    });
    child.on('exit', (code, signal) => {
      const ending = { exitCode: code ?? (signal ? 137 : 1) };
      // Whatever it left behind in its group ends with it, so that its pipes close.
      killGroup(child.pid);
      child.on('close', () => resolve(ending));
    });
  });
  const one: Running = { pid: child.pid, ended, kill: () => killGroup(child.pid) };
  running(world).add(one);
  alive.add(one);
  void ended.then(() => {
    running(world).delete(one);
    alive.delete(one);
    dismiss(world, pass);
  });
  return one;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has already ended.
  }
}
