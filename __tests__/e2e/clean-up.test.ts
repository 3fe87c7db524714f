import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { root, temporaryFolder } from '../support/site.ts';

let folder: string;
let remove: () => void;
beforeEach(() => {
  ({ folder, remove } = temporaryFolder());
  writeFileSync(join(folder, 'state'), '');
});
afterEach(() => remove());

/** Runs a file of dist/ as the runner does, in a step whose input is wrong. */
function start(
  file: string,
  state: Readonly<Record<string, string>> = {},
): { readonly code: number | null; readonly printed: string } {
  const env = { PATH: process.env['PATH'], INPUT_COMMAND: 'nothing', RUNNER_TEMP: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist', file)], {
    env: { ...env, GITHUB_STATE: join(folder, 'state'), ...state },
    encoding: 'utf8',
  });
  return { code: status, printed: `${stdout}${stderr}` };
}

describe('the clean-up', () => {
  it('never is the main run, even after one that was killed before it could say anything', () => {
    expect(start('post.js')).toEqual({ code: 0, printed: '' });
    expect(start('index.js').code).toBe(1);
  });

  it('is told by every main run that ends by itself that it has ended', () => {
    start('index.js');
    expect(readFileSync(join(folder, 'state'), 'utf8')).toBe('ended=true\n');
  });

  it('removes the folder of a main run, however that ended', () => {
    const scratch = join(folder, 'innereye-1');
    for (const state of [{ STATE_ended: 'true' }, {}]) {
      mkdirSync(join(scratch, 'terraform'), { recursive: true });
      writeFileSync(join(scratch, 'terraform', 'plan'), 'x');
      expect(start('post.js', { STATE_scratch: scratch, ...state })).toEqual({
        code: 0,
        printed: '',
      });
      expect(() => readFileSync(join(scratch, 'terraform', 'plan'))).toThrow('ENOENT');
    }
    expect(start('post.js', { STATE_scratch: scratch })).toEqual({ code: 0, printed: '' });
  });
});
