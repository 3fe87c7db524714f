import { expect } from '@jest/globals';
import fc from 'fast-check';
import { bytesOf, marker } from '../../src/report/markdown.ts';
import { longestComment } from '../../src/report/plan-comment.ts';
import type { ChangeSketch } from '../terraform/plans.ts';
import { acting, outsideCode, withoutOurs } from './rendered.ts';

/** The first line of every comment about the environment `demo`. */
export const firstLine = marker('plan', 'demo');

/** Names and values that have broken, or could break, out of somebody's comment. */
export const corpus: readonly string[] = [
  // fences and code spans
  '```',
  '````',
  '`'.repeat(400),
  '~~~',
  '~~~~\n@octocat',
  '```\n@octocat\n```',
  '```diff\n- a',
  '\n```\n</details>\n<h1>free</h1>',
  '`',
  '``',
  '` `` ```',
  ' ` ',
  '    ```',
  '> ```\n> @octocat',
  '- ```\n  @octocat',
  // HTML
  '</details>',
  '</summary></details><h1>free</h1>',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<a href="https://evil.example">x</a>',
  '<!--',
  '-->',
  '<!-- --><b>x</b>',
  '<![CDATA[ x ]]>',
  '<?php ?>',
  '<div\n>',
  '</code></pre><b>x</b>',
  '&lt;b&gt;',
  '&#96;&#96;&#96;',
  '&NewLine;@octocat',
  // mentions, references, links
  '@octocat',
  '@octo-org/everyone',
  '#12',
  'octo-org/innereye#12',
  'GH-12',
  'deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
  'https://evil.example/login',
  'www.evil.example',
  'someone@evil.example',
  '[x](https://evil.example)',
  '![x](https://evil.example/pixel.png)',
  '[x]: https://evil.example\n[x]',
  '[^1]\n\n[^1]: note',
  '<https://evil.example>',
  ':shipit:',
  // tables, headings, lists, emphasis, mathematics
  '|',
  'a | b | c\n---|---|---',
  '\\|',
  '# heading',
  'heading\n===',
  '\n---\n',
  '\n- [x] done',
  '\n1. one',
  '> [!CAUTION]\n> false',
  '**bold** _em_ ~~no~~',
  '$$x$$',
  '$`x`$',
  '\\',
  '\\`',
  // our own words
  firstLine,
  marker('plan', 'prod'),
  `\n${firstLine}\n`,
  'Fingerprint of this plan, for the input `plan-fingerprint` of deploy:',
  '### Deletions and replacements (0)',
  // characters
  '\u001b[31mred\u001b[0m',
  '\u001b]8;;https://evil.example\u0007x\u001b]8;;\u0007',
  '\u009b31m',
  '\u202eevil\u202c',
  '\u2066x\u2069',
  '\u200b\u200d\ufeff',
  '\u2028@octocat',
  '\u2029# heading',
  '\u0085```',
  '\u000b```',
  '\u000c```',
  '\r```\r',
  '\r\n```\r\n',
  '\u0000',
  '\ud83d',
  '\udc4d\ud83d',
  '\u{e0041}\u{e0042}',
  '\ufe0f',
  '\u3000```',
  // names of the language, and length
  '__proto__',
  'constructor',
  'toString',
  '',
  ' ',
  '\t',
  'n'.repeat(70_000),
  '`\n'.repeat(20_000),
  '@a '.repeat(20_000),
];

const piece = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...corpus.filter(({ length }) => length < 1_000)),
  fc.integer({ min: 1, max: 400 }).map((length) => '`'.repeat(length)),
);

/** Any text, most of them made of what is in the corpus. */
export const hostile = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

/** Any value of an attribute. */
export const value = fc.oneof(
  hostile,
  fc.array(hostile, { maxLength: 3 }),
  fc.boolean(),
  fc.integer(),
);

const members = fc.dictionary(hostile, value, { maxKeys: 5 });

/** Any change, hostile in every place that has text. */
export const change: fc.Arbitrary<ChangeSketch> = fc.record({
  address: hostile,
  actions: fc.constantFrom(['create'], ['update'], ['delete'], ['delete', 'create'], ['forget']),
  before: members,
  after: members,
  replace_paths: fc.array(fc.array(hostile, { maxLength: 2 }), { maxLength: 7 }),
  previous_address: fc.option(hostile, { nil: undefined }),
  deposed: fc.option(hostile, { nil: undefined }),
});

/** One text in every place of a plan that has text. */
export function everywhere(text: string): readonly ChangeSketch[] {
  const hidden = Object.fromEntries([[text, [text, { [text]: text }]]]);
  return [['create'], ['update'], ['delete', 'create'], ['delete'], ['forget']].map((actions) => ({
    ...{ address: `a.b["${text}"]`, actions, previous_address: text, deposed: text },
    ...{ before: { id: text, [text]: text }, after: hidden, replace_paths: [[text, 1, text]] },
  }));
}

/** How many deletions and replacements a comment names or counts. */
export function lossesIn(body: string): number {
  const group = body.split(/^### /m).find((part) => part.startsWith('Deletions and')) ?? '';
  const named = group.match(/^- \*\*(delete|replace|forget)\*\*/gm)?.length ?? 0;
  return named + Number(/^- … and \*\*(\d+) more\*\*/m.exec(group)?.[1] ?? 0);
}

/** What every comment must be, whatever the plan. */
export function expectSound(body: string): void {
  expect(bytesOf(body)).toBeLessThanOrEqual(longestComment);
  expect(body.length).toBeLessThanOrEqual(longestComment);
  expect(body.startsWith(`${firstLine}\n`)).toBe(true);
  expect(body.split('<!--')).toHaveLength(2);
  expectTame(body);
}

/** What every text about a plan must be, however long: nothing of others acts in it. */
export function expectTame(body: string): void {
  expect(body.isWellFormed()).toBe(true);
  expect(withoutOurs(outsideCode(body))).not.toMatch(acting);
  expect(body).not.toMatch(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/,
  );
}
