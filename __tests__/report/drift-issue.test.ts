import { describe, expect, it } from '@jest/globals';
import { bytesOf } from '../../src/report/markdown.ts';
import { driftIssue, driftSummary } from '../../src/report/drift-issue.ts';
import type { DriftAnswer } from '../../src/terraform/drift.ts';
import { judgeDrift } from '../../src/terraform/drift.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { unfinishedOf } from '../../src/terraform/unfinished.ts';
import type { ChangeSketch } from '../terraform/plans.ts';
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

describe('what a deploy left half changed', () => {
  const sketch = (at: number): ChangeSketch => ({
    ...{ address: `a.b["</details> @octocat ${at}"]`, before: { v: 1 }, after: { v: 2 } },
  });
  const many = Array.from({ length: 30 }, (_, at) => sketch(at));
  const run = 'https://github.com/o/r/actions/runs/7/attempts/1';
  const left = (by: string, more: readonly ChangeSketch[] = []): DriftAnswer =>
    judgeDrift({
      refreshOnly: readPlan(planOf([], { resource_drift: [...many, ...more].map(entryOf) })),
      plan: none,
      unfinished: unfinishedOf(readPlan(planOf(many)), by),
    });

  it('is named with its run, counted where it is much, and no drift', () => {
    const text = driftSummary('demo', left(run));
    expect(text).toContain('`demo`: pending\n\nNothing changed outside the workflow.');
    expect(text).toContain(
      `30 resources left half changed by [a deploy](${run}) that has not ended`,
    );
    expect(text.match(/^- `/gm)).toHaveLength(20);
    expect(text).toContain('- … and 10 more');
    expect(outsideCode(text)).not.toContain('@');
  });

  it('is told beside the drift, in an issue that stays the same', () => {
    const other = { address: 'a.other', before: { open: false }, after: { open: true } };
    const { body } = driftIssue('demo', left(run, [other]));
    expect(body).toContain('1 resource changed outside the workflow');
    expect(body).toContain('30 resources left half changed');
    expect(driftIssue('demo', left(run, [other])).body).toBe(body);
  });

  it('makes no link of what is no address', () => {
    expect(driftSummary('demo', left('javascript:alert(1)'))).toContain('by a deploy that has');
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
