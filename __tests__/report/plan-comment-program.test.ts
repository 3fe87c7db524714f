import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { planComment } from '../../src/report/plan-comment.ts';
import { planJson, recorded } from '../terraform/plans.ts';

const root = join(import.meta.dirname, '../..');

/** `npm run --silent plan-comment`, as npm starts it. */
function run(input: string, ...names: readonly string[]): readonly [number | null, string, string] {
  const program = ['scripts/plan-comment.ts', ...names];
  const { status, stdout, stderr } = spawnSync('node', program, {
    ...{ cwd: root, encoding: 'utf8', input },
  });
  return [status, stdout, stderr];
}

describe('npm run --silent plan-comment', () => {
  it('prints the comment for the plan that it is given, and nothing else', () => {
    const { body } = planComment({ environment: 'north', plan: recorded('mixed') });
    expect(run(planJson('mixed'), 'north')).toEqual([0, `${body}\n`, '']);
  });

  it('refuses a state, which would read like a plan without changes', () => {
    const [status, printed, said] = run('{"format_version":"1.0","values":{"root_module":{}}}');
    expect([status, printed]).toEqual([1, '']);
    expect(said).toMatch(/cannot be read as a plan: .*\nNext: .*terraform show -json <plan file>/);
  });

  it('refuses what is no name of an environment, which ends up in the comment', () => {
    const [status, printed, said] = run(planJson('mixed'), 'a --> <b>');
    expect([status, printed]).toEqual([1, '']);
    expect(said).toMatch(/^environment: .*\n.*plan-comment \[-- <environment>\]\n$/);
  });
});
