/** One line of a curve: its name, and its values by epoch. */
export interface CurveLine {
  readonly name: string;
  readonly points: ReadonlyMap<number, number>;
}

/** Colours that GitHub's light and dark pages both show well, and their names. */
const colours = [
  { value: '#1f77b4', name: 'blue' },
  { value: '#e07b00', name: 'orange' },
] as const;

/** Points of a line at most: more are not to be told apart. */
const MOST_POINTS = 100;
/** So many epochs are named one by one. */
const MOST_NAMES = 20;

/**
 * A curve over the epochs as a Mermaid xychart, in a fence, with a line below that says which colour
 * is what: the chart itself has no legend. Only epochs that every line knows are drawn; with fewer
 * than two there is no curve, and the text is empty. At most two lines.
 */
export function trainingCurve(title: string, lines: readonly CurveLine[]): string {
  const drawn = lines.filter(({ points }) => points.size > 0).slice(0, colours.length);
  const epochs = thinned(commonEpochs(drawn));
  const first = drawn[0];
  if (first === undefined || epochs.length < 2) return '';
  const values = drawn.map(({ points }) => epochs.map((epoch) => points.get(epoch) ?? 0));
  const all = values.flat();
  const palette = colours.map(({ value }) => value).join(', ');
  const chart = [
    '```mermaid',
    '---',
    'config:',
    '  xyChart:',
    '    width: 760',
    '    height: 320',
    '  themeVariables:',
    '    xyChart:',
    `      plotColorPalette: "${palette}"`,
    '---',
    'xychart-beta',
    `  x-axis "epoch" ${axisOf(epochs)}`,
    `  y-axis "${title}" ${rangeOf(all)}`,
    ...values.map((row) => `  line [${row.map((value) => value.toFixed(6)).join(', ')}]`),
    '```',
  ];
  const legend = drawn.map(({ name }, index) => `${colours[index]?.name ?? ''}: ${name}`);
  return `${chart.join('\n')}\n\n${legend.join(', ')}`;
}

function commonEpochs(lines: readonly CurveLine[]): number[] {
  const [first, ...others] = lines;
  return [...(first?.points.keys() ?? [])]
    .filter((epoch) => others.every(({ points }) => points.has(epoch)))
    .sort((one, other) => one - other);
}

/** Every nth epoch, and the last one. */
function thinned(epochs: readonly number[]): readonly number[] {
  const step = Math.ceil(epochs.length / MOST_POINTS);
  return epochs.filter((_, index) => (epochs.length - 1 - index) % step === 0);
}

/** Few epochs as names, which stand under their points; many as a range. */
function axisOf(epochs: readonly number[]): string {
  if (epochs.length <= MOST_NAMES) return `[${epochs.join(', ')}]`;
  return `${epochs[0] ?? 0} --> ${epochs.at(-1) ?? 0}`;
}

/** A little more than the values need, so that no line runs on the edge; a range of nothing is not drawn. */
function rangeOf(values: readonly number[]): string {
  const least = values.reduce((one, other) => Math.min(one, other), Infinity);
  const most = values.reduce((one, other) => Math.max(one, other), -Infinity);
  const room = Math.max((most - least) * 0.1, Math.abs(most) * 0.02, 0.001);
  return `${(least - room).toFixed(4)} --> ${(most + room).toFixed(4)}`;
}
