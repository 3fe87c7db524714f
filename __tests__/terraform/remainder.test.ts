import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Reviewed } from '../../src/terraform/fingerprint.ts';
import { fingerprintOf } from '../../src/terraform/fingerprint.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { begun, isRemainder, readReview } from '../../src/terraform/remainder.ts';
import type { ChangeSketch } from './plans.ts';
import { planOf, recorded } from './plans.ts';

const rest: Omit<Reviewed, 'plan'> = {
  configuration: { 'network.tf': 'a' },
  armTemplates: { 'computes.json': '{}' },
  inferencePackage: 'digest',
  providerLock: 'lock',
  variables: '{}',
  lineage: '',
};
const create = (name: string, after: object, more: object = {}): ChangeSketch => ({
  ...{ address: `azurerm_thing.${name}`, actions: ['create'], after },
  ...more,
});
const reviewedActions: readonly ChangeSketch[] = [
  create('network', { name: 'vnet', tags: { a: 'b' } }),
  create(
    'subnet',
    { name: 'default', prefixes: ['10.0.0.0/24'], rules: [{ port: 443 }] },
    { after_unknown: { network_id: true } },
  ),
  { address: 'azurerm_thing.old', actions: ['delete'], before: { id: '/old' } },
  {
    ...{ address: 'azurerm_thing.moved', actions: ['delete', 'create'] },
    ...{ before: { id: '/moved', size: 1 }, after: { id: '/moved', size: 2 } },
  },
];

/** What becomes of a reviewed plan when this one is there later. */
function later(changes: readonly ChangeSketch[], other: Partial<Reviewed> = {}): boolean {
  const plan = readPlan(planOf(reviewedActions));
  const fingerprint = fingerprintOf({ ...rest, plan });
  const review = readReview(JSON.stringify(begun(plan, fingerprint)));
  const now = readPlan(planOf(changes));
  const nowFingerprint = fingerprintOf({ ...rest, ...other, plan: now });
  return review !== undefined && isRemainder(review, fingerprint.text, now, nowFingerprint);
}

const [network, subnet, old, moved] = reviewedActions as [
  ChangeSketch,
  ChangeSketch,
  ChangeSketch,
  ChangeSketch,
];

describe('the remainder of a reviewed plan', () => {
  it('is the plan itself, any part of it, and nothing', () => {
    expect(later(reviewedActions)).toBe(true);
    fc.assert(
      fc.property(fc.subarray([...reviewedActions]), (left) => {
        expect(later(left, { lineage: 'made-by-the-first-apply' })).toBe(true);
      }),
    );
  });

  it('may know what was not known before', () => {
    const known = create('subnet', {
      ...{ name: 'default', prefixes: ['10.0.0.0/24'], rules: [{ port: 443 }] },
      network_id: '/vnet',
    });
    expect(later([known])).toBe(true);
  });

  it('may take over what exists, where nothing but the reviewed is set', () => {
    const taken = (after: object): ChangeSketch => ({
      ...{ address: 'azurerm_thing.subnet', actions: ['update'], importing: { id: '/subnet' } },
      before: { name: 'default', prefixes: ['10.9.0.0/24'], rules: [{ port: 80 }] },
      after: { name: 'default', prefixes: ['10.0.0.0/24'], rules: [{ port: 443 }], ...after },
    });
    expect(later([taken({})])).toBe(true);
    expect(later([taken({ rules: [{ port: 22 }] })])).toBe(false);
    expect(later([taken({ open: true })])).toBe(false);
    const asItIs = { ...taken({}), actions: ['no-op'] };
    expect(later([{ ...asItIs, before: { name: 'default' }, after: { name: 'default' } }])).toBe(
      true,
    );
  });

  it('may make anew what was left damaged', () => {
    const damaged = {
      ...network,
      ...{ actions: ['delete', 'create'], action_reason: 'replace_because_tainted' },
      before: { id: '/vnet', name: 'vnet' },
    };
    expect(later([damaged])).toBe(true);
    expect(later([{ ...damaged, action_reason: 'replace_because_cannot_update' }])).toBe(false);
  });

  it.each<[string, readonly ChangeSketch[], Partial<Reviewed>]>([
    ['an action that nobody reviewed', [create('more', {})], {}],
    ['another value', [{ ...network, after: { name: 'vnet', tags: { a: 'c' } } }], {}],
    ['one value more', [{ ...network, after: { name: 'vnet', tags: { a: 'b', c: 'd' } } }], {}],
    ['another action', [{ ...network, actions: ['delete'], before: { id: '/vnet' } }], {}],
    ['the deletion of another resource', [{ ...old, before: { id: '/other' } }], {}],
    ['the replacement of another resource', [{ ...moved, before: { id: '/x', size: 1 } }], {}],
    ['a replacement that is half done', [{ ...moved, actions: ['create'], before: null }], {}],
    ['another configuration', [subnet], { configuration: { 'network.tf': 'b' } }],
    ['another template', [subnet], { armTemplates: {} }],
    ['another package', [subnet], { inferencePackage: 'other' }],
    ['another provider lock', [subnet], { providerLock: 'other' }],
    ['other variables', [subnet], { variables: '{"x":1}' }],
  ])('is not a plan with %s', (_, changes, other) => {
    expect(later(changes, other)).toBe(false);
  });

  it('belongs to the fingerprint that was reviewed', () => {
    const plan = readPlan(planOf(reviewedActions));
    const fingerprint = fingerprintOf({ ...rest, plan });
    const review = begun(plan, fingerprint);
    expect(isRemainder(review, '0'.repeat(64), plan, fingerprint)).toBe(false);
  });

  it('is not told by a record that is none', () => {
    for (const text of [undefined, '', 'null', '[]', '{"fingerprint":1}', '{']) {
      expect(readReview(text)).toBeUndefined();
    }
  });

  it('keeps no value of the plan', () => {
    const plan = recorded('recorded-drift');
    const text = JSON.stringify(begun(plan, fingerprintOf({ ...rest, plan })));
    const values = plan.changes.flatMap(({ attributes }) =>
      attributes.flatMap(({ after }) => (after.kind === 'value' ? [after.json] : [])),
    );
    for (const value of values.filter((json) => json.length > 8)) expect(text).not.toContain(value);
  });
});
