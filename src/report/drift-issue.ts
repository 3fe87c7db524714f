import type { DriftAnswer, DriftItem } from '../terraform/drift.ts';
import { bytesOf, cellCode, code, count, marker, markdownTable } from './markdown.ts';
import { valueText } from './plan-change.ts';
import { longestComment } from './plan-comment.ts';

/** Title and body of an environment's drift issue. */
export interface DriftIssue {
  readonly title: string;
  readonly body: string;
}

const reserve = 1_000;

/**
 * The issue about a drift. It has no date, run or order of its own, so that the same drift gives the
 * same text every night.
 */
export function driftIssue(environment: string, answer: DriftAnswer): DriftIssue {
  const items = answer.drift.toSorted((one, other) => (one.address < other.address ? -1 : 1));
  const head = `${marker('drift', environment)}
The environment ${code(environment)} is not as it was deployed: ${count(items.length, 'resource')} changed outside the workflow.
`;
  const foot = `${pendingText(answer)}${leftText(answer)}
**To keep the configuration's values**, run \`deploy\`: it undoes these changes. **To keep the new values**, write them into the variables or the configuration and deploy.
`;
  const closing = 'This issue closes itself once a drift check finds nothing.\n';
  const rows = items.flatMap(rowsOf);
  let room = longestComment - bytesOf(head + foot + closing) - reserve;
  const shown = rows.filter((row) => (room -= bytesOf(row.join(' | ')) + 6) >= 0);
  const table = markdownTable(['resource', 'attribute', 'deployed', 'found'], shown);
  const left = rows.length - shown.length;
  const more = left > 0 ? `\n… and ${count(left, 'more row')}.\n` : '';
  return { title: driftTitle(environment), body: `${head}\n${table}\n${more}\n${foot}${closing}` };
}

/** The title of an environment's drift issue, always the same. */
export function driftTitle(environment: string): string {
  return `Drift in environment ${environment}`;
}

/** The same answer for the step summary. */
export function driftSummary(environment: string, answer: DriftAnswer): string {
  const headline = `## Drift check of ${code(environment)}: ${answer.state}`;
  const texts: Readonly<Record<DriftAnswer['state'], string>> = {
    clean: 'The environment is as it was deployed, and the configuration has nothing to add.',
    drifted: driftIssue(environment, answer).body.split('\n').slice(1, -2).join('\n'),
    pending: `Nothing changed outside the workflow.\n${pendingText(answer)}${leftText(answer)}`,
    failed: 'The check could not be made, so this says nothing about drift.',
  };
  return `${headline}\n\n${texts[answer.state]}\n`;
}

function rowsOf(item: DriftItem): string[][] {
  const name = cellCode(item.address);
  if (item.what === 'deleted') return [[name, '', 'there', '**deleted**']];
  return item.attributes.map(({ path, before, after }) => [
    name,
    cellCode(path),
    cellCode(valueText(before)),
    cellCode(valueText(after)),
  ]);
}

/** Changes of the code are no drift; they are told beside it. */
function pendingText({ pending, pendingOutputs }: DriftAnswer): string {
  const number = pending.length + pendingOutputs.length;
  if (number === 0) return '';
  const verb = number === 1 ? 'waits' : 'wait';
  return `\nBesides, ${count(number, 'change')} of the configuration ${verb} for a deploy.\n`;
}

/** Resources of a broken-off deploy that are named; the rest is counted. */
const mostLeft = 20;

/** What a deploy left half changed is no drift either: nobody else changed it, and a deploy finishes it. */
function leftText({ left, leftBy }: DriftAnswer): string {
  if (left.length === 0) return '';
  const page = /^https:\/\/[\w.-]+(?::\d+)?\/[\w./-]+$/.test(leftBy)
    ? `[a deploy](${leftBy})`
    : 'a deploy';
  const names = [...new Set(left.map(({ address }) => address))].toSorted();
  const lines = names.slice(0, mostLeft).map((name) => `- ${code(name)}`);
  if (names.length > mostLeft) lines.push(`- … and ${names.length - mostLeft} more`);
  return `
${count(names.length, 'resource')} left half changed by ${page} that has not ended, or failed; the next deploy finishes it:

${lines.join('\n')}
`;
}
