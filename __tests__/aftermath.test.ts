import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { finish } from '../src/aftermath.ts';
import { openBroker } from '../src/login/broker.ts';
import { openClock } from '../src/toolbox/clock.ts';
import { openProcesses } from '../src/toolbox/processes.ts';
import { temporaryFolder, until } from './support/site.ts';
import { workshop } from './support/workshop.ts';
import type { Workshop } from './support/workshop.ts';

let folder: string;
let scratch: string;
let remove: () => void;
const children: ChildProcess[] = [];

beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
  scratch = join(folder, 'innereye-1');
  mkdirSync(join(scratch, 'terraform'), { recursive: true });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  remove();
});

/**
 * Starts bash under a program's name, in the folder of Terraform, and waits until it is ready. `told`:
 * what it does at a SIGINT.
 */
async function left(
  name: string,
  { told, does }: { readonly told?: string; readonly does: string },
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const program = join(folder, name);
  symlinkSync('/bin/bash', program);
  const trap = told === undefined ? '' : `trap '${told}' INT; `;
  const child = spawn(program, ['-c', `${trap}touch ready-${name}; ${does}`], {
    cwd: join(scratch, 'terraform'),
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'ignore',
    detached: true,
  });
  children.push(child);
  await until(() => existsSync(join(scratch, 'terraform', `ready-${name}`)));
}

/** Finishes; `kept` is what the main run had named to the clean-up. */
async function after(kept: Readonly<Record<string, string>> = {}): Promise<Workshop> {
  const shop = workshop();
  const { runner } = shop.tools;
  const tools = {
    ...shop.tools,
    clock: openClock(new AbortController().signal),
    runner: { ...runner, kept: (name: string) => kept[name] ?? '' },
  };
  await finish(scratch, openProcesses(), tools);
  return shop;
}

const seen = (name: string): string => {
  const path = join(scratch, 'terraform', name);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
};
const waits = 'for i in {1..200}; do sleep 0.05; done';

describe('what a killed main run has left', () => {
  it('is nothing where nothing of it runs', async () => {
    expect((await after()).log).toEqual([]);
  });

  it('is Terraform, which is told once to stop and waited for', async () => {
    await left('terraform', {
      told: 'echo told >> told; sleep 0.6; echo saved > state; exit 1',
      does: waits,
    });
    const { log } = await after();
    expect(seen('told')).toBe('told');
    expect(seen('state')).toBe('saved');
    expect(log[0]).toMatch(
      /^warning: The main part of this step was killed, and has left running: .*terraform \(process \d+\)/,
    );
    expect(log.join('\n')).toContain('told to stop now, once');
    expect(log.at(-1)).toMatch(/what it had done is in the state, and the lock is free/);
  });

  it('is Terraform that the main run had told already: it gets no second signal', async () => {
    await left('terraform', { told: 'echo told >> told', does: 'sleep 1; echo saved > state' });
    const { log } = await after({ stopping: 'true' });
    expect(seen('told')).toBe('');
    expect(seen('state')).toBe('saved');
    expect(log.join('\n')).toContain('was told to stop before');
  });

  it('can still log in to Azure, by the address and the bearer that it knows', async () => {
    const first = await openBroker(workshop().tools);
    const url = first.url;
    await first.close();
    const env = { ARM_OIDC_REQUEST_URL: url, ARM_OIDC_REQUEST_TOKEN: first.bearer.reveal() };
    const ask = `curl -s -o answer -H "authorization: Bearer $ARM_OIDC_REQUEST_TOKEN" "$ARM_OIDC_REQUEST_URL?audience=api://AzureADTokenExchange"`;
    await left('terraform', { told: `${ask}; exit 1`, does: waits }, env);
    await after();
    expect(seen('answer')).toContain('"value"');
  });

  it('is named with what comes next where Terraform could not write the state', async () => {
    await left('terraform', { told: `echo {} > errored.tfstate; exit 1`, does: waits });
    const { log } = await after();
    expect(log.at(-1)).toMatch(/could not write the state.*The lock of the state may be left/s);
  });

  it('is a provider without its Terraform: it is ended, and the lock may be left', async () => {
    writeFileSync(join(scratch, 'terraform', 'spoken-0a1b2c3d-stdout.txt'), '');
    await left('terraform-provider-azurerm', { does: waits });
    const { log } = await after();
    expect(await openProcesses().within(scratch)).toEqual([]);
    expect(log.at(-1)).toMatch(/Terraform is gone.*The lock of the state may be left/s);
  });

  it('is a lock perhaps, where Terraform was killed with it', async () => {
    writeFileSync(join(scratch, 'terraform', 'spoken-0a1b2c3d-stdout.txt'), '{}\n');
    expect((await after()).log.join()).toMatch(/was killed, and Terraform.*may be left/s);
  });

  it('is told with what Terraform said in the meantime, but not that it was stopped', async () => {
    const line = (level: string, message: string): string =>
      JSON.stringify({ '@level': level, '@message': message, type: 'diagnostic' });
    const spoken = 'spoken-0a1b2c3d-stdout.txt';
    writeFileSync(join(scratch, 'terraform', spoken), `${line('error', 'Error: of before')}\n`);
    const last = [line('error', 'Error: execution halted'), line('error', 'Error: no route')];
    writeFileSync(join(scratch, 'terraform', 'last'), `${last.join('\n')}\n`);
    await left('terraform', { told: `cat last >> ${spoken}; exit 1`, does: waits });
    const { log } = await after();
    expect(log.filter((told) => told.startsWith('Terraform: '))).toEqual([
      'Terraform: Error: no route',
    ]);
  });
});

describe('the processes of a folder', () => {
  it('are those that work in it or name it, and no others', async () => {
    await left('inside', { does: waits });
    const names = async (place: string): Promise<string[]> =>
      (await openProcesses().within(place)).map(({ program }) => program);
    expect(await names(scratch)).toContain('inside');
    expect(await names(`${scratch}2`)).toEqual([]);
    expect(await names(scratch.slice(0, -2))).toEqual([]);
  });

  it('get no signal where another process has their id by now', async () => {
    await left('inside', { does: waits });
    const processes = openProcesses();
    const found = (await processes.within(scratch)).find(({ program }) => program === 'inside');
    if (found === undefined) throw new Error('it is not found');
    await processes.signal({ ...found, startedAt: '1' }, 'SIGKILL');
    expect(await processes.within(scratch)).not.toEqual([]);
    await processes.signal(found, 'SIGKILL');
    await until(() => !existsSync(`/proc/${found.pid}/cwd`));
  });
});
