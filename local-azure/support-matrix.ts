import type { Operation } from './operation.ts';

/** The operations as a Markdown table, by host and path: what is simulated, and what is left out. */
export function supportMatrix(operations: readonly Operation[]): string {
  const rows = [...operations].sort((a, b) => keyOf(a).localeCompare(keyOf(b), 'en')).map(row);
  return ['| host | operation | role action | left out |', '| --- | --- | --- | --- |', ...rows]
    .join('\n')
    .concat('\n');
}

function keyOf({ host, route }: Operation): string {
  const [method = '', path = ''] = route.split(' ');
  return `${host} ${path} ${method}`;
}

function row({ host, route, needs, simplified }: Operation): string {
  const cells = [code(host), code(route), needs === undefined ? '' : code(needs), simplified ?? ''];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}
