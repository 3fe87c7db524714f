import { duration } from '../training/duration.ts';
import type { Training } from '../training/index.ts';
import type { EpochMetrics, Metrics } from '../training/metrics.ts';
import { cellCode, markdownTable, plain, table } from './markdown.ts';
import type { CurveLine } from './training-curve.ts';
import { trainingCurve } from './training-curve.ts';

/** Rows of the table of epochs at most; of more, the first and the last ones are shown. */
const MOST_ROWS = 40;
/** Notes of the job that are shown at most. */
const MOST_NOTES = 12;

/** A training as Markdown for the step summary: result, curve, test, epochs, where to look further. */
export function trainingReport(model: string, training: Training): string {
  const { metrics, gaps } = training;
  const parts = [
    `## Training of ${plain(model)}${training.problem === undefined ? '' : ': not ended well'}`,
    resultTable(training),
    ...curvesOf(metrics),
    ...testTable(metrics),
    ...epochTable(metrics),
    ...gaps.map((gap) => `> ${plain(gap)}`),
    ...notesOf(training),
    `[The run in the studio](<${training.studioLink}>), [all runs of this model](<${training.experimentLink}>); both open from inside the network only.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function resultTable(training: Training): string {
  const { model, metrics, problem, jobName, meanDice } = training;
  const epochs = Math.max(metrics.train.length, metrics.validation.length);
  const registered = model === undefined ? 'none' : `${model.name}:${model.version}`;
  const rows = [
    ...(problem === undefined ? [] : [['what happened', firstLineOf(problem.message)]]),
    [
      'registered model',
      problem === undefined || model === undefined ? registered : `${registered}, before the end`,
    ],
    ['mean Dice of the test set', meanDice ?? 'not known'],
    ['epochs', epochs === 0 ? 'not known' : String(epochs)],
    ['job', jobName],
    ['waited, ran', `${duration(training.waitedSeconds)}, ${duration(training.ranSeconds)}`],
    ...(training.preemptions === 0
      ? []
      : [['begun anew', `${timesOf(training.preemptions)}, as its node was taken away`]]),
  ];
  return table(['what', 'result'], rows);
}

function timesOf(number: number): string {
  return number === 1 ? 'once' : `${number} times`;
}

function firstLineOf(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}

function curvesOf({ train, validation }: Metrics): string[] {
  const curve = (title: string, value: (epoch: EpochMetrics) => number | undefined): string =>
    trainingCurve(title, [
      lineOf('training', train, value),
      lineOf('validation', validation, value),
    ]);
  const curves = [
    ['loss', curve('loss', ({ loss }) => loss)],
    ['Dice, mean over the structures', curve('Dice', ({ dice }) => dice)],
  ] as const;
  return curves
    .filter(([, chart]) => chart !== '')
    .map(([title, chart]) => `### Training curve: ${title}\n\n${chart}`);
}

function lineOf(
  name: string,
  epochs: readonly EpochMetrics[],
  value: (epoch: EpochMetrics) => number | undefined,
): CurveLine {
  const points = new Map<number, number>();
  for (const one of epochs) {
    const number = value(one);
    if (number !== undefined) points.set(one.epoch, number);
  }
  return { name, points };
}

function testTable({ test, testMean }: Metrics): string[] {
  if (test.length === 0) return [];
  const rows = test.slice(0, MOST_ROWS).map(({ structure, images, mean, worst }) => {
    return [cellCode(structure), String(images), mean.toFixed(3), worst.toFixed(3)];
  });
  const all = testMean === undefined ? [] : [['all structures', '', testMean.toFixed(3), '']];
  const head = ['structure', 'images', 'mean Dice', 'least Dice'];
  const left = test.length - rows.length;
  const more = left === 0 ? '' : `\n\n${left} more structures are left out.`;
  return [`### Test set\n\n${markdownTable(head, [...rows, ...all])}${more}`];
}

function epochTable({ train, validation }: Metrics): string[] {
  const epochs = [...new Set([...train, ...validation].map(({ epoch }) => epoch))];
  if (epochs.length === 0) return [];
  epochs.sort((one, other) => one - other);
  const shown = new Set(
    epochs.length <= MOST_ROWS
      ? epochs
      : [...epochs.slice(0, MOST_ROWS / 2), ...epochs.slice(-MOST_ROWS / 2)],
  );
  const rows = epochs
    .filter((epoch) => shown.has(epoch))
    .map((epoch) => {
      const [one, other] = [train, validation].map((all) => all.find((row) => row.epoch === epoch));
      return [String(epoch), ...[one?.loss, other?.loss, one?.dice, other?.dice].map(figure)];
    });
  const left = epochs.length - shown.size;
  const head = [
    'epoch',
    'loss, training',
    'loss, validation',
    'Dice, training',
    'Dice, validation',
  ];
  const title = left === 0 ? 'Epochs' : `Epochs (${left} in the middle are left out)`;
  return [`<details><summary>${title}</summary>\n\n${table(head, rows)}\n\n</details>`];
}

function figure(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(4);
}

/** What is noted on the job, as it stands there. */
function notesOf({ notes }: Training): string[] {
  const rows = Object.entries(notes)
    .sort(([one], [other]) => one.localeCompare(other))
    .slice(0, MOST_NOTES)
    .map(([name, value]) => [cellCode(name, 80), cellCode(value, 120)]);
  if (rows.length === 0) return [];
  const shown = markdownTable(['name', 'value'], rows);
  return [`<details><summary>Properties of the job</summary>\n\n${shown}\n\n</details>`];
}
