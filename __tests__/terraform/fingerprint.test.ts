import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Reviewed } from '../../src/terraform/fingerprint.ts';
import { fingerprintOf, movedKinds, sameFingerprint } from '../../src/terraform/fingerprint.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { planJson, planOf, recorded } from './plans.ts';

const reviewed: Reviewed = {
  plan: recorded('recorded-drift'),
  configuration: { 'network.tf': 'a', 'roles.tf': 'b' },
  armTemplates: { 'computes.json': '{}', 'images.json': '{}' },
  inferencePackage: '',
  providerLock: 'lock',
  variables: '{"environment":"demo"}',
  lineage: '8f6c2f4e',
};
const original = fingerprintOf(reviewed);

describe('a fingerprint', () => {
  it('is 64 hexadecimal digits and the kinds of its parts, the same each time', () => {
    expect(original.text).toMatch(/^[0-9a-f]{64}-[0-9a-f]{64}$/);
    expect(fingerprintOf({ ...reviewed, plan: recorded('recorded-drift') })).toEqual(original);
  });

  it.each([
    ['plan', { plan: recorded('recorded-unchanged') }, /^the plan$/],
    [
      'configuration',
      { configuration: { ...reviewed.configuration, 'roles.tf': 'c' } },
      /^the configuration/,
    ],
    ['set of files', { configuration: { 'network.tf': 'a' } }, /^the configuration/],
    [
      'ARM template',
      { armTemplates: { ...reviewed.armTemplates, 'images.json': '{"x":1}' } },
      /^the templates/,
    ],
    ['package', { inferencePackage: 'abc' }, /^the inference package$/],
    ['lock', { providerLock: 'other' }, /^the provider lock$/],
    ['variables', { variables: '{}' }, /^the variables/],
    ['lineage', { lineage: '' }, /^the state/],
  ])('moves with the %s, and says so', (_what, change, name) => {
    const now = fingerprintOf({ ...reviewed, ...change });
    expect(sameFingerprint(now.text, original.text)).toBe(false);
    const moved = movedKinds(original.text, now.text);
    expect(moved).toEqual([expect.stringMatching(name)]);
    expect(movedKinds(original.text.slice(0, 64), now.text)).toEqual([]);
  });

  const of = (json: string): string => fingerprintOf({ ...reviewed, plan: readPlan(json) }).text;

  it('does not move with the order of resources and members, or with how nothing is written', () => {
    const raw = JSON.parse(planJson('recorded-drift')) as { resource_changes: unknown[] };
    const turned = {
      ...raw,
      resource_changes: raw.resource_changes.toReversed(),
      timestamp: 'now',
    };
    expect(of(JSON.stringify(turned))).toBe(original.text);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (after) => {
        const shuffled = Object.fromEntries(Object.entries(after).toReversed());
        const padded = { ...shuffled, 'an extra': null, 'another extra': [] };
        const actions = ['create'];
        expect(of(planOf([{ actions, after: padded }]))).toBe(of(planOf([{ actions, after }])));
      }),
    );
  });

  it('does not move with what Terraform would leave as it is', () => {
    const change = { before: { x: 1 }, after: { x: 2 } };
    const idle = { address: 'a.idle', actions: ['no-op'], before: { y: 1 }, after: { y: 1 } };
    const read = { address: 'data.a.read', actions: ['read'] };
    expect(of(planOf([change, idle, read]))).toBe(of(planOf([change])));
  });

  it('moves with every planned value that may be shown', () => {
    const update = (value: unknown): string =>
      of(planOf([{ before: { x: 'old' }, after: { x: value } }]));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const same = readPlan(planOf([{ before: { x: one }, after: { x: other } }]));
        const equal = same.changes[0]?.attributes.length === 0;
        expect(update(one) === update(other)).toBe(equal);
      }),
    );
  });

  it('moves with the action, the id and what forces a replacement', () => {
    const texts = [
      of(planOf([{ actions: ['delete'], before: { id: '/a' } }])),
      of(planOf([{ actions: ['delete'], before: { id: '/b' } }])),
      of(planOf([{ actions: ['forget'], before: { id: '/a' } }])),
      of(planOf([{ actions: ['delete', 'create'], before: { id: '/a' } }])),
      of(planOf([{ actions: ['delete', 'create'], before: { id: '/a' }, replace_paths: [['x']] }])),
      of(planOf([{ actions: ['delete'], before: { id: '/a' }, deposed: 'd1' }])),
      of(planOf([{ actions: ['no-op'], before: { id: '/a' }, importing: { id: '/a' } }])),
    ];
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('helps nobody to guess a sensitive value', () => {
    const secret = (value: string): string =>
      of(planOf([{ before: {}, after: { pin: value }, after_sensitive: { pin: true } }]));
    expect(secret('1234')).toBe(secret('5678'));
  });
});
