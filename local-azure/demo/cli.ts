import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { LocalAzure } from '../index.ts';
import { start } from '../index.ts';
import { filesIn, openWatch, refuseLeaks } from '../secrets/watch.ts';
import type { RunnerMachine } from './runner.ts';
import type { Chapter } from './story.ts';
import { contentsOf, tableOf, tell } from './story.ts';

const usage = `npm run demo -- [--provider real|stand-in|auto] [--keep] [--out FOLDER]

Runs the built action against Local Azure, from an empty subscription to a smoke-tested model and back.
  --provider  which azurerm provider Terraform uses; auto, the default, takes the real one where
              TF_CLI_CONFIG_FILE names a mirror for it, else the stand-in
  --keep      leaves Local Azure running at the end, until Ctrl-C
  --out       where summaries, plan, journal and logs go (default demo-out)`;

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const print = (line: string): void => void process.stdout.write(`${line}\n`);

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readArguments();
  if (typeof options === 'number') return options;
  const cancel = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!cancel.signal.aborted)
        print(`\n${signal}: stopping the running step, Terraform included …`);
      cancel.abort();
    });
  }
  await rm(options.out, { recursive: true, force: true });
  await mkdir(options.out, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), 'innereye-demo-'));
  const started = Date.now();
  const cliConfigFile = process.env['TF_CLI_CONFIG_FILE'];
  let azure: LocalAzure | undefined;
  try {
    azure = await start({
      folder: join(folder, 'azure'),
      provider: options.provider,
      ...(cliConfigFile === undefined ? {} : { cliConfigFile }),
      journalFile: join(options.out, 'journal.ndjson'),
    });
    print(
      `Local Azure is up after ${((Date.now() - started) / 1000).toFixed(1)} s (${azure.provider} provider).`,
    );
    return await demo(azure, folder, options, cancel.signal);
  } catch (error) {
    if (cancel.signal.aborted) {
      print('demo: cancelled');
      return 130;
    }
    print(`demo: failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await azure?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Options {
  readonly provider: 'real' | 'stand-in' | 'auto';
  readonly keep: boolean;
  readonly out: string;
}

async function demo(
  azure: LocalAzure,
  folder: string,
  options: Options,
  cancelled: AbortSignal,
): Promise<number> {
  const watch = openWatch(azure);
  const machine: RunnerMachine = {
    action: root,
    folder: join(folder, 'runner'),
    workspace: folder,
    environment: azure.environment,
    print: (line) => print(`  ${line}`),
    watch,
  };
  const chapters = await tell({ azure, machine, out: options.out, print, cancelled });
  print('');
  for (const line of tableOf(chapters)) print(line);
  closing(chapters, azure);
  print(`${options.out}: ${await contentsOf(options.out)}`);
  refuseLeaks(watch.look(await filesIn(options.out)));
  print(`No secret was let out: ${azure.secrets.values.size} were looked for.`);
  if (azure.journal.unknown.length > 0) {
    throw new Error(
      `Local Azure was asked for what it does not know: ${azure.journal.unknown.map(({ method, host, path }) => `${method} ${host}${path}`).join(', ')}`,
    );
  }
  print('demo: ok');
  if (options.keep) await keepRunning(azure, cancelled);
  return 0;
}

function closing(chapters: readonly Chapter[], azure: LocalAzure): void {
  const played = chapters.filter(({ result }) => result === 'played');
  print('');
  print(
    `${played.length} of ${chapters.length} stages ${played.length === 1 ? 'was' : 'were'} played by Local Azure${played.length > 0 ? ` (${played.map(({ stage }) => stage).join(', ')})` : ''}; ` +
      `Azure itself is simulated throughout, the azurerm provider is the ${azure.provider} one.`,
  );
}

async function keepRunning(azure: LocalAzure, cancelled: AbortSignal): Promise<void> {
  print('');
  print('Local Azure keeps running; Ctrl-C ends it. To use it from another shell:');
  for (const [name, value] of Object.entries(azure.environment))
    print(`  export ${name}=${JSON.stringify(value)}`);
  if (!cancelled.aborted)
    await new Promise((resolve) => cancelled.addEventListener('abort', resolve, { once: true }));
}

/** The options, or the exit code where there is nothing to run. */
function readArguments(): Options | number {
  try {
    const { values } = parseArgs({
      options: {
        provider: { type: 'string', default: 'auto' },
        keep: { type: 'boolean', default: false },
        out: { type: 'string', default: 'demo-out' },
        help: { type: 'boolean', default: false },
      },
    });
    const { provider, keep, out, help } = values;
    if (help) {
      print(usage);
      return 0;
    }
    if (provider !== 'real' && provider !== 'stand-in' && provider !== 'auto') {
      throw new Error(`--provider must be real, stand-in or auto, not ${JSON.stringify(provider)}`);
    }
    return { provider, keep, out: resolve(out) };
  } catch (error) {
    print(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
}
