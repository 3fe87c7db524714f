import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { workflows } from '../../scripts/workflows/index.ts';
import { reads } from '../../scripts/workflows/steps.ts';
import type { Field } from '../../src/inputs/fields.ts';
import { inputName } from '../../src/inputs/parse.ts';
import { schema } from '../../src/inputs/schema.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const fields = new Map(
  Object.entries<Field<unknown>>(schema).map(([key, field]) => [inputName(key), field]),
);

/** Inputs of the action that a workflow gives by itself, or takes as a secret. */
const given = ['command', 'github-token', 'python-index'];

describe('the reusable workflows', () => {
  it('together offer every input of the action', () => {
    const offered = new Set(
      workflows.flatMap(({ offers }) => offers.filter(({ own }) => own).map(({ name }) => name)),
    );
    const missing = [...fields.keys()].filter((name) => !offered.has(name));
    expect(missing.toSorted()).toEqual(given.toSorted());
  });

  it.each(workflows)('$name shows a person at most 25 inputs', ({ name, offers }) => {
    const text = read(`.github/workflows/${name}.yml`);
    const form = /workflow_dispatch:\n {4}inputs:\n(.*?)\n\n/s.exec(text)?.[1] ?? '';
    const shown = form.match(/^ {6}[\w-]+:$/gm) ?? [];
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.length).toBeLessThanOrEqual(25);
    expect(offers.length - shown.length).toBe(/^(fleet|image)$/.test(name) ? 0 : 3);
  });

  it.each(workflows.filter(({ name }) => !/^(fleet|image)$/.test(name)))(
    '$name hands its commands all that they read, and nothing unknown',
    ({ name, offers }) => {
      const steps = stepsIn(read(`.github/workflows/${name}.yml`));
      expect(steps.length).toBeGreaterThan(0);
      for (const { command, names } of steps) {
        const own = reads[command as keyof typeof reads];
        expect(names).toEqual(expect.arrayContaining(['environment', 'client-id', ...own]));
        expect(names.filter((input) => !fields.has(input))).toEqual([]);
        const known = new Set([...offers.map((one) => one.name), ...given, 'model-version']);
        expect(names.filter((input) => !known.has(input))).toEqual([]);
      }
    },
  );

  it.each(workflows)('$name describes its inputs as the action does', ({ offers }) => {
    for (const { name, description, default: initial, type, own } of offers) {
      const field = fields.get(name);
      if (field === undefined || !own) continue;
      expect(description.startsWith(field.description)).toBe(true);
      if (!description.includes('Empty takes the variable'))
        expect(initial === undefined ? undefined : String(initial)).toBe(field.default);
      expect(type === 'boolean').toBe(field.rule === 'true or false');
    }
  });

  it('end a training later than the training ends itself', () => {
    // The expression writes 50 behind the hours; the action waits an hour longer than the job may take.
    const late = Array.from({ length: 168 }, (_, index) => index + 1).filter(
      (hours) => Number(`${hours}50`) < (hours + 1) * 60 + 20,
    );
    expect(read('.github/workflows/train.yml')).toContain("format('{0}50', inputs.training-hours)");
    expect(late).toEqual([]);
  });
});

describe('the examples', () => {
  const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.yml'));

  it.each(examples)('%s fits into 30 lines and is in the table', (name) => {
    expect(read(`examples/${name}`).trimEnd().split('\n').length).toBeLessThanOrEqual(30);
    expect(read('examples/README.md')).toContain(`| [${name}](${name}) |`);
  });

  it.each(examples)('%s is run by a scene of the check with act', (name) => {
    const scenes = readdirSync(join(root, 'scripts/act')).map((file) =>
      read(`scripts/act/${file}`),
    );
    expect(scenes.filter((text) => text.includes(`'${name}'`)).length).toBeGreaterThan(0);
  });
});

/** Steps that run our action: the command, and the names of what they hand it. */
function stepsIn(text: string): { command: string; names: string[] }[] {
  const steps = text.matchAll(/uses: \$\/\.github\/actions\/innereye\n +with:\n((?: {10}.*\n)+)/g);
  return [...steps].map(([, block = '']) => ({
    command: /command: (\w+)/.exec(block)?.[1] ?? '',
    names: [...block.matchAll(/^ {10}([\w-]+):/gm)].map(([, name = '']) => name),
  }));
}
