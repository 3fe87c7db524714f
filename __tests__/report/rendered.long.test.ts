import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { driftIssue } from '../../src/report/drift-issue.ts';
import { planComment } from '../../src/report/plan-comment.ts';
import { planFailureComment } from '../../src/report/plan-failure.ts';
import { judgeDrift } from '../../src/terraform/drift.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { entryOf, planOf } from '../terraform/plans.ts';
import { change, corpus, everywhere, expectSound, firstLine, hostile } from './hostile.ts';

/** A node of what a Markdown reader made of a text (mdast). */
interface Node {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly children?: readonly Node[];
}

/** The reader that GitHub's own was checked against: CommonMark with GitHub's additions. */
const packages = {
  'mdast-util-from-markdown': '2.0.2',
  'mdast-util-gfm': '3.1.0',
  'micromark-extension-gfm': '3.0.0',
};

let read: (markdown: string) => Node;
beforeAll(async () => {
  const folder = join(import.meta.dirname, '../../.cache/tools/markdown');
  if (!existsSync(join(folder, 'ready'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ private: true, dependencies: packages }),
    );
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
      cwd: folder,
      stdio: 'ignore',
    });
    writeFileSync(join(folder, 'ready'), '');
  }
  const load = (name: string): Promise<Record<string, (...given: unknown[]) => unknown>> =>
    import(pathToFileURL(join(folder, 'node_modules', name, 'index.js')).href) as never;
  const [{ fromMarkdown }, { gfmFromMarkdown }, { gfm }] = await Promise.all([
    load('mdast-util-from-markdown'),
    load('mdast-util-gfm'),
    load('micromark-extension-gfm'),
  ]);
  const options = { extensions: [gfm?.()], mdastExtensions: [gfmFromMarkdown?.()] };
  read = (markdown) => fromMarkdown?.(markdown, options) as Node;
}, 120_000);

const blocks = ['root', 'heading', 'paragraph', 'list', 'listItem', 'blockquote'];
const tables = ['table', 'tableRow', 'tableCell'];
const harmless = new Set([...blocks, ...tables, 'strong', 'text', 'inlineCode', 'code', 'html']);
const ours = [
  firstLine,
  '<!-- innereye-closed-network:drift:demo -->',
  '<details><summary>What changes in each</summary>',
  '</details>',
];

function nodesOf(node: Node): readonly Node[] {
  return [node, ...(node.children ?? []).flatMap(nodesOf)];
}

/** Nothing but our own words is outside of code, and no tag but our own is in it. */
function expectHarmless(body: string, fences: number): void {
  const nodes = nodesOf(read(body));
  expect(nodes.filter(({ type }) => !harmless.has(type))).toEqual([]);
  const html = nodes.filter(({ type }) => type === 'html').map(({ value }) => value ?? '');
  expect(html.filter((tag) => !ours.includes(tag))).toEqual([]);
  expect(html.filter((tag) => tag === '</details>')).toHaveLength(
    html.filter((tag) => tag.startsWith('<details>')).length,
  );
  expect(nodes.filter(({ type }) => type === 'code').length).toBeLessThanOrEqual(fences);
  const words = nodes.filter(({ type }) => type === 'text').map(({ value }) => value ?? '');
  const text = words.join('\n').replaceAll(/^\[!(CAUTION|WARNING)\]$/gm, '');
  expect(text).not.toMatch(/[@<>[\]!#`\\&]|https?:|www\.|[^\x20-\x7e\n…→]/i);
}

const fingerprint = `${'c0ffee'.padEnd(64, '0')}-${'0'.repeat(64)}`;

describe('a comment as a Markdown reader takes it', () => {
  it('has nothing of the known texts outside of code', () => {
    for (const text of corpus) {
      const plan = readPlan(planOf(everywhere(text)));
      const { body } = planComment({ environment: 'demo', plan, fingerprint });
      expectHarmless(body, 2);
      const failure = { environment: 'demo', error: text, at: 0, sha: text, run: '' };
      expectHarmless(planFailureComment(failure), 1);
      const drift = readPlan(planOf([], { resource_drift: everywhere(text).map(entryOf) }));
      const answer = judgeDrift({ refreshOnly: drift, plan: readPlan(planOf([])) });
      expectHarmless(driftIssue('demo', answer).body, 0);
    }
  }, 120_000);

  it.each([
    ['10,000 plans outside of code', 10_000, (body: string) => expectHarmless(body, 2)],
    ['100,000 plans outside of code, as our own reader takes it', 100_000, expectSound],
  ])(
    'has nothing of any of %s',
    (_what, numRuns, judge) => {
      const plans = fc.tuple(fc.array(change, { maxLength: 4 }), hostile);
      fc.assert(
        fc.property(plans, ([changes, output]) => {
          const output_changes = Object.fromEntries([
            [output, { actions: ['create'], after: output }],
          ]);
          const plan = readPlan(planOf(changes, { output_changes }));
          judge(planComment({ environment: 'demo', plan, fingerprint }).body);
        }),
        { numRuns },
      );
    },
    3_600_000,
  );
});
