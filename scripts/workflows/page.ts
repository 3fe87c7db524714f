import type { Offer } from './offers.ts';
import { workflows } from './index.ts';

/** What each workflow does, and what a caller must grant. */
export function workflowTable(): string {
  const rows = workflows.map(({ name, does, rights }) => {
    const granted = rights.map((right) => `\`${right.split(' #')[0] ?? ''}\``).join(', ');
    return `| [${name}](../.github/workflows/${name}.yml) | ${does} | ${granted} |`;
  });
  return ['| workflow | what it does | grant it |', '|---|---|---|', ...rows].join('\n');
}

/** Every input once, with the workflows that take it. */
export function inputTable(): string {
  const offers = new Map<
    string,
    { readonly one: Offer; readonly takers: string[]; readonly texts: Set<string> }
  >();
  for (const { name, offers: own } of workflows) {
    for (const one of own) {
      const entry = offers.get(one.name) ?? { one, takers: [], texts: new Set() };
      entry.takers.push(name);
      entry.texts.add(one.own ? `as [the action's](../README.md#inputs)` : cell(one.description));
      offers.set(one.name, entry);
    }
  }
  const rows = [...offers.values()].map(({ one, takers, texts }) => {
    const all = takers.length === workflows.length ? 'all' : takers.join(', ');
    return `| \`${one.name}\` | ${one.type} | ${initialCell(one.default)} | ${all} | ${[...texts].join(' Or: ')} |`;
  });
  return [
    '| input | type | default | taken by | what it is |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** What each workflow gives its caller. */
export function outputTable(): string {
  const rows = workflows.flatMap(({ name, outputs }) =>
    outputs.map(([output, description]) => `| ${name} | \`${output}\` | ${description} |`),
  );
  return ['| workflow | output | what it is |', '|---|---|---|', ...rows].join('\n');
}

/**
 * How a table shows a default. What is long and has no place to break would push the columns behind
 * it out of sight: an address is a link under its last part, a commit is cut.
 */
export function initialCell(initial: string | number | boolean | undefined): string {
  if (initial === undefined) return '**required**';
  if (initial === '') return '';
  const text = String(initial);
  if (text.startsWith('https://')) return `[${text.split('/').at(-1)}](${text})`;
  return /^[0-9a-f]{40}$/.test(text) ? `\`${text.slice(0, 8)}…\`` : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
