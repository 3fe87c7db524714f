import type { TemplatePreview } from '../preview.ts';
import { lossesOf } from '../terraform/losses.ts';
import type { Plan } from '../terraform/plan-file.ts';
import { bytesOf, code, count, fence, marker, visible } from './markdown.ts';
import { changeDetail, changeLine, hasDetail, outputDetail } from './plan-change.ts';
import type { Depth } from './plan-change.ts';
import type { Group } from './plan-order.ts';
import { groupOf, groups, inOrder } from './plan-order.ts';
import { templateRows, templateSection } from './plan-templates.ts';
import { countsLine, countsOf } from './summary.ts';

/** What a plan comment tells. */
export interface PlanStory {
  readonly environment: string;
  readonly plan: Plan;
  /** What `deploy` is given to apply this plan and no other. */
  readonly fingerprint?: string;
  /** What the ARM templates would change; undefined where nobody was asked. */
  readonly templates?: readonly TemplatePreview[];
  /** Sentences of ours about this plan, as Markdown. */
  readonly notes?: readonly string[];
  /** A sentence of ours about where the rest is, as Markdown, for where not everything is shown. */
  readonly rest?: string;
}

/** A comment, and whether it had room for everything. */
export interface PlanComment {
  readonly body: string;
  readonly complete: boolean;
}

/** GitHub refuses more characters in a comment; bytes are counted here, which are never fewer. */
export const longestComment = 65_536;
/** A step summary may have 1 MiB; the rest of it needs room as well. */
export const longestSummary = 900_000;

const titles: Readonly<Record<Group, string>> = {
  loss: 'Deletions and replacements',
  security: 'Changes in network, access, roles and keys',
  rest: 'Other changes',
};

/** How many of the resources that hold data are named above all else. */
const mostNamed = 8;

/** How much of a plan is shown: bytes of all of it, rows of the templates, and of each change. */
interface Measure extends Depth {
  readonly limit: number;
  readonly rows: number;
}

const ofComment: Measure = { limit: longestComment, rows: 60, attributes: 80, value: 240 };
const ofSummary: Measure = { ...ofComment, limit: longestSummary, rows: 2_000, attributes: 20_000 };
const ofFile: Measure = { limit: Infinity, rows: Infinity, attributes: Infinity, value: 4_000 };

/** Room for headings, notes about what is left out, and the widest fence. */
const reserve = 4_000;

/** The plan as one comment that always fits: what is lost first, what is left out counted. */
export function planComment(story: PlanStory): PlanComment {
  return render(story, `${marker('plan', story.environment)}\n`, ofComment);
}

/** The plan for the step summary, with room for what the comment had to leave out. */
export function planSummary(story: PlanStory): PlanComment {
  return render(story, '', ofSummary);
}

/** The whole plan, however long, for a file: only values are cut, where they have more than 4,000 characters. */
export function wholePlan(story: PlanStory): string {
  return render(story, '', ofFile).body;
}

interface Entry {
  readonly group: Group;
  readonly line: string;
}

function render(story: PlanStory, first: string, measure: Measure): PlanComment {
  const [head, foot] = [first + headOf(story), footOf(story)];
  const room = { left: measure.limit - bytesOf(head) - bytesOf(foot) - reserve };
  const changes = inOrder(story.plan.changes);
  const entries = changes.map((change) => ({ group: groupOf(change), line: changeLine(change) }));
  const shown = new Set(whatFits(entries, ({ line }) => line, room));
  const rows = templateRows(story.templates ?? [], measure.rows);
  const shownRows = whatFits(rows, (row) => row.join('  |  '), room);
  const outputs = story.plan.outputs.filter(({ action }) => action !== 'no-op');
  const details = [
    ...changes.map((change) => changeDetail(change, measure)),
    ...outputs.map((output) => outputDetail(output, measure)),
  ].filter((lines) => lines.length > 0);
  const shownDetails = whatFits(details, (lines) => lines.join('\n'), room);
  const sections = groups.map((group) => section(group, entries, shown));
  const left = details.length - shownDetails.length;
  const templates = templateSection(story.templates, shownRows);
  const isWhole =
    shown.size === entries.length &&
    shownRows.length === templateRows(story.templates ?? [], Infinity).length &&
    left === 0 &&
    [...changes.filter(hasDetail), ...outputs].every(
      ({ attributes }) => attributes.length <= measure.attributes,
    );
  const rest = isWhole || story.rest === undefined ? '' : `> [!NOTE]\n> ${story.rest}\n`;
  const parts = [head, rest, ...sections, templates, detailsOf(shownDetails, left), foot];
  return { body: parts.filter(Boolean).join('\n'), complete: isWhole };
}

function headOf({ environment, plan, notes = [] }: PlanStory): string {
  const counts = countsOf(plan);
  const lost = counts.deletes + counts.replaces;
  const outputs = plan.outputs.filter(({ action }) => action !== 'no-op').length;
  const line = countsLine(counts);
  const paragraphs = [
    `## Plan for ${code(environment)}`,
    `**${line[0]?.toUpperCase()}${line.slice(1)}**${outputs > 0 ? `, ${count(outputs, 'output')} to change` : ''}.`,
    ...(plan.errored || plan.isPart
      ? [`> [!WARNING]\n> ${plan.errored ? brokenOff : onlyPart}: this is not all.`]
      : []),
    ...(lost > 0
      ? [
          `> [!CAUTION]\n> ${count(lost, 'resource')} would be deleted or replaced.${dataLost(plan)}`,
        ]
      : []),
    ...notes,
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

const brokenOff = 'Terraform broke off while planning';
const onlyPart = 'Terraform planned a part only, and put other changes off';

/** Says of a plan which of what it deletes holds data, where any does. */
function dataLost(plan: Plan): string {
  const losses = lossesOf(plan);
  if (losses.length === 0) return '';
  const named = losses.slice(0, mostNamed).map(({ address }) => code(address, 100));
  const more = losses.length > mostNamed ? ` and ${losses.length - mostNamed} more` : '';
  return `\n> **Data would be lost** in ${named.join(', ')}${more}: \`deploy\` does that only with the fingerprint of this plan.`;
}

const fingerprintLine = 'Fingerprint of this plan, for the input `plan-fingerprint` of deploy:';

/** The fingerprint in a block of its own: GitHub gives that a button to copy it whole. */
function footOf({ fingerprint }: PlanStory): string {
  if (fingerprint === undefined) return '';
  const block = fence([visible(fingerprint, 200)], 'text');
  return `${fingerprintLine}\n\n${block}\n`;
}

/**
 * The fingerprint that a plan comment ends with; undefined where it ends with none, as that of a
 * failed plan. Nothing before the end counts: names and values of others stand there.
 */
export function fingerprintIn(body: string): string | undefined {
  const text = body.replaceAll('\r\n', '\n').trimEnd();
  const end = /\n```text\n([0-9a-f]{64}(?:-[0-9a-f]{64})?)\n```$/.exec(text);
  const before = end === null ? '' : text.slice(0, end.index);
  return before.endsWith(`\n${fingerprintLine}\n`) ? end?.[1] : undefined;
}

/** Takes from the front what fits, and goes on past what does not. */
function whatFits<T>(all: readonly T[], text: (one: T) => string, room: { left: number }): T[] {
  return all.filter((one) => {
    const size = bytesOf(text(one)) + 1;
    if (size > room.left) return false;
    room.left -= size;
    return true;
  });
}

function section(group: Group, entries: readonly Entry[], shown: ReadonlySet<Entry>): string {
  const own = entries.filter((entry) => entry.group === group);
  if (own.length === 0) return '';
  const lines = own.filter((entry) => shown.has(entry)).map(({ line }) => line);
  const left = own.length - lines.length;
  if (left > 0) lines.push(`- … and **${left} more**, which found no room here.`);
  return `### ${titles[group]} (${own.length})\n\n${lines.join('\n')}\n`;
}

function detailsOf(hunks: readonly (readonly string[])[], left: number): string {
  const missing = `The details of ${count(left, 'change')} found no room here.\n`;
  if (hunks.length === 0) return left > 0 ? missing : '';
  const block = fence(
    hunks.flatMap((lines, at) => (at === 0 ? lines : ['', ...lines])),
    'diff',
  );
  const folded = `<details><summary>What changes in each</summary>\n\n${block}\n\n</details>\n`;
  return left > 0 ? `${folded}\n${missing}` : folded;
}
