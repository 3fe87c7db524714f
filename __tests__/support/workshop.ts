import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Cancelled } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import type { Session } from '../../src/login/session.ts';
import type { HttpAnswer, HttpRequest, Toolbox } from '../../src/toolbox/index.ts';
import type { FakeArm } from './fake-arm.ts';
import { fakeArm } from './fake-arm.ts';
import { subscriptionId, tenantId } from './settings.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A toolbox without a world: what was done lies in lists, time passes only by sleeping. */
export interface Workshop {
  readonly tools: Toolbox;
  readonly arm: FakeArm;
  readonly session: Session;
  /** Lines of the log, warnings with `warning: ` in front. */
  readonly log: string[];
  /** Texts that were masked. */
  readonly hidden: string[];
  readonly outputs: Map<string, string>;
  readonly requests: HttpRequest[];
  /** Seconds slept so far. */
  slept(): number;
  /** Cancels the step once so many seconds have been slept; 0 at once. */
  cancelAfter(seconds: number): void;
  /** Answers HTTP requests; without it each one fails to connect. */
  answer(http: (request: HttpRequest) => Spoken): void;
}

/** An answer; its bytes are those of its text unless told. */
export type Spoken = Omit<HttpAnswer, 'bytes'> & Partial<Pick<HttpAnswer, 'bytes'>>;

/** A workshop; `tools` replaces single tools. */
export function workshop(replaced: Partial<Toolbox> = {}): Workshop {
  const log: string[] = [];
  const hidden: string[] = [];
  const requests: HttpRequest[] = [];
  const outputs = new Map<string, string>();
  const cancel = new AbortController();
  const time = { slept: 0, cancelAt: Infinity };
  let respond: ((request: HttpRequest) => Spoken) | undefined;
  const arm = fakeArm();
  const tools: Toolbox = {
    log: {
      info: (message) => void log.push(message),
      warn: (message) => void log.push(`warning: ${message}`),
      notice: (message) => void log.push(`notice: ${message}`),
      debug: () => undefined,
      group: async (title, work) => {
        log.push(title);
        return work();
      },
    },
    shell: {
      run: async () => ({ code: 127, stdout: '', stderr: '' }),
      stream: async () => ({ code: 127 }),
      which: async () => undefined,
    },
    http: {
      send: async (request) => {
        requests.push(request);
        if (respond === undefined) throw new Error('connect ECONNREFUSED');
        const spoken = respond(request);
        return { bytes: Buffer.from(spoken.text), ...spoken };
      },
      connect: async () => ({ result: 'failed', seen: 'ECONNREFUSED' }),
      download: async () => {
        throw new Error('connect ECONNREFUSED');
      },
    },
    files: realFiles(),
    runner: {
      idToken: async () => new Secret('id-token', () => undefined),
      hide: (text) => void hidden.push(text),
      secret: (value) => new Secret(value, (text) => void hidden.push(text)),
      output: (name, value) => void outputs.set(name, value),
      summary: async () => undefined,
      keep: () => undefined,
      kept: () => '',
      machine: 'runner@machine',
      context: {
        event: 'workflow_dispatch',
        repository: 'OWNER/research',
        runId: '4711',
        runAttempt: '1',
        sha: '0123456789abcdef0123456789abcdef01234567',
        serverUrl: 'https://github.com',
        apiUrl: 'https://api.github.com',
        pullRequest: undefined,
      },
    },
    clock: {
      now: () => 1_795_000_000_000 + time.slept * 1000,
      sleep: async (seconds) => {
        time.slept += seconds;
        if (time.slept >= time.cancelAt) {
          cancel.abort();
          throw new Cancelled('The run was cancelled while waiting.');
        }
      },
    },
    toolCache: {
      versions: () => [],
      find: () => undefined,
      store: async (folder) => folder,
      unzip: async (file) => file,
    },
    github: async () => ({ request: async () => ({ status: 404, json: {} }) }),
    env: {},
    cancelled: cancel.signal,
    ...replaced,
  };
  return {
    ...{ tools, arm, log, hidden, outputs, requests },
    session: sessionOn(arm),
    slept: () => time.slept,
    cancelAfter: (seconds) => {
      time.cancelAt = seconds;
    },
    answer: (http) => {
      respond = http;
    },
  };
}

function sessionOn(arm: FakeArm): Session {
  return {
    tenantId,
    subscriptionId,
    clientId: 'aaaaaaaa-0000-0000-0000-000000000001',
    principalId: 'aaaaaaaa-0000-0000-0000-000000000002',
    credential: {
      getToken: async () => ({ token: 'access-token-of-the-deployer', expiresOnTimestamp: 2e12 }),
    },
    arm,
    childEnvironment: {},
    close: async () => undefined,
  };
}

/** Real files; shipped things come from this checkout. */
function realFiles(): Toolbox['files'] {
  const bytes = async (path: string): Promise<Buffer | undefined> =>
    readFile(path).catch(() => undefined);
  return {
    read: async (path) => (await bytes(path))?.toString(),
    readBytes: bytes,
    write: async (path, content) => writeFile(path, content, { mode: 0o600 }),
    copyTree: async (from, to) => cp(from, to, { recursive: true }),
    list: async (folder) => readdir(folder),
    tree: async (folder) => readdir(folder, { recursive: true }),
    remove: async (path) => rm(path, { recursive: true, force: true }),
    scratch: async (name) => mkdtemp(join(tmpdir(), `workshop-${name}-`)),
    shipped: (path) => join(root, path),
  };
}
