import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from '../local-azure/index.ts';
import type { LocalAzure } from '../local-azure/index.ts';
import type { Ledger } from './act/ledger.ts';
import { openLedger } from './act/ledger.ts';
import { onPath } from './on-path.ts';
import { installAct } from './act/program.ts';
import { setStage } from './act/stage.ts';
import { tell } from './act/story.ts';
import { processesNaming } from './act/tree.ts';

/**
 * Runs the reusable workflows and their examples with act, on this machine and without Docker, against
 * Local Azure with the stand-in provider, the built dist/ and the real Terraform. Installs act itself,
 * pinned, below .cache/tools. docs/decisions/0007-workflow-testing.md says what this proves.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const repository = 'octo-org/innereye';
/** Minutes after which all of it is given up. */
const limit = 15;
const print = (line: string): void => void process.stdout.write(`${line}\n`);

process.exitCode = await main();

async function main(): Promise<number> {
  const missing = ['python3', 'git', 'terraform', 'curl', 'bash', 'ps'].filter(
    (name) => !onPath(name),
  );
  if (missing.length > 0) {
    print(`check-act: not on the PATH: ${missing.join(', ')}. Install them and run this again.`);
    return 1;
  }
  const cancel = cancelOnSignals();
  // What does not end in time by itself, is ended; the folder goes at the exit of this process.
  setTimeout(() => process.exit(1), (limit + 1) * 60_000).unref();
  const signal = AbortSignal.any([cancel.signal, AbortSignal.timeout(limit * 60_000)]);
  const ledger = openLedger(print);
  try {
    await inFolder((folder) => perform(folder, ledger, signal));
  } catch (error) {
    if (cancel.signal.aborted) {
      print('check-act: cancelled');
      return 130;
    }
    const text = signal.aborted ? `not done after ${limit} minutes` : explained(error);
    print(`check-act: ${text}`);
    return 1;
  }
  return verdict(ledger);
}

/** Cancelled by the first Ctrl-C; the second one does not wait for the clean-up. */
function cancelOnSignals(): AbortController {
  const cancel = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (cancel.signal.aborted) process.exit(130);
      print(`\n${signal}: ending what runs …`);
      cancel.abort();
    });
  }
  return cancel;
}

/** Gives a folder, and takes it away again, whatever happens. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'check-act-'));
  const sweep = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', sweep);
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    process.off('exit', sweep);
  }
}

async function perform(folder: string, ledger: Ledger, signal: AbortSignal): Promise<void> {
  const program = await installAct(join(root, '.cache', 'tools'), signal);
  const env = await cleanEnvironment(folder);
  const stage = await setStage({ root, folder, repository, env, signal });
  ledger.scene('the stage');
  const { strangers, repositories, consumer } = stage;
  ledger.claim(
    'no action of others is used but checkout and upload-artifact',
    strangers.length === 0,
    strangers,
  );
  let azure: LocalAzure | undefined;
  try {
    azure = await start({
      provider: 'stand-in',
      pace: 0,
      repository,
      folder: join(folder, 'azure'),
    });
    const act = { program, folder, consumer, repositories, env, signal };
    await tell({ act, root, azure, ledger, print, repository });
  } finally {
    await azure?.stop();
  }
  ledger.scene('the end');
  const left = await processesLeft(folder);
  ledger.claim('no process is left', left.length === 0, left);
}

/**
 * All that act may know of this machine: it hands its environment to every job. Node 24 comes first
 * on the PATH, and act's own folders lie in ours.
 */
async function cleanEnvironment(folder: string): Promise<Record<string, string>> {
  const [home, temporary] = [join(folder, 'home'), join(folder, 'tmp')];
  await Promise.all([mkdir(home), mkdir(temporary)]);
  const stand = await standInForDocker(join(folder, 'bin'));
  return {
    PATH: [stand, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: home,
    TMPDIR: temporary,
    GIT_CONFIG_NOSYSTEM: '1',
  };
}

/** Says what Docker says of an image that it has built and pushed; gives its folder. */
async function standInForDocker(place: string): Promise<string> {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  const program = `#!/usr/bin/env bash
case "$*" in *RepoDigests*) echo "\${!#%:*}@${digest}" ;; esac
`;
  await mkdir(place);
  await writeFile(join(place, 'docker'), program, { mode: 0o755 });
  return place;
}

/** Processes that still name the folder after ten seconds. */
async function processesLeft(folder: string): Promise<string[]> {
  for (const deadline = Date.now() + 10_000; ;) {
    const left = processesNaming(folder);
    if (left.length === 0 || Date.now() > deadline) return left;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function verdict({ failed, held }: Ledger): number {
  print('');
  for (const name of failed) print(`FAILED: ${name}`);
  if (failed.length > 0) {
    print(`check-act: ${failed.length} of ${held + failed.length} claims do not hold`);
    return 1;
  }
  print(`${held} claims hold.`);
  print('check-act: ok');
  return 0;
}

function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}\n${error.cause.message}` : error.message;
}
