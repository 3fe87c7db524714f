import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TemplatePreview } from '../../src/preview.ts';
import { longestSummary, wholePlan } from '../../src/report/plan-comment.ts';
import { bytesOf, fence } from '../../src/report/markdown.ts';
import { inOrder } from '../../src/report/plan-order.ts';
import { tellPlan, type ToldPlan } from '../../src/report/told-plan.ts';
import { remember } from '../../src/scrub.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { azureTools } from '../support/azure-tools.ts';
import { stepTools } from '../support/step-tools.ts';
import type { ChangeSketch } from '../terraform/plans.ts';
import { planOf, recorded } from '../terraform/plans.ts';
import { expectGolden } from './golden.ts';
import { change, corpus, everywhere, expectSound, expectTame, lossesIn } from './hostile.ts';

const page = 'https://github.com/o/r/actions/runs/5/attempts/2';
const fingerprint = 'c0ffee'.padEnd(64, '0');

interface Telling {
  readonly told: ToldPlan;
  /** What the file has; undefined where there is none. */
  readonly file: string | undefined;
  readonly log: readonly string[];
}

async function tell(json: string, { temp = '', ...more } = {}): Promise<Telling> {
  const folder = mkdtempSync(join(tmpdir(), 'told-plan-'));
  const others = azureTools();
  const context = {
    ...{ repository: 'o/r', runId: '5', runAttempt: '2', serverUrl: 'https://github.com' },
    ...{ sha: 'a'.repeat(40), event: 'pull_request', apiUrl: '', pullRequest: undefined },
  };
  const tools = {
    ...(await stepTools(folder, folder, others)),
    env: { RUNNER_TEMP: temp || folder },
    runner: { ...others.runner, context },
  };
  const told = await tellPlan(
    { environment: 'demo', plan: readPlan(json), fingerprint, ...more },
    tools,
  );
  const names = readdirSync(folder);
  expect(names).toEqual(told.file === undefined ? [] : ['innereye-plan-demo.md']);
  const file = told.file && readFileSync(told.file, 'utf8');
  return { told, file, log: others.log.lines };
}

/** So many creations with so many attributes each. */
function creations(resources: number, attributes: number, text = 'x'.repeat(30)): ChangeSketch[] {
  return Array.from({ length: resources }, (_, at) => ({
    ...{ address: `azurerm_a.n${at}`, actions: ['create'] },
    after: {
      tags: Object.fromEntries(
        Array.from({ length: attributes }, (_, tag) => [`tag-${at}-${tag}`, text]),
      ),
    },
  }));
}

describe('a plan that fits', () => {
  it('is told in comment and summary, and needs no file', async () => {
    const { told, file } = await tell(planOf(creations(3, 4)));
    expect([file, told.file]).toEqual([undefined, undefined]);
    for (const text of [told.comment, told.summary]) {
      expect(text).toContain('tag-2-3');
      expect(text).not.toContain('not all of it');
    }
    expectSound(told.comment);
  });
});

describe('a plan that is too long for a comment', () => {
  it.each([
    ['many resources', creations(3_000, 1), 'azurerm_a.n2999'],
    ['many attributes of one', creations(1, 500), 'tag-0-499'],
  ])('is whole in the step summary, by %s, and says so', async (_, changes, last) => {
    const { told, file } = await tell(planOf(changes));
    expect(file).toBeUndefined();
    expect(told.comment).toContain(
      `> This is not all of it: the step summary of [this run](${page}) has the rest.\n`,
    );
    expect(told.comment).not.toContain(last);
    expect(told.summary).toContain(last);
    expect(told.summary).not.toContain('not all of it');
  });

  it('is so by what the templates would change as well', async () => {
    const changes = Array.from({ length: 100 }, (_, at) => ({
      ...{ resourceId: `/subscriptions/s/providers/a/b/thing${at}`, change: 'Create', delta: [] },
    }));
    const templates: TemplatePreview[] = [{ template: 'arm/computes.json', changes }];
    const { told } = await tell(planOf([]), { templates } as object);
    expect(told.comment).toContain('has the rest');
    expect(told.summary).toContain('thing99');
  });
});

describe('a plan that is too long for the step summary', () => {
  const changes = [
    ...creations(60, 400),
    { address: 'azurerm_z.gone', actions: ['delete'], before: { id: '/x' } },
  ];

  it('is whole in a file, which comment and summary name', async () => {
    const { told: plan, file = '', log } = await tell(planOf(changes));
    const sentence = `> This is not all of it: the whole plan is the file \`innereye-plan-demo.md\`, which the workflow \`plan\` keeps as an artifact of [this run](${page}).\n`;
    expect(plan.comment).toContain(sentence);
    expect(plan.summary).toContain(sentence);
    expect(bytesOf(plan.summary)).toBeLessThanOrEqual(longestSummary);
    expect(bytesOf(plan.comment)).toBeLessThanOrEqual(65_536);
    expect(plan.summary).not.toContain('tag-59-399');
    const told = Array.from({ length: 60 }, (_, at) => file.includes(`+ tags.tag-${at}-399: `));
    expect(told).toEqual(told.map(() => true));
    expect(file).not.toMatch(/found no room|not all of it|<!--/);
    const [origin] = /^Made at .*$/m.exec(file) ?? [];
    expect(origin).toMatch(
      /^Made at 20[-\dT:.]+Z by run 5, attempt 2, of `o\/r` at commit `a{40}`\.$/,
    );
    expect(file).toContain('**delete** `azurerm_z.gone`');
    expect(file.trimEnd().endsWith(`\`\`\`text\n${fingerprint}\n\`\`\``)).toBe(true);
    expect(log.join('\n')).toContain(`The whole plan is in ${plan.file}.`);
    expectTame(file);
  });

  it('shows no sensitive value there, and no secret of this process', async () => {
    remember('a-secret-of-this-process');
    const hidden = {
      address: 'azurerm_a.secret',
      before: { password: 'never-shown-1', note: 'x' },
      after: { password: 'never-shown-2', note: 'it is a-secret-of-this-process' },
      before_sensitive: { password: true },
      after_sensitive: { password: true },
    };
    const { file } = await tell(planOf([...changes, hidden]));
    expect(file).toContain('! password: (sensitive) → (sensitive)');
    expect(file).toContain('it is ***');
    expect(file).not.toMatch(/never-shown|a-secret-of-this-process/);
  });

  it('is told without the file where that cannot be written', async () => {
    const temp = join(tmpdir(), 'there-is-no-such-folder', '\0');
    const { told, log } = await tell(planOf(changes), { temp });
    expect(told.file).toBeUndefined();
    expect(log.join('\n')).toContain('The whole plan could not be written to');
    for (const text of [told.comment, told.summary]) {
      expect(text).toContain('could not be written down; the log says why.');
    }
  });
});

describe('the whole plan', () => {
  it.each(['mixed', 'hostile'])('"%s" is as it was reviewed', (name) => {
    const text = wholePlan({ environment: 'demo', plan: recorded(name), fingerprint });
    expectGolden(`plans/${name}/whole.md`, text);
    expectTame(text);
  });

  it('lets nothing out of the texts that are known to break out', () => {
    for (const text of corpus) {
      expectTame(wholePlan({ environment: 'demo', plan: readPlan(planOf(everywhere(text))) }));
    }
  });

  it('leaves out no change and no attribute, whatever the plan', () => {
    const plans = fc.tuple(fc.array(change, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(plans, ([changes, times]) => {
        const plan = readPlan(planOf(Array.from({ length: times }, () => changes).flat()));
        const text = wholePlan({ environment: 'demo', plan });
        expectTame(text);
        const effective = inOrder(plan.changes);
        const [lists = '', details = ''] = text.split('<summary>What changes in each</summary>');
        expect(lists.match(/^- \*\*[a-z-]+\*\* `/gm) ?? []).toHaveLength(effective.length);
        const lost = effective.filter(({ action }) => /^(delete|replace|forget)$/.test(action));
        expect(lossesIn(text)).toBe(lost.length);
        const told = effective.filter(({ action }) => !/^(delete|forget)$/.test(action));
        const attributes = told.reduce((sum, one) => sum + one.attributes.length, 0);
        expect(details.match(/^[!+-] /gm) ?? []).toHaveLength(attributes);
      }),
      { numRuns: 25 },
    );
  });

  it('is fenced also where it has more backticks than a call takes arguments', () => {
    expect(fence(['` '.repeat(300_000)]).startsWith('```\n')).toBe(true);
  });
});
