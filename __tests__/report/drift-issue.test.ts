import { describe, expect, it } from '@jest/globals';
import { bytesOf } from '../../src/report/markdown.ts';
import { driftIssue, driftSummary } from '../../src/report/drift-issue.ts';
import { judgeDrift } from '../../src/terraform/drift.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { entryOf, planJson, planOf, recorded } from '../terraform/plans.ts';
import { expectGolden } from './golden.ts';
import { acting, outsideCode, withoutOurs } from './rendered.ts';

const answer = judgeDrift({
  refreshOnly: recorded('recorded-drift-refresh-only'),
  plan: recorded('recorded-drift'),
});
const none = readPlan(planOf([]));

describe('the drift issue', () => {
  it('names what drifted by attribute', () => {
    const { title, body } = driftIssue('demo', answer);
    expect(title).toBe('Drift in environment demo');
    expectGolden('plans/recorded-drift-refresh-only/issue.md', body);
  });

  it('is the same text whatever the order of the findings', () => {
    const turned = { ...answer, drift: answer.drift.toReversed() };
    expect(driftIssue('demo', turned)).toEqual(driftIssue('demo', answer));
  });

  it('lets nothing out of hostile names and values', () => {
    const hostile = judgeDrift({ refreshOnly: readPlan(planJson('hostile')), plan: none });
    const { body } = driftIssue('demo', hostile);
    expect(hostile.drift).toHaveLength(13);
    expectGolden('plans/hostile/issue.md', body);
    const plain = withoutOurs(outsideCode(body));
    expect(plain).not.toMatch(acting);
    const rows = plain.split('\n').filter((line) => line.startsWith('|'));
    expect(new Set(rows.map((row) => row.split('|').length))).toEqual(new Set([6]));
  });

  it('always fits, and counts what it has no room for', () => {
    const entries = Array.from({ length: 5000 }, (_, at) =>
      entryOf({ address: `a.b${at}`, before: { v: 'x'.repeat(300) }, after: { v: 'y' } }),
    );
    const many = readPlan(planOf([], { resource_drift: entries }));
    const { body } = driftIssue('demo', judgeDrift({ refreshOnly: many, plan: none }));
    expect(bytesOf(body)).toBeLessThanOrEqual(65_536);
    expect(body).toContain('5000 resources changed');
    expect(body).toMatch(/… and \d+ more rows\./);
  });

  it('tells waiting changes of the configuration beside the drift', () => {
    const plan = readPlan(planOf([{ address: 'a.other', before: { x: 1 }, after: { x: 2 } }]));
    const refreshOnly = recorded('recorded-drift-refresh-only');
    const { body } = driftIssue('demo', judgeDrift({ refreshOnly, plan }));
    expect(body).toContain('Besides, 1 change of the configuration waits for a deploy.');
  });
});

describe('the summary of a drift check', () => {
  it('has one sentence for each state', () => {
    const pending = readPlan(planOf([{ before: { x: 1 }, after: { x: 2 } }]));
    const of = (...plans: Parameters<typeof judgeDrift>): string =>
      driftSummary('demo', judgeDrift(...plans));
    expect(of({ refreshOnly: none, plan: none })).toContain('`demo`: clean');
    expect(of({ refreshOnly: none, plan: pending })).toContain(
      '1 change of the configuration waits',
    );
    expect(of({ refreshOnly: none, plan: undefined })).toContain('says nothing about drift');
    const drifted = driftSummary('demo', answer);
    expect(drifted).toContain('azurerm_storage_account.st');
    expect(drifted).not.toContain('<!--');
  });
});
