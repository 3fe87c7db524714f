import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { harmless, judgeLog, shownEnd } from '../../src/webapp/start-log.ts';

const known = '11111111-2222-3333-4444-555555555555';

describe('a line of the start-up log', () => {
  it.each([
    ['a workflow command', '::error::x', ': :error: :x'],
    ['an old workflow command', '##[error]x', '## [error]x'],
    ['a colour', '\u001b[31mred\u001b[0m', 'red'],
    ['control characters', 'a\u0007b\u0085c\u2028d', 'a?b?c?d'],
    ['the pass key', 'key 7c9e6679-7425-40de-944b-e07fc1f90ae7!', 'key ***!'],
    ['the pass key without its hyphens', 'x_7C9E6679742540DE944BE07FC1F90AE7', 'x_***'],
    ['a known id', `/subscriptions/${known}/x`, `/subscriptions/${known}/x`],
    ['a token', 'Bearer eyJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.sig-nature_1', 'Bearer ***'],
    ['a signature', 'GET https://x/y?sp=r&sig=ab%2Fc&se=1', 'GET https://x/y?sp=r&sig=***&se=1'],
    ['an account key', `AccountKey=${'a'.repeat(86)}==;x`, 'AccountKey=***;x'],
    ['a long key of no name', `is ${'Ab1+'.repeat(20)}==`, 'is ***'],
    ['a path', '/home/site/wwwroot/antenv/lib/python3.12/site-packages/flask/app.py', undefined],
  ])('with %s is shown without its force', (_, line, wanted = line) => {
    expect(harmless(line, [known])).toBe(wanted);
  });

  it('never shows a key, wherever it stands', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.boolean(), (before, after, bare) => {
        const key = bare ? randomUUID().replaceAll('-', '') : randomUUID();
        // A digit beside it makes it something else than the key.
        const line = `${before.replaceAll(/[0-9a-f-]/gi, 'g')}${key}${after.replaceAll(/[0-9a-f-]/gi, 'g')}`;
        return !harmless(line, [known]).includes(key);
      }),
    );
  });

  it.each(['a', '+', 'f', 'eyJ', 'secret', 'a-', ' '])('may have 10 MB of %j', (text) => {
    const line = text.repeat(10_000_000 / text.length);
    expect(harmless(line, [known]).length).toBeLessThanOrEqual(400);
    expect(judgeLog([`2026-01-01T00:00:00Z ${line}Error`], 0).failedStarts).toBe(0);
  });

  it('never shows a part of a key that lies where a long line is cut', () => {
    const key = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    for (let at = 7_900; at <= 8_100; at += 1) {
      expect(harmless(`${'A'.repeat(at)} ${key}${'x'.repeat(200)}`, [known])).not.toContain('7c9e');
    }
  });

  it('is one of the last forty, and not longer than a screen', () => {
    const lines = Array.from({ length: 60 }, (_, at) => `${at} ${'x y '.repeat(200)}`);
    const shown = shownEnd(lines, []);
    expect([shown.length, shown[0]?.slice(0, 5), shown[0]?.length]).toEqual([40, '  20 ', 402]);
  });
});
