import { describe, expect, it } from '@jest/globals';
import { Problem } from '../../src/errors.ts';
import { trainingCurve } from '../../src/report/training-curve.ts';
import { trainingReport } from '../../src/report/training-report.ts';
import type { Training } from '../../src/training/index.ts';
import { outsideCode } from './rendered.ts';

const epochs = (count: number, from: number) =>
  Array.from({ length: count }, (_, epoch) => ({
    epoch,
    loss: from / (epoch + 1),
    dice: 1 - from / (epoch + 2),
  }));

const training: Training = {
  jobName: 'helloworld-4711-1-ab12cd',
  studioLink: 'https://ml.azure.com/runs/helloworld-4711-1-ab12cd?wsid=/subscriptions/1&tid=2',
  experimentLink: 'https://ml.azure.com/experiments/helloworld?wsid=/subscriptions/1&tid=2',
  model: { name: 'HelloWorld', version: '3' },
  metrics: {
    train: epochs(2, 0.5),
    validation: epochs(2, 0.6),
    test: [{ structure: 'region', images: 1, mean: 0.337, worst: 0.337 }],
    testMean: 0.337,
    missing: [],
  },
  meanDice: '0.467572',
  waitedSeconds: 431,
  ranSeconds: 57,
  preemptions: 0,
  notes: { 'note.of.job': 'something' },
  gaps: [],
  problem: undefined,
};
const report = (changes: Partial<Training> = {}) =>
  trainingReport('HelloWorld', { ...training, ...changes });

describe('the report of a training', () => {
  it('says what was registered, the test Dice, and where to look further', () => {
    const text = report();
    expect(text).toContain('| registered model | HelloWorld:3 |');
    expect(text).toContain('| mean Dice of the test set | 0.467572 |');
    expect(text).toContain('| waited, ran | 7 min 11 s, 57 s |');
    expect(text).toContain('| `region` | 1 | 0.337 | 0.337 |');
    expect(text).toContain('| 1 | 0.2500 | 0.3000 | 0.8333 | 0.8000 |');
    expect(text).toContain('| `note.of.job` | `something` |');
    expect(text).toContain(`[The run in the studio](<${training.studioLink}>)`);
  });

  it('draws loss and Dice by epoch', () => {
    const text = report();
    expect(text.match(/^xychart-beta$/gm)).toHaveLength(2);
    expect(text).toContain('line [0.500000, 0.250000]\n  line [0.600000, 0.300000]');
    expect(text).toContain('blue: training, orange: validation');
  });

  it('says what is not known instead of leaving it out', () => {
    const metrics = { train: [], validation: [], test: [], testMean: undefined, missing: [] };
    const text = report({
      metrics,
      meanDice: undefined,
      gaps: ['The log could not be read: `x`.'],
    });
    expect(text).toContain('| mean Dice of the test set | not known |');
    expect(text).toContain('| epochs | not known |');
    expect(text).toContain('> The log could not be read: \\`x\\`.');
    expect(text).not.toContain('xychart');
  });

  it('says how a training did not end well, and which model it left', () => {
    const problem = new Problem('The training of HelloWorld failed.\nmore', 'mend it');
    const text = report({ problem, preemptions: 1 });
    expect(text).toContain('## Training of HelloWorld: not ended well');
    expect(text).toContain('| what happened | The training of HelloWorld failed. |');
    expect(text).toContain('| registered model | HelloWorld:3, before the end |');
    expect(text).toContain('| begun anew | once, as its node was taken away |');
  });

  it('stays small for thousands of epochs and structures', () => {
    const test = Array.from({ length: 3000 }, (_, index) => ({
      structure: `s${index}`,
      images: 1,
      mean: 0.5,
      worst: 0.5,
    }));
    const metrics = {
      ...training.metrics,
      train: epochs(5000, 1),
      validation: epochs(5000, 1),
      test,
    };
    const text = report({ metrics });
    expect(text.length).toBeLessThan(30_000);
    expect(text).toContain('(4960 in the middle are left out)');
    expect(text).toContain('2960 more structures are left out');
  });

  it('lets no name of others act', () => {
    const hostile = '`|@admin <script> ![x](https://x) ::error::\n```\n# title';
    const test = [{ structure: hostile, images: 1, mean: 0.5, worst: 0.5 }];
    const text = report({
      metrics: { ...training.metrics, test },
      notes: { [hostile]: hostile },
      gaps: [hostile],
      problem: new Problem(hostile, 'x'),
    });
    const plain = outsideCode(text);
    expect(plain).not.toMatch(/(?<!\\)@admin|<script|(?<!\\)!\[|^# title|^::error/m);
  });
});

describe('a training curve', () => {
  const line = (name: string, ...values: readonly (readonly [number, number])[]) => ({
    name,
    points: new Map(values),
  });

  it('is none with fewer than two epochs that all lines know', () => {
    expect(trainingCurve('loss', [])).toBe('');
    expect(trainingCurve('loss', [line('a', [0, 1])])).toBe('');
    expect(trainingCurve('loss', [line('a', [0, 1], [1, 2]), line('b', [1, 1], [2, 2])])).toBe('');
  });

  it('leaves out a line without values', () => {
    const text = trainingCurve('loss', [line('training', [0, 1], [1, 0.5]), line('validation')]);
    expect(text.match(/^ {2}line /gm)).toHaveLength(1);
    expect(text.trimEnd().endsWith('blue: training')).toBe(true);
  });

  it('has a range even where nothing changes', () => {
    expect(trainingCurve('loss', [line('a', [0, 0], [1, 0])])).toContain(
      'y-axis "loss" -0.0010 --> 0.0010',
    );
  });
});
