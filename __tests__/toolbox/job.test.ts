import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Runner } from '../../src/toolbox/index.ts';
import { openRunner } from '../../src/toolbox/job.ts';

const before = process.env['GITHUB_STEP_SUMMARY'];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'job-'));
});
afterEach(() => {
  if (before === undefined) delete process.env['GITHUB_STEP_SUMMARY'];
  else process.env['GITHUB_STEP_SUMMARY'] = before;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The job of a runner that wants its summary in this file. */
function jobWith(file: string): Promise<Runner> {
  process.env['GITHUB_STEP_SUMMARY'] = file; // the toolkit looks there by itself
  return openRunner({
    inputs: { read: () => undefined, given: [], hide: () => undefined },
    isPost: false,
    cancelled: new AbortController().signal,
    env: { GITHUB_STEP_SUMMARY: file },
    fail: () => undefined,
  });
}

/** What is printed while this is done. */
async function printedWhile(work: () => Promise<unknown>): Promise<string> {
  const write = process.stdout.write.bind(process.stdout);
  let printed = '';
  process.stdout.write = (chunk): boolean => {
    printed += String(chunk);
    return true;
  };
  try {
    await work();
  } finally {
    process.stdout.write = write;
  }
  return printed;
}

describe('the step summary', () => {
  it('that cannot be written is a warning: the failure that it tells of must be heard', async () => {
    const runner = await jobWith(join(folder, 'gone', 'summary.md'));
    const printed = await printedWhile(() => runner.summary('## Deploy of demo'));
    expect(printed).toMatch(/^::warning::The step summary could not be written: .*summary\.md/);
  });

  it('is written to the file that GitHub names', async () => {
    const file = join(folder, 'summary.md');
    writeFileSync(file, '');
    const runner = await jobWith(file);
    expect(await printedWhile(() => runner.summary('## Plan of demo'))).toBe('');
    expect(readFileSync(file, 'utf8')).toContain('## Plan of demo');
  });
});
