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
    return `| \`${one.name}\` | ${one.type} | ${initialOf(one)} | ${all} | ${[...texts].join(' Or: ')} |`;
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

function initialOf({ default: initial }: Offer): string {
  if (initial === undefined) return '**required**';
  return initial === '' ? '' : `\`${initial}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
