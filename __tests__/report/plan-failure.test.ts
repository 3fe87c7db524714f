import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf } from '../../src/report/markdown.ts';
import { longestComment } from '../../src/report/plan-comment.ts';
import { planFailureComment, planUnshownComment } from '../../src/report/plan-failure.ts';
import { remember } from '../../src/scrub.ts';
import { expectGolden } from './golden.ts';
import { acting, outsideCode, withoutOurs } from './rendered.ts';

const run = 'https://github.com/octo-org/innereye/actions/runs/9000000001/attempts/2';
const comment = (error: string, page = run): string =>
  planFailureComment({
    ...{ environment: 'demo', error, run: page, sha: 'c0ffee'.padEnd(40, '0') },
    at: Date.parse('2026-11-22T12:00:00Z'),
  });

function expectSound(body: string): void {
  expect(bytesOf(body)).toBeLessThanOrEqual(longestComment);
  expect(body.startsWith('<!-- innereye-closed-network:plan:demo -->\n')).toBe(true);
  expect(body.split('<!--')).toHaveLength(2);
  const plain = outsideCode(body).replace(`([this run](${run}))`, '');
  expect(withoutOurs(plain)).not.toMatch(acting);
}

describe('the comment of a plan that failed', () => {
  it('says why, when and in which run, as it was reviewed', () => {
    const body = comment(
      'Planning:\n  Error `x` ```` (azurerm_a.b)\n    @octocat <b>\nNext: correct what Terraform names above, and run again.',
    );
    expectGolden('plans/failed.md', body);
    expectSound(body);
  });

  it('says of a plan that GitHub does not take where it can be read', () => {
    const body = planUnshownComment({
      ...{ environment: 'demo', error: 'Body is too long <b>', run, sha: '' },
      at: 0,
    });
    expect(body).toContain('did not take the text of this plan: read it in the summary of the run');
    expect(body).toContain('Body is too long');
    expect(body).not.toContain('Fingerprint');
    expectSound(body);
  });

  it('has no fingerprint that a deploy could be given', () => {
    expect(comment('x')).not.toContain('Fingerprint');
  });

  it('tells no secret, not even one that a cut goes through', () => {
    remember('sesame-sesame-sesame');
    const body = comment(`${'x'.repeat(390)}sesame-sesame-sesame`);
    expect(body).not.toContain('sesame');
  });

  it('makes no link of what is no address', () => {
    expect(comment('x', '/actions/runs/1')).not.toContain('](');
    expect(comment('x', 'https://x/) <script>')).not.toContain('script');
  });

  it('fits and lets nothing out, whatever the error', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n', '```', '`', '<!--', '-->', '@a', '\u202e', '\u001b[31m', '~~~', '\r'),
      fc.integer({ min: 1, max: 9_000 }).map((length) => '`'.repeat(length)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) =>
        expectSound(comment(pieces.join(''))),
      ),
      { numRuns: 80 },
    );
  });
});
