import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cellCode, code, fence, visible } from '../../src/report/markdown.ts';
import { countsLine, countsOf } from '../../src/report/summary.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { planJson, planOf } from '../terraform/plans.ts';
import { outsideCode } from './rendered.ts';

describe('visible text', () => {
  it.each([
    ['plain', 'plain'],
    ['a\nb\r\tc', 'a\\nb\\u000d\\tc'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]8;;https://x\u0007link\u001b]8;;\u0007', 'link'],
    ['\u202eabc\u2066', '\\u202eabc\\u2066'],
    ['\u{e0041}', '\\u{e0041}'],
    ['<!-- x', '<! -- x'],
    ['\ud800', '\ufffd'],
  ])('%j is %j', (text, expected) => {
    expect(visible(text, 100)).toBe(expected);
  });

  it('is cut between characters', () => {
    expect(visible('abcdef', 4)).toBe('abc…');
    expect(visible('ab😀cd', 4)).toBe('ab…');
    expect(visible('x'.repeat(1_000_000), 10)).toBe('xxxxxxxxx…');
  });

  it('is one well-formed line, never too long', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 2, max: 50 }),
        (text, longest) => {
          const shown = visible(text, longest);
          expect(shown.length).toBeLessThanOrEqual(longest);
          expect(shown.isWellFormed()).toBe(true);
          expect(shown).not.toMatch(/[\n\r\u0085\u2028\u2029]/);
        },
      ),
    );
  });
});

describe('code', () => {
  const text = fc
    .array(fc.constantFrom('`', '``', '```', ' ', 'a', '|', '\\', '\n'))
    .map((all) => all.join(''));

  it('holds any text in its span', () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(outsideCode(`x ${code(any)} y`)).toBe('x  y');
        expect(cellCode(any)).not.toContain('|');
      }),
    );
  });

  it('holds any lines in its fence', () => {
    fc.assert(
      fc.property(fc.array(text), (lines) => {
        const shown = lines.map((line) => visible(line, 100));
        expect(outsideCode(`a\n${fence(shown, 'diff')}\nb`)).toBe('a\nb');
      }),
    );
  });
});

describe('the counts of a plan', () => {
  it('are one line', () => {
    const counts = countsOf(readPlan(planJson('mixed')));
    expect(countsLine(counts)).toBe(
      '2 to add, 3 to change, 1 to replace, 2 to delete, 1 to import, 1 to forget, 1 to move',
    );
    expect(countsLine(countsOf(readPlan(planOf([]))))).toBe('no changes');
  });
});
