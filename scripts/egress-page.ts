import type { EgressRow } from '../src/terraform/outputs.ts';

/** A row as `terraform/egress.json` holds it, with placeholders, and with the guard that replaces it. */
interface ListedRow extends EgressRow {
  readonly unless?: string;
}

/** What stands for Terraform's placeholders on the page. */
const placeholders: readonly (readonly [string, string])[] = [
  ['${location}', '<region>'],
  ['${state_account}', '<state account>'],
];

/** The allow-list as a narrow table; takes the text of `terraform/egress.json`. */
export function egressTable(json: string): string {
  const lines = rowsOf(json).map((row) => {
    const unless = row.unless === undefined ? '' : `; not with \`${row.unless}\``;
    return `| [${row.name}](#${anchor(row.name)}) | ${row.ports.join(', ')} | ${row.from.join(', ')} | ${row.kind}${unless} |`;
  });
  return ['| row | port | from | kind |', '|---|---|---|---|', ...lines]
    .join('\n')
    .replaceAll('<', '&lt;');
}

/** One section for each row; takes the text of `terraform/egress.json`. */
export function egressSections(json: string): string {
  return rowsOf(json).map(section).join('\n\n');
}

function section(row: ListedRow): string {
  const to = row.destinations.map((one) => `\`${one}\``).join(' and ');
  const from = row.from.map((one) => `\`${one}\``).join(', ');
  const condition =
    row.unless === undefined
      ? []
      : [
          `- **Condition:** only where the variable \`${row.unless}\` is false; it is true by default.`,
        ];
  return [
    `### ${row.name.replaceAll('<', '\\<')}`,
    '',
    `${to}, ${row.protocols.join(' and ')} ${row.ports.join(', ')}, from ${from}`,
    '',
    ...condition,
    `- **Why:** ${row.reason}`,
    `- **Without it:** ${row.breaks}`,
    `- **Reach:** ${row.reach}`,
    `- **Proof:** ${proofOf(row)}`,
  ].join('\n');
}

/** The checks of `verify` that look at a row; the page's last section says what each does. */
function proofOf({ kind, name, unless }: ListedRow): string {
  const checks = [
    'egress-as-listed',
    ...(kind === 'host' ? [`reachable-${name}`] : []),
    ...(unless === 'storage_guard' ? ['storage-guarded'] : []),
  ];
  return checks.map((one) => `\`${one}\``).join(', ');
}

function rowsOf(json: string): readonly ListedRow[] {
  const text = placeholders.reduce((all, [from, to]) => all.replaceAll(from, to), json);
  return JSON.parse(text) as ListedRow[];
}

/** GitHub's anchor of a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
