import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from '../../local-azure/index.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import type { LocalAzureOptions } from '../../local-azure/options.ts';
import { openWatch } from '../../local-azure/secrets/watch.ts';
import type { Watch } from '../../local-azure/secrets/watch.ts';
import { runStep } from '../../local-azure/demo/runner.ts';
import type { StepOptions, StepResult } from '../../local-azure/demo/runner.ts';

export const root = join(import.meta.dirname, '../..');

/** A folder of this test, and how to get rid of it. */
export function temporaryFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'innereye-test-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Steps of the built action on a runner of its own, in front of a Local Azure of its own. */
export interface Site {
  readonly azure: LocalAzure;
  readonly folder: string;
  /** What every step is searched for; a test tells it of secrets that it brings along. */
  readonly watch: Watch;
  /** Runs one command with the environment "demo" and the right ids; `inputs` override them. */
  step(
    command: string,
    inputs?: Readonly<Record<string, string>>,
    options?: StepOptions & { readonly environment?: Readonly<Record<string, string>> },
  ): Promise<StepResult>;
  close(): Promise<void>;
}

type StartOptions = Omit<LocalAzureOptions, 'folder'>;

/** Starts both; the stand-in provider, so that a result does not depend on the machine. */
export async function openSite(options: StartOptions = {}): Promise<Site> {
  const { folder, remove } = temporaryFolder();
  const azure = await start({
    provider: 'stand-in',
    pace: 0,
    ...options,
    folder: join(folder, 'azure'),
  });
  const watch = openWatch(azure);
  let count = 0;
  return {
    azure,
    folder,
    watch,
    step: async (command, inputs = {}, stepOptions = {}) => {
      const machine = {
        action: root,
        folder: join(folder, 'runner'),
        workspace: folder,
        environment: { ...azure.environment, ...stepOptions.environment },
        print: () => undefined,
        watch,
      };
      count += 1;
      const result = await runStep(
        machine,
        `${count}-${command}`,
        { ...idsOf(azure), command, ...inputs },
        stepOptions,
      );
      if (azure.secrets.unnamed.size > 0) {
        throw new Error(
          `Secret by its name, but of no kind: ${[...azure.secrets.unnamed].join('; ')}`,
        );
      }
      return result;
    },
    close: async () => {
      await azure.stop();
      remove();
    },
  };
}

function idsOf({ environment }: LocalAzure): Record<string, string> {
  return {
    environment: 'demo',
    'client-id': environment['ARM_CLIENT_ID'] ?? '',
    'tenant-id': environment['ARM_TENANT_ID'] ?? '',
    'subscription-id': environment['ARM_SUBSCRIPTION_ID'] ?? '',
  };
}

/** Waits until something has happened that Local Azure or a file shows; `patience` seconds at most. */
export async function until(condition: () => boolean, patience = 60): Promise<void> {
  const deadline = Date.now() + patience * 1000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited for ${patience} s in vain`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Command lines of running processes that name a folder. */
export function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(folder));
}
