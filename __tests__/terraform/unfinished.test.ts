import { describe, expect, it } from '@jest/globals';
import type { DriftAnswer, DriftItem } from '../../src/terraform/drift.ts';
import { judgeDrift } from '../../src/terraform/drift.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import type { Plan } from '../../src/terraform/plan-file.ts';
import { readUnfinished, unfinishedOf } from '../../src/terraform/unfinished.ts';
import type { ChangeSketch } from './plans.ts';
import { entryOf, planOf } from './plans.ts';

const run = 'https://github.com/o/r/actions/runs/7/attempts/1';

/** What the plan of the deploy that did not end was to do. */
const planned: readonly ChangeSketch[] = [
  {
    address: 'azurerm_subnet.s',
    before: { tags: { team: 'a' }, endpoint: [{ service: 'x' }, { service: 'y' }] },
    after: { tags: { team: 'b' }, endpoint: [{ service: 'y' }] },
  },
  { address: 'azurerm_ip.new', actions: ['create'], after: { size: 1 } },
  { address: 'azurerm_ip.gone', actions: ['delete'], before: { id: '/gone' } },
  {
    address: 'azurerm_ip.again',
    actions: ['delete', 'create'],
    before: { id: '/again', size: 1 },
    after: { size: 2 },
    after_unknown: { id: true },
  },
];

/** The answer of a check after that deploy, where state and world differ so. */
function answer(
  found: readonly ChangeSketch[],
  waiting: readonly ChangeSketch[] = [],
): DriftAnswer {
  const drifted: Plan = readPlan(planOf([], { resource_drift: found.map(entryOf) }));
  return judgeDrift({
    refreshOnly: drifted,
    plan: readPlan(planOf(waiting)),
    unfinished: readUnfinished(JSON.stringify(unfinishedOf(readPlan(planOf(planned)), run))),
  });
}

const named = (items: readonly DriftItem[]): readonly string[] =>
  items.flatMap(({ address, what, attributes }) =>
    what === 'deleted'
      ? [`${address} deleted`]
      : attributes.map(({ path }) => `${address} ${path}`),
  );

const subnet = (before: unknown, after: unknown): ChangeSketch => ({
  address: 'azurerm_subnet.s',
  before,
  after,
});

describe('what a deploy left half changed', () => {
  it.each<[string, ChangeSketch]>([
    [
      'the state has what was only planned',
      subnet({ tags: { team: 'b' } }, { tags: { team: 'a' } }),
    ],
    ['the world has what was not stored', subnet({ tags: { team: 'a' } }, { tags: { team: 'b' } })],
    [
      'an entry of a list is there still',
      subnet({ endpoint: [{ service: 'y' }] }, { endpoint: [{ service: 'x' }, { service: 'y' }] }),
    ],
    ['a deletion was not stored', { address: 'azurerm_ip.gone', actions: ['delete'], before: {} }],
    [
      'half of a replacement was not',
      { address: 'azurerm_ip.again', actions: ['delete'], before: {} },
    ],
  ])('is no drift where %s', (_what, found) => {
    const { state, drift, left, leftBy } = answer([found]);
    expect([state, drift, leftBy]).toEqual(['pending', [], run]);
    expect(left).toHaveLength(1);
  });

  it('is all of a resource that Terraform marked as damaged', () => {
    const address = 'azurerm_ip.new';
    const found = { address, before: { size: 1 }, after: { size: 9 } };
    const mends = { address, actions: ['delete', 'create'], after: { size: 1 } };
    const tainted = { ...mends, action_reason: 'replace_because_tainted' };
    expect(answer([found], [tainted]).state).toBe('pending');
    expect(named(answer([found], [mends]).drift)).toEqual(['azurerm_ip.new size']);
  });

  it.each<[string, ChangeSketch, string]>([
    [
      'the value is neither the old nor the planned one',
      subnet({ tags: { team: 'b' } }, { tags: { team: 'c' } }),
      'azurerm_subnet.s tags.team',
    ],
    [
      'the attribute was not to change',
      subnet({ open: false }, { open: true }),
      'azurerm_subnet.s open',
    ],
    [
      'the resource was not to change',
      { address: 'azurerm_ip.other', before: { team: 'b' }, after: { team: 'a' } },
      'azurerm_ip.other team',
    ],
    [
      'what was to stay is gone',
      { address: 'azurerm_subnet.s', actions: ['delete'], before: {} },
      'azurerm_subnet.s deleted',
    ],
    [
      'a name is one of the language',
      { address: '__proto__', before: { team: 'b' }, after: { team: 'a' } },
      '__proto__ team',
    ],
  ])('does not cover drift where %s', (_what, found, name) => {
    const { state, drift, left } = answer([found]);
    expect([state, named(drift), left]).toEqual(['drifted', [name], []]);
  });

  it('is told apart from drift by attribute in one and the same resource', () => {
    const found = subnet({ tags: { team: 'b' }, open: false }, { tags: { team: 'a' }, open: true });
    const { state, drift, left } = answer([found]);
    expect([state, named(drift), named(left)]).toEqual([
      'drifted',
      ['azurerm_subnet.s open'],
      ['azurerm_subnet.s tags.team'],
    ]);
  });

  it('keeps no value of the plan', () => {
    const kept = JSON.stringify(unfinishedOf(readPlan(planOf(planned)), run));
    expect(kept).not.toMatch(/"(a|b|x|y)"/);
    expect(readUnfinished(kept)?.run).toBe(run);
  });

  it.each([undefined, '', '{', 'null', '[]', '{"run":1,"changes":{}}', '{"run":"x"}'])(
    'is nothing where the record is %j',
    (text) => {
      expect(readUnfinished(text)).toBeUndefined();
    },
  );
});
