import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openShell } from '../../src/toolbox/shell.ts';
import { root, temporaryFolder, until } from '../support/site.ts';

let folder: string;
let remove: () => void;
const cancel = { now: new AbortController() };

beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
  cancel.now = new AbortController();
});
afterEach(() => remove());

async function speak(
  script: string,
  outlives: boolean,
  heard?: () => void,
): Promise<{ code: number; said: { stdout: string[]; stderr: string[] } }> {
  const said = { stdout: [] as string[], stderr: [] as string[] };
  const shell = await openShell({ env: process.env, cancelled: cancel.now.signal });
  const { code } = await shell.stream('bash', ['-c', script], {
    cwd: folder,
    ...(outlives && { outlives: folder }),
    onLine: (line, stream) => {
      said[stream].push(line);
      heard?.();
    },
  });
  return { code, said };
}

describe.each([
  ['by pipes', false],
  ['by files', true],
])('a child that speaks %s', (_, outlives) => {
  it('is heard line by line, each stream by itself, to the last word', async () => {
    const script = 'echo one; echo two >&2; sleep 0.2; printf "three\\r\\nfür"; exit 3';
    const { code, said } = await speak(script, outlives);
    expect(code).toBe(3);
    expect(said).toEqual({ stdout: ['one', 'three', 'für'], stderr: ['two'] });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is sent one SIGINT when the step is cancelled, and waited for', async () => {
    const script =
      'trap "echo told" INT; echo begun; for i in {1..20}; do sleep 0.05; done; exit 4';
    const { code, said } = await speak(script, outlives, () => cancel.now.abort());
    expect(said.stdout).toEqual(['begun', 'told']);
    expect(code).toBe(4);
    await expect(speak('echo more', outlives)).rejects.toThrow();
  });

  it('can say more than a pipe holds', async () => {
    const { said } = await speak('head -c 3000000 /dev/zero | tr "\\0" x | fold -w 999', outlives);
    expect(said.stdout.join('').length).toBe(3_000_000);
  });

  it('is a Problem where the program is not there', async () => {
    const shell = await openShell({ env: process.env, cancelled: cancel.now.signal });
    const options = { ...(outlives && { outlives: folder }), onLine: () => undefined };
    await expect(shell.stream(join(folder, 'none'), [], options)).rejects.toThrow(
      'could not be run',
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a child of a process that is killed', () => {
  const shell = pathToFileURL(join(root, 'src/toolbox/shell.ts')).href;

  /** Starts a process that streams a talking child, kills it, and gives whether the child came to its end. */
  async function outlived(options: string): Promise<boolean> {
    const talk = 'touch begun; for i in {1..15}; do echo $i; sleep 0.05; done; touch ended';
    const program = `import { openShell } from ${JSON.stringify(shell)};
      const shell = await openShell({ env: process.env, cancelled: new AbortController().signal });
      await shell.stream('bash', ['-c', ${JSON.stringify(talk)}], { cwd: ${JSON.stringify(folder)}, ${options} onLine: () => undefined });`;
    const args = ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', program];
    const parent = spawn(process.execPath, args, { stdio: 'ignore' });
    await until(() => existsSync(join(folder, 'begun')));
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const hasEnded = (): boolean => existsSync(join(folder, 'ended'));
    await until(hasEnded, 2).catch(() => undefined);
    return hasEnded();
  }

  it('goes on where it speaks into files, and what it says can be read', async () => {
    expect(await outlived(`outlives: ${JSON.stringify(folder)},`)).toBe(true);
    const spoken = readdirSync(folder).find((name) => name.endsWith('stdout.txt')) ?? '';
    expect(readFileSync(join(folder, spoken), 'utf8')).toContain('15');
  });

  it('dies at its next word where it speaks into a pipe', async () => {
    expect(await outlived('')).toBe(false);
  });
});
