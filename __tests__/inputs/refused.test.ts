import { describe, expect, it } from '@jest/globals';
import { refusedPlan } from '../../src/inputs/refused.ts';

const given = {
  command: 'plan',
  environment: ' demo ',
  'github-token': 'ghs_a-token-of-a-test',
  'tenant-id': 'none',
};

/** What can be known where these inputs were refused, and what was masked meanwhile. */
function known(inputs: Readonly<Record<string, string>>): {
  readonly plan: ReturnType<typeof refusedPlan>;
  readonly hidden: readonly string[];
} {
  const hidden: string[] = [];
  const all: Readonly<Record<string, string>> = { ...given, ...inputs };
  const plan = refusedPlan({
    read: (name) => all[name],
    given: Object.keys(all),
    hide: (text) => void hidden.push(text),
  });
  return { plan, hidden };
}

describe('a plan whose inputs were refused', () => {
  it('is known by its environment and its token, which is masked', () => {
    const { plan, hidden } = known({});
    expect(plan?.environment).toBe('demo');
    expect(plan?.githubToken.reveal()).toBe(given['github-token']);
    expect(hidden).toContain(given['github-token']);
  });

  it.each([
    ['the command is another', { command: 'deploy' }],
    ['the command cannot be read', { command: 'paln' }],
    ['the environment cannot be read', { environment: 'A' }],
    ['there is no environment', { environment: '' }],
    ['there is no token', { 'github-token': '' }],
  ])('is not known where %s', (_why, inputs) => {
    expect(known(inputs).plan).toBeUndefined();
  });
});
