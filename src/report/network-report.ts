import type { Evidence } from '../network/evidence.ts';
import { verdictOf } from '../network/evidence.ts';
import { promiseOf } from '../network/promises.ts';
import type { Proof } from '../network/proof.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { count, plain, table } from './markdown.ts';
import { networkPicture } from './network-picture.ts';

/** More rows than this are in the JSON file alone: a step summary holds 1 MiB. */
const mostRows = 400;

/** The proof for a person: what is open first, the picture, what is closed, and what it does not say. */
export function networkReport(proof: Proof, outputs: Outputs, environment: string): string {
  const { evidence } = proof;
  return [
    `## The network of ${environment}: ${verdictOf(evidence)}`,
    totals(evidence),
    broken('Not as promised', evidence, 'hole'),
    broken('Not proven', evidence, 'unproven'),
    '### As deployed',
    'Drawn from what Azure Resource Manager says. Red is a hole.',
    networkPicture(proof.deployed, outputs, evidence),
    closed(evidence),
    skipped(evidence),
    residual(proof),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const words = [
  ['hole', 'hole', 'holes'],
  ['unproven', 'not proven', 'not proven'],
  ['closed', 'closed', 'closed'],
  ['skipped', 'not looked at', 'not looked at'],
] as const;

function totals(evidence: readonly Evidence[]): string {
  const parts = words
    .map(([result, one, many]) => ({
      number: evidence.filter((row) => row.result === result).length,
      ...{ one, many },
    }))
    .filter(({ number }) => number > 0)
    .map(({ number, one, many }) => count(number, one, many));
  const checks = new Set(evidence.map(({ check }) => check)).size;
  return `${count(evidence.length, 'piece')} of evidence from ${count(checks, 'check')}: ${parts.join(', ')}.`;
}

function broken(title: string, evidence: readonly Evidence[], result: 'hole' | 'unproven'): string {
  const found = evidence.filter((one) => one.result === result);
  if (found.length === 0) return '';
  const rows = found
    .slice(0, mostRows)
    .map(({ check, subject, from, seen }) => [check, subject, from, seen]);
  const more = found.length > mostRows ? '\n\nFurther rows are in the JSON file.' : '';
  return `### ${title}\n\n${table(['check', 'subject', 'seen from', 'evidence'], rows)}${more}`;
}

/** One line for each check that holds, and every row of it below, folded. */
function closed(evidence: readonly Evidence[]): string {
  const found = evidence.filter(({ result }) => result === 'closed');
  if (found.length === 0) return '';
  const checks = [...Map.groupBy(found, ({ check }) => promiseOf(check).family)];
  const lines = checks.map(([family, rows]) => [
    family,
    promiseOf(rows[0]?.check ?? '').promise,
    [...new Set(rows.map(({ from }) => from))].join(', '),
    String(rows.length),
  ]);
  const rows = found
    .slice(0, mostRows)
    .map(({ check, subject, from, seen }) => [check, subject, from, seen]);
  return [
    '### Closed',
    table(['check', 'promise', 'seen from', 'rows'], lines),
    `<details><summary>The evidence: ${count(rows.length, 'row')}</summary>`,
    table(['check', 'subject', 'seen from', 'evidence'], rows),
    '</details>',
  ].join('\n\n');
}

function skipped(evidence: readonly Evidence[]): string {
  const found = evidence.filter(({ result }) => result === 'skipped');
  if (found.length === 0) return '';
  const rows = found.map(({ check, subject, from, seen }) => [check, subject, from, seen]);
  return `### Not looked at\n\n${table(['check', 'subject', 'seen from', 'why'], rows)}`;
}

function residual({ residual: left }: Pick<Proof, 'residual'>): string {
  const [rows, others] = [
    left.filter(({ name }) => name.startsWith('Allow-list: ')),
    left.filter(({ name }) => !name.startsWith('Allow-list: ')),
  ];
  const line = (text: string): string => plain(text, 2000);
  return [
    '### What is not closed',
    'Every promise above can hold and these are still open. Whoever signs should know them.',
    others
      .map(
        ({ name, open, narrowed }) =>
          `- **${line(name)}.** ${line(open)} *What narrows it:* ${line(narrowed)}`,
      )
      .join('\n'),
    `<details><summary>The allow-list, ${count(rows.length, 'row')}: how far each reaches</summary>`,
    table(
      ['row', 'opens', 'reaches, and what narrows it'],
      rows.map(({ name, open, narrowed }) => [name.replace('Allow-list: ', ''), open, narrowed]),
    ),
    '</details>',
  ].join('\n\n');
}
