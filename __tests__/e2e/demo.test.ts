import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { processesOf, root, temporaryFolder, until } from '../support/site.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

/** What README.md tells a stranger to run, with a folder and a temporary folder of its own. */
function program(script: string, ...args: string[]) {
  const child = spawn(process.execPath, ['--', join(root, script), ...args], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, text: () => text };
}

const demo = 'local-azure/demo/cli.ts';

describe('npm run demo', () => {
  it('tells the whole story, from an empty subscription to nothing left', async () => {
    const { child, ended, text } = program(
      demo,
      '--provider',
      'stand-in',
      '--out',
      'out',
      '--keep',
    );
    await Promise.race([ended, until(() => text().includes('Local Azure keeps running'), 280)]);
    expect({ ok: text().includes('\ndemo: ok\n'), end: text().slice(-3_000) }).toMatchObject({
      ok: true,
    });
    const proxy = /export HTTPS_PROXY="([^"]+)"/.exec(text())?.[1] ?? '';
    const kept = await fetch(proxy).then(
      () => true,
      () => false,
    );
    expect(kept).toBe(true);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    const table = text().slice(text().lastIndexOf('stage '));
    const stages = [
      'preflight',
      'plan',
      'deploy',
      'plan again',
      'verify',
      'train',
      'smoke',
      'verify opened',
      'drift',
      'destroy',
    ];
    const results = stages.map((stage) => new RegExp(`^${stage} +(\\w+) `, 'm').exec(table)?.[1]);
    expect(results).toEqual(stages.map((stage) => (stage === 'train' ? 'played' : 'done')));
    expect(text()).toContain('1 of 10 stages was played by Local Azure (train)');
    expect(text()).toContain('Nothing is left: ARM lists no resource and no resource group.');
  }, 300_000);

  it('leaves summaries, plans, the journal and logs', () => {
    const out = join(folder, 'out');
    expect(readdirSync(join(out, 'summaries')).length).toBe(10);
    expect(readdirSync(join(out, 'logs')).length).toBe(10);
    const plan = JSON.parse(readFileSync(join(out, 'plan.json'), 'utf8')) as {
      resource_changes: unknown[];
    };
    expect(plan.resource_changes.length).toBeGreaterThan(40);
    const journal = readFileSync(join(out, 'journal.ndjson'), 'utf8').trimEnd().split('\n');
    const entries = journal.map((line) => JSON.parse(line) as { status: number; stage: string });
    expect(entries.filter(({ status }) => status === 501)).toEqual([]);
    expect(entries.some(({ stage }) => stage === 'behind the back')).toBe(true);
  });

  it('ends cleanly on Ctrl-C in the middle of an apply', async () => {
    const { child, ended, text } = program(demo, '--provider', 'stand-in', '--out', 'cut');
    await until(() => text().includes('azurerm_firewall_policy.this: Creation complete'));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(text()).toContain('Cancelled during: Applying the plan');
    expect(text().trimEnd().endsWith('demo: cancelled')).toBe(true);
    expect(processesOf(folder)).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.startsWith('innereye-demo-'))).toEqual([]);
  }, 120_000);

  it('names a wrong argument and shows its usage', async () => {
    const { ended, text } = program(demo, '--provider', 'fake');
    expect(await ended).toBe(2);
    expect(text()).toContain('--provider must be real, stand-in or auto, not "fake"');
    expect(text()).toContain('npm run demo -- [--provider');
  });
});

describe('npm run local-azure', () => {
  it('writes the variables by which curl reaches it, and ends with nothing left', async () => {
    const file = join(folder, 'local.env');
    const { child, ended } = program('local-azure/cli.ts', '--env-file', file);
    await until(
      () => existsSync(file) && readFileSync(file, 'utf8').includes('ARM_SUBSCRIPTION_ID'),
    );
    const shell = spawn('bash', [
      '-c',
      `set -a; . ${file}; curl -s https://management.azure.com/subscriptions?api-version=2022-12-01`,
    ]);
    let answer = '';
    shell.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    await new Promise((resolve) => shell.once('close', resolve));
    expect(JSON.parse(answer)).toMatchObject({ error: { code: 'AuthenticationFailed' } });
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(existsSync(file)).toBe(false);
  }, 60_000);
});
