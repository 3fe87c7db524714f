import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findOrInstallTerraform } from '../../../src/terraform/install/index.ts';
import type { Installed } from '../../../src/terraform/install/index.ts';
import { openFiles } from '../../../src/toolbox/files.ts';
import type { Http, Toolbox } from '../../../src/toolbox/index.ts';
import { openShell } from '../../../src/toolbox/shell.ts';
import { openToolCache } from '../../../src/toolbox/tool-cache.ts';
import type { Signer } from './release-builder.ts';
import { fakeTerraform } from './release-builder.ts';

/** What a mirror answers, by path; a number is a status. */
export type Shelf = Record<string, Buffer | number>;

/** A machine with its own temporary folders, PATH, tool cache and mirror. */
export interface Workbench {
  readonly folder: string;
  readonly cacheFolder: string;
  readonly shelf: Shelf;
  /** Paths that were asked of the mirror. */
  readonly asked: string[];
  readonly said: string[];
  readonly tools: Pick<Toolbox, 'shell' | 'http' | 'files' | 'log' | 'env' | 'toolCache'>;
  install(terraformVersion: string, required?: string): Promise<Installed>;
  /** Puts a Terraform on the PATH, or a program of that content. */
  putOnPath(version: string, content?: string): Promise<void>;
  /** Everything that lies in the scratch, temporary and cache folders. */
  left(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Real files, processes and tool cache; only the network is a shelf. */
export async function openWorkbench(signer: Signer, mirror?: Http): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'install-'));
  const [temp, cacheFolder, bin] = ['temp', 'cache', 'bin'].map((name) => join(folder, name));
  if (!temp || !cacheFolder || !bin) throw new Error('unreachable');
  await Promise.all([temp, cacheFolder, bin].map((path) => mkdir(path)));
  process.env['RUNNER_TEMP'] = temp;
  process.env['RUNNER_TOOL_CACHE'] = cacheFolder;
  process.env['PATH'] = `${bin}:/usr/bin:/bin`;
  const env = { PATH: process.env['PATH'], RUNNER_TEMP: temp };
  const [shelf, asked, said]: [Shelf, string[], string[]] = [{}, [], []];
  const say = (message: string): void => void said.push(message);
  const tools = {
    env,
    files: openFiles(folder, env, { keep: () => undefined }),
    shell: await openShell({ env, cancelled: new AbortController().signal }),
    toolCache: await openToolCache(),
    http: mirror ?? shelfHttp(shelf, asked),
    log: {
      info: say,
      warn: say,
      notice: say,
      debug: say,
      group: (_title: string, work: () => never) => work(),
    },
  };
  return {
    ...{ folder, cacheFolder, shelf, asked, said, tools },
    install: (terraformVersion, required = '>= 1.0') =>
      findOrInstallTerraform(
        { terraformVersion, terraformMirror: 'https://mirror.example/' },
        required,
        tools,
        { keys: [signer.trusted], os: 'linux', arch: 'amd64' },
      ),
    putOnPath: (version, content = fakeTerraform(version)) =>
      writeFile(join(bin, 'terraform'), content, { mode: 0o755 }),
    left: async () => [...(await filesBelow(temp)), ...(await filesBelow(cacheFolder))],
    close: () => rm(folder, { recursive: true }),
  };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}

function shelfHttp(shelf: Shelf, asked: string[]): Http {
  return {
    send: () => Promise.reject(new Error('nothing is sent')),
    connect: () => Promise.reject(new Error('nothing is connected')),
    download: async (url, file, { maxBytes }) => {
      const path = new URL(url).pathname;
      asked.push(path);
      const answer = shelf[path] ?? 404;
      if (typeof answer === 'number') throw new Error(`${url} answered ${answer}`);
      if (answer.length > maxBytes) throw new Error(`${url} sent more than ${maxBytes} bytes`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, answer, { mode: 0o600 });
    },
  };
}
