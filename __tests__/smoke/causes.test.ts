import { describe, expect, it } from '@jest/globals';
import { causeNames, causeOf } from '../../src/smoke/causes.ts';
import { harmless } from '../../src/smoke/harmless.ts';

describe('the causes of a failed rung', () => {
  const all = causeNames.map((name) => causeOf(name));

  it('are all told apart, in what they say and in what to do', () => {
    expect(all.length).toBeGreaterThan(25);
    expect(new Set(all.map(({ what }) => what)).size).toBe(all.length);
    expect(new Set(all.map(({ next }) => next)).size).toBe(all.length);
  });

  it.each(all)('$name fits into a sentence', ({ what, next }) => {
    for (const text of [what, next]) {
      expect(text).toMatch(/^[A-Za-z]/);
      expect(text).not.toMatch(/[.:]$|\n/);
      expect(text.length).toBeLessThan(260);
    }
  });

  it('take what was seen behind them', () => {
    expect(causeOf('no-node', 'it is Queued').what).toBe(
      `${causeOf('no-node').what} (it is Queued)`,
    );
  });
});

describe('text from the other side', () => {
  it.each([
    ['a key', 'key=7c9e6679-7425-40de-944b-e07fc1f90ae7 end'],
    ['a key with another spelling', '{"k":"7c9e6679742540de944be07fc1f90ae7"}'],
    ['a token', 'Bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln'],
    ['a signature', '?sv=2021-08-06&sig=abcdefghijkl0123456789%2B'],
  ])('is shown without %s', (_what, text) => {
    expect(harmless(text)).toContain('***');
    expect(harmless(text)).not.toMatch(/7c9e6679|eyJ0|abcdefghijkl0/);
  });

  it('is shown without the first part of a key that was cut off', () => {
    const text = `${'x '.repeat(72)}is the key 7c9e6679-7425-40de-944b-e07fc1f90ae7`;
    for (let longest = 140; longest < text.length; longest += 1) {
      expect(harmless(text, longest)).not.toMatch(/7c|9e|66/);
    }
  });

  it('keeps words, and loses what acts', () => {
    const said =
      '{"detail":"Make sure","title":"NoAuthenticationInformation"}\n::error::x\u001b[31m ##[group]';
    expect(harmless(said)).toBe(
      '{"detail":"Make sure","title":"NoAuthenticationInformation"} : :error: :x [31m ## [group]',
    );
  });
});
