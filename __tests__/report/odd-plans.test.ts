import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Problem } from '../../src/errors.ts';
import { planComment } from '../../src/report/plan-comment.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { planOf } from '../terraform/plans.ts';
import { expectSound, hostile } from './hostile.ts';

function comment(json: string): string {
  return planComment({ environment: 'demo', plan: readPlan(json) }).body;
}

const optional = { requiredKeys: [] };
const odd = fc.oneof(fc.jsonValue({ maxDepth: 3 }), hostile);
const word = fc.constantFrom('create', 'update', 'delete', 'forget', 'no-op', 'read', 'explode');
const change = fc.record(
  {
    actions: fc.oneof(odd, fc.array(fc.oneof(word, odd), { maxLength: 3 })),
    ...{ before: odd, after: odd, after_unknown: odd, before_sensitive: odd },
    ...{ after_sensitive: odd, importing: fc.oneof(odd, fc.record({ id: odd })) },
    replace_paths: fc.oneof(odd, fc.array(odd, { maxLength: 3 })),
  },
  optional,
);
const entry = fc.record(
  {
    ...{ address: odd, previous_address: odd, mode: odd, type: odd, deposed: odd },
    ...{ action_reason: odd, change: fc.oneof(odd, change) },
  },
  optional,
);
const entries = fc.oneof(odd, fc.array(fc.oneof(odd, entry), { maxLength: 5 }));
const plan = fc.record(
  {
    format_version: fc.oneof(fc.constantFrom('1.0', '1.2', '1.2', '1.99'), odd),
    ...{ resource_changes: entries, resource_drift: entries, deferred_changes: entries },
    output_changes: fc.oneof(odd, fc.dictionary(hostile, fc.oneof(odd, change), { maxKeys: 4 })),
    ...{ prior_state: odd, configuration: odd, variables: odd, planned_values: odd },
    ...{ errored: odd, complete: odd, applyable: odd, checks: odd, relevant_attributes: odd },
  },
  optional,
);

describe('a plan as nobody has seen one', () => {
  it('is one sound comment, or one clear error', () => {
    let sound = 0;
    fc.assert(
      fc.property(fc.oneof({ arbitrary: plan, weight: 9 }, odd), (json) => {
        try {
          expectSound(comment(JSON.stringify(json)));
          sound += 1;
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          expect(error.message).toMatch(/^What Terraform showed cannot be read as a plan: /);
        }
      }),
      { numRuns: 300 },
    );
    expect(sound).toBeGreaterThan(30);
  });

  const deep = (leaf = '1'): string => '['.repeat(20_000) + leaf + ']'.repeat(20_000);
  it.each([
    ['the actions', `"actions":[${deep()}]`],
    ['what forces a replacement', `"actions":["update"],"replace_paths":[[${deep()}],${deep()}]`],
    ['the values', `"actions":["update"],"before":{"x":${deep()}},"after":{"x":${deep('2')}}`],
    ['the marks', `"actions":["update"],"after":{},"after_unknown":${deep('true')}`],
  ])('is a comment however deep %s go', (_what, members) => {
    const json = `{"format_version":"1.2","resource_changes":[{"address":"a.b","change":{${members}}}]}`;
    expectSound(comment(json));
  });

  it('may change outputs alone', () => {
    const body = comment('{"format_version":"1.2","output_changes":{"a":{"actions":["create"]}}}');
    expectSound(body);
    expect(body).toContain('**No changes**, 1 output to change.');
  });

  it.each<[string, Record<string, unknown>]>([
    ['changes were put off', { deferred_changes: [{ reason: 'instance_count_unknown' }] }],
    ['it says that it is not complete', { complete: false }],
  ])('is not shown as the whole where %s', (_where, members) => {
    const body = comment(planOf([], members));
    expectSound(body);
    expect(body).toContain('Terraform planned a part only, and put other changes off: this is not');
    expect(comment(planOf([], { complete: true, deferred_changes: [] }))).not.toContain('[!WARN');
  });
});
