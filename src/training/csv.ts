/** Rows that are read of one file; a training has thousands of epochs at most. */
const MOST_ROWS = 20_000;

/**
 * The rows of a CSV text (RFC 4180) by the names in its first line. Rows of another length than that
 * are left out, such as one that is just being written.
 */
export function readCsv(text: string): readonly ReadonlyMap<string, string>[] {
  const [head = [], ...rows] = cellsOf(text.replace(/^\ufeff/, ''));
  return rows
    .filter((row) => row.length === head.length)
    .slice(0, MOST_ROWS)
    .map((row) => new Map(head.map((name, index) => [name.trim(), row[index] ?? ''])));
}

/** A cell: in quotes, with quotes inside doubled, or as it stands; and what ends it. */
const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;

function cellsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  cell.lastIndex = 0;
  let isOpen = false; // after a comma another cell follows, be it empty
  while (cell.lastIndex < text.length || isOpen) {
    const found = cell.exec(text);
    if (found === null) break; // no CSV any more: what came before it counts
    const [, inQuotes, plain = '', end] = found;
    row.push(inQuotes === undefined ? plain : inQuotes.replaceAll('""', '"'));
    isOpen = end === ',';
    if (isOpen) continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return rows;
}
