import type { Evidence } from '../network/evidence.ts';
import { exceptionsIn, verdictOf } from '../network/evidence.ts';
import { promiseOf } from '../network/promises.ts';
import type { Proof } from '../network/proof.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { count, plain, table } from './markdown.ts';
import { networkPicture } from './network-picture.ts';
import type { Provenance } from './provenance.ts';
import { provenanceTable } from './provenance.ts';

/** More rows than this are in the JSON file alone: a step summary holds 1 MiB. */
const mostRows = 400;

/** The proof for a person: what is open first, the picture, what is closed, and what it does not say. */
export function networkReport(
  proof: Proof,
  outputs: Outputs,
  environment: string,
  provenance: Provenance,
): string {
  const { evidence } = proof;
  return [
    `## The network of ${environment}: ${verdictOf(evidence)}`,
    exceptions(evidence),
    `${totals(evidence)}.`,
    provenanceTable(provenance),
    broken('Not as promised', evidence, 'hole'),
    broken('Not proven', evidence, 'unproven'),
    '### As deployed',
    'Drawn from what Azure Resource Manager says. Red is a hole, orange an exception.',
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

/** What the verdict excepts. */
function exceptions(evidence: readonly Evidence[]): string {
  const found = exceptionsIn(evidence);
  const one = ({ check, subject, seen }: Evidence): string =>
    `- ${plain(check)}, ${plain(subject)}: ${plain(seen)}`;
  return found.length === 0 ? '' : `Not part of the verdict:\n\n${found.map(one).join('\n')}`;
}

/** How many pieces of evidence there are of each result. */
export function totals(evidence: readonly Evidence[]): string {
  const parts = words
    .map(([result, one, many]) => ({
      number: evidence.filter((row) => row.result === result).length,
      ...{ one, many },
    }))
    .filter(({ number }) => number > 0)
    .map(({ number, one, many }) => count(number, one, many));
  const checks = new Set(evidence.map(({ check }) => check)).size;
  return `${count(evidence.length, 'piece')} of evidence from ${count(checks, 'check')}: ${parts.join(', ')}`;
}

function broken(title: string, evidence: readonly Evidence[], result: 'hole' | 'unproven'): string {
  const found = evidence.filter((one) => one.result === result);
  if (found.length === 0) return '';
  const rows = found.slice(0, mostRows).map(cells);
  const more = found.length > mostRows ? '\n\nFurther rows are in the JSON file.' : '';
  return `### ${title}\n\n${table(['check', 'subject', 'seen from', 'evidence'], rows)}${more}`;
}

function cells({ check, subject, from, seen }: Evidence): readonly string[] {
  return [check, shortened(subject), from, seen];
}

/** A long subject loses the middle of generated ids, and at last its own; the JSON file has it whole. */
function shortened(subject: string): string {
  if (subject.length <= 60) return subject;
  const less = subject.replaceAll(
    /([0-9a-f]{4})[0-9a-f]{4}(?:-[0-9a-f]{4}){3}-[0-9a-f]{8}([0-9a-f]{4})/gi,
    '$1…$2',
  );
  const signs = Array.from(less);
  return signs.length <= 100 ? less : `${signs.slice(0, 60).join('')}…${signs.slice(-30).join('')}`;
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
  const rows = found.slice(0, mostRows).map(cells);
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
  const rows = found.map(cells);
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
    ...others.flatMap(holdersOf),
    `<details><summary>The allow-list, ${count(rows.length, 'row')}: how far each reaches</summary>`,
    table(
      ['row', 'opens', 'reaches, and what narrows it'],
      rows.map(({ name, open, narrowed }) => [name.replace('Allow-list: ', ''), open, narrowed]),
    ),
    '</details>',
  ].join('\n\n');
}

/** Who holds a right that opens it. */
function holdersOf({ name, holders = [] }: Proof['residual'][number]): readonly string[] {
  if (holders.length === 0) return [];
  const more = holders.length > mostRows ? 'Further rows are in the JSON file.' : '';
  return [
    `${plain(name)}: who can open it`,
    table(['principal', 'role', 'on'], holders.slice(0, mostRows)),
    ...(more === '' ? [] : [more]),
  ];
}
