import type { PredictedChange } from '../azure/deployments.ts';
import type { TemplatePreview } from '../preview.ts';
import { cellCode, code, count, markdownTable } from './markdown.ts';

const mostAttributes = 4;

/** A row of the table, as Markdown. */
export type TemplateRow = readonly string[];

const words: ReadonlyMap<string, string> = new Map([
  ['create', 'create'],
  ['modify', 'change'],
  ['delete', '**delete**'],
  ['deploy', 'write, with or without a change'],
  ['unsupported', 'cannot be foretold'],
]);

/** What the templates would change, a row for each resource up to so many, deletions first; everything in it is text of others. */
export function templateRows(
  previews: readonly TemplatePreview[],
  mostRows: number,
): readonly TemplateRow[] {
  const rank = ({ change }: PredictedChange): number => (/^delete$/i.test(change) ? 0 : 1);
  return previews
    .flatMap(({ template, changes }) => changes.map((change) => ({ template, change })))
    .toSorted((one, other) => rank(one.change) - rank(other.change))
    .slice(0, mostRows)
    .map(({ template, change }) => [
      cellCode(template),
      cellCode(nameOf(change.resourceId), 120),
      words.get(change.change.toLowerCase()) ?? cellCode(change.change, 40),
      attributesOf(change),
    ]);
}

/** The section with as many of the rows as fit; without previews there is none. */
export function templateSection(
  previews: readonly TemplatePreview[] | undefined,
  rows: readonly TemplateRow[],
): string {
  if (previews === undefined || previews.length === 0) return '';
  const total = previews.reduce((sum, { changes }) => sum + changes.length, 0);
  const left = total - rows.length;
  const unseen = previews.flatMap(({ template, why }) =>
    why === undefined ? [] : [`- ${code(template)} could not be previewed: ${code(why, 400)}`],
  );
  const asked = previews.some(({ why }) => why === undefined);
  const parts = [
    `### ARM templates (${total})`,
    rows.length > 0 ? markdownTable(['template', 'resource', 'change', 'attributes'], rows) : '',
    left > 0 ? `… and **${left} more**, which found no room here.` : '',
    total === 0 && asked ? 'They would change nothing.' : '',
    total > 0
      ? 'This is what Azure foretells (what-if). It may name changes that are none; the deploy compares for itself and writes only what differs.'
      : '',
    unseen.join('\n'),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Type and name, the last two parts of an id. */
function nameOf(resourceId: string): string {
  const below = resourceId.split('/providers/').at(-1) ?? resourceId;
  return below.split('/').slice(-2).join('/') || resourceId;
}

function attributesOf({ delta }: PredictedChange): string {
  const shown = delta.slice(0, mostAttributes).map(({ path, before, after }) => {
    const [from, to] = [valueText(before), valueText(after)];
    return `${cellCode(path, 120)}: ${cellCode(from, 80)} → ${cellCode(to, 80)}`;
  });
  const left = delta.length - shown.length;
  return [...shown, ...(left > 0 ? [`and ${count(left, 'more', 'more')}`] : [])].join('; ');
}

function valueText(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value);
}
