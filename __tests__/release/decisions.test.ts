import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { notesOf } from '../../scripts/release/notes.ts';
import type { Facts } from '../../scripts/release/refusals.ts';
import { refusals } from '../../scripts/release/refusals.ts';
import { majorTagOf, versionOf } from '../../scripts/release/version.ts';

const commit = 'a'.repeat(40);
const good: Facts = {
  tag: 'v1.2.3',
  version: versionOf('v1.2.3'),
  ...{ commit, tagged: commit, isTrial: false, isOnMain: true },
  ...{ packageVersion: '1.2.3', lockVersion: '1.2.3', notes: 'New.', ci: 'success' },
  differing: [],
};

describe('a commit that is to become a version', () => {
  it('may, where everything fits', () => {
    expect(refusals(good)).toEqual([]);
    expect(refusals({ ...good, tagged: undefined, isTrial: true })).toEqual([]);
  });

  it.each<[string, Partial<Facts>, string]>([
    ['the tag is no version', { tag: 'v1.2', version: undefined }, 'v1.2 is no version'],
    ['there is no such tag', { tagged: undefined }, 'there is no tag v1.2.3'],
    ['the tag is another commit', { tagged: 'b'.repeat(40) }, 'stays what it is'],
    ['it is not on main', { isOnMain: false }, 'is not on main'],
    ['package.json says another version', { packageVersion: '1.2.2' }, 'package.json says 1.2.2'],
    ['the lock says another version', { lockVersion: '1.2.2' }, 'package-lock.json says 1.2.2'],
    ['the changelog is silent', { notes: undefined }, 'no section "## 1.2.3"'],
    ['CI has not run', { ci: 'none' }, 'CI has not run on main'],
    ['CI still runs', { ci: 'running' }, 'CI is still running'],
    ['CI failed', { ci: 'failure' }, 'CI ended as failure'],
    ['dist/ is another', { differing: ['index.js'] }, 'is not what a rebuild makes: index.js.'],
  ])('may not, where %s', (_where, facts, said) => {
    const found = refusals({ ...good, ...facts });
    expect(found).toEqual([expect.stringContaining(said)]);
    expect(found[0]).toMatch(/[:.;] /); // what is wrong, and then what to do
  });

  it('is told all that is wrong at once', () => {
    expect(refusals({ ...good, isOnMain: false, ci: 'failure', notes: undefined })).toHaveLength(3);
  });
});

describe('a tag', () => {
  it.each(['1.2.3', 'v1.2', 'v1.2.3.4', 'v01.2.3', 'v1.2.3+build', 'v1.2.3-', 'v1', 'v1.2.3 ', ''])(
    'is no version as %p',
    (tag) => expect(versionOf(tag)).toBeUndefined(),
  );
});

describe('the tag of the major version', () => {
  const moves = (tag: string, published: readonly string[]): boolean | undefined => {
    const version = versionOf(tag);
    return version && majorTagOf(version, published).moves;
  };

  it.each([
    ['v1.2.3', [], true],
    ['v1.2.3', ['v1.2.2', 'v2.0.0', 'v0.9.0'], true],
    ['v1.2.3', ['v1.2.3'], true],
    ['v1.2.4', ['v1.3.0-rc.1', 'v1'], true],
    ['v1.2.4', ['v1.3.0'], false],
    ['v1.9.0', ['v1.10.0'], false],
    ['v1.3.0-rc.1', [], false],
    ['v0.2.0', [], false],
  ])('of %s, with %p published, moves: %p', (tag, published, wanted) => {
    expect(moves(tag, published)).toBe(wanted);
  });

  it('ends at the newest, in whatever order versions are published', () => {
    const number = fc.nat({ max: 12 });
    const some = fc.uniqueArray(
      fc.tuple(number, number).map(([two, three]) => `v1.${two}.${three}`),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(some, (tags) => {
        const published: string[] = [];
        let at = '';
        for (const tag of tags) {
          published.push(tag);
          if (moves(tag, published)) at = tag;
        }
        const size = (tag: string): number => {
          const [, two = 0, three = 0] = versionOf(tag)?.numbers ?? [];
          return two * 100 + three;
        };
        expect(size(at)).toBe(Math.max(...tags.map(size)));
      }),
    );
  });
});

describe('the notes of a version', () => {
  const text =
    '# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-11-23\n\n- New.\n\n### More\n\n## 1.2.2\n\n## 1.2\n\nOld.\n';

  it('are what stands below its heading', () => {
    expect(notesOf(text, '1.2.3')).toBe('- New.\n\n### More');
    expect(notesOf(text.replaceAll('\n', '\r\n'), '1.2.3')).toBe('- New.\n\n### More');
  });

  it.each(['1.2.2', '1.2.', '2.3', '9.9.9', 'Unreleased', ''])(
    'are not there for %p',
    (version) => {
      expect(notesOf(text, version)).toBeUndefined();
    },
  );
});
