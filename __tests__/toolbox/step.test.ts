import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const step = pathToFileURL(join(import.meta.dirname, '../../src/toolbox/step.ts')).href;
const token = 'ghs_0123456789abcdefghijklmnopqrstuv';

/** Runs a few lines in a process that has opened its step. */
function run(lines: string): { readonly code: number | null; readonly printed: string } {
  const program = `import { openStep } from ${JSON.stringify(step)};\nconst step = openStep();\n${lines}`;
  const env = { PATH: process.env['PATH'] ?? '', GITHUB_TOKEN: token };
  const args = ['--input-type=module', '--disable-warning=ExperimentalWarning', '--eval', program];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  return { code: status, printed: `${stdout}${stderr}` };
}

describe('a step', () => {
  it.each([
    ['to its log', 'console.log(`see ${process.env.GITHUB_TOKEN}`);', 0],
    ['to the other stream', 'console.error(`see ${process.env.GITHUB_TOKEN}`);', 0],
    ['as a failure', 'step.fail(new Error(`see ${process.env.GITHUB_TOKEN}`));', 1],
    [
      'in what stands behind one',
      "step.fail(new Error('see', { cause: new Error(process.env.GITHUB_TOKEN) }));",
      1,
    ],
    [
      'as a rejection that nobody takes',
      'void Promise.reject(new Error(`see ${process.env.GITHUB_TOKEN}`));',
      1,
    ],
    [
      'as an error that nobody catches',
      'setTimeout(() => { throw new Error(`see ${process.env.GITHUB_TOKEN}`); });',
      1,
    ],
  ])('prints no token of the job: %s', (_, lines, code) => {
    const ended = run(lines);
    expect(ended.printed).toContain('see');
    expect(ended.printed).toContain('***');
    expect(ended.printed).not.toContain(token.slice(4, 20));
    expect(ended.code).toBe(code);
  });
});
