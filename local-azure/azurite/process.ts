import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { checkServerIdentity } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { Authority } from '../entrance/authority.ts';
import type { World } from '../world.ts';
import type { BlobAccount, FromParent, ToParent } from './messages.ts';

/** One request for the blob service. */
export interface BlobRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What the blob service answered. */
export interface BlobAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Azurite's blob service in a child process. Every method waits until it listens. */
export interface BlobService {
  /** Starts it, if it has not been started, without waiting. */
  warm(): void;
  /** Makes exactly these accounts known. */
  setAccounts(accounts: readonly BlobAccount[]): Promise<void>;
  /** Throws away all that an account holds. */
  forget(account: string): Promise<void>;
  send(request: BlobRequest): Promise<BlobAnswer>;
  stop(): Promise<void>;
}

const ADDRESS = '127.0.0.1';
const HOST = fileURLToPath(new URL('./host.ts', import.meta.url));

/** The blob service of this world; throws where it has not been started. */
export function blobServiceOf(world: World): BlobService {
  const service = world.data.get('blob-service') as BlobService | undefined;
  if (!service) throw new Error('The blob service of Local Azure has not been started.');
  return service;
}

/**
 * Makes the blob service. Its process is only started when it is needed (`warm`, or the first
 * request): loading Azurite takes a second of a whole core. `folder` gets its certificate and key.
 */
export function createBlobService(authority: Authority, folder: string): BlobService {
  let child: ChildProcess | undefined;
  let listening: Promise<string> | undefined;
  const warm = (): Promise<string> => {
    if (listening) return listening;
    child = spawn(authority, folder);
    listening = urlOf(child);
    // Whoever sends the first request is told; a start that is never used may fail in silence.
    listening.catch(() => undefined);
    return listening;
  };
  let number = 0;
  const tell = async (message: FromParent): Promise<void> => {
    await warm();
    if (child) await told(child, message);
  };
  const agent = agentFor(authority);
  return {
    warm: () => void warm(),
    setAccounts: (accounts) => tell({ kind: 'accounts', number: (number += 1), accounts }),
    forget: (account) => tell({ kind: 'forget', number: (number += 1), account }),
    send: async (request) => send(agent, await warm(), request),
    stop: async () => {
      agent.destroy();
      if (child) await killed(child);
    },
  };
}

function agentFor(authority: Authority): Agent {
  return new Agent({
    keepAlive: true,
    ca: authority.certificate,
    // The request's host header names a storage account; the certificate is the child's own.
    checkServerIdentity: (_name, certificate) => checkServerIdentity(ADDRESS, certificate),
  });
}

/** It holds nothing but memory: there is nothing to save. */
async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function spawn(authority: Authority, folder: string): ChildProcess {
  const { certificate, key } = authority.issue(ADDRESS);
  const files = [join(folder, 'blob-certificate.pem'), join(folder, 'blob-key.pem')] as const;
  writeFileSync(files[0], certificate, { mode: 0o600 });
  writeFileSync(files[1], key, { mode: 0o600 });
  return fork(HOST, files, {
    cwd: folder,
    execArgv: ['--disable-warning=ExperimentalWarning', '--no-deprecation'],
    env: {},
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}

/** Where the child listens; rejects with what it complained of where it never does. */
function urlOf(child: ChildProcess): Promise<string> {
  let complaint = '';
  child.stderr?.on(
    'data',
    (chunk: Buffer) => (complaint = `${complaint}${chunk.toString()}`.slice(-4000)),
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`The blob service ended (${code ?? 'killed'}). ${complaint}`)),
    );
    child.once('message', (message: ToParent) => {
      if (message.kind === 'listening') resolve(message.url);
    });
  });
}

/** Sends a message and waits until it has been obeyed. */
function told(child: ChildProcess, message: FromParent): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(new Error('The blob service has ended.'));
    const hear = (answer: ToParent): void => {
      if (answer.kind !== 'done' || answer.number !== message.number) return;
      child.off('message', hear);
      child.off('exit', gone);
      resolve();
    };
    child.on('message', hear);
    child.once('exit', gone);
    child.send(message);
  });
}

function send(agent: Agent, url: string, request: BlobRequest): Promise<BlobAnswer> {
  return new Promise((resolve, reject) => {
    const headers = { ...request.headers, 'content-length': String(request.body.length) };
    const { method } = request;
    const asked = httpsRequest(`${url}${request.target}`, { method, headers, agent }, (answer) => {
      collect(answer).then(resolve, reject);
    });
    asked.once('error', reject);
    asked.end(request.body);
  });
}

async function collect(answer: IncomingMessage): Promise<BlobAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  const hop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date']);
  const headers = Object.entries(answer.headersDistinct)
    .filter(([name]) => !hop.has(name))
    .map(([name, values]) => [name, (values ?? []).join(', ')]);
  return {
    status: answer.statusCode ?? 500,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: Buffer.concat(chunks),
  };
}
