/**
 * Text of others (names, values, messages of Azure) in Markdown. It always goes into a code span or
 * a fence: there GitHub makes no links, mentions, references or HTML of it.
 */

/** The hidden first line by which a comment or issue of ours is found again. */
export function marker(kind: string, environment: string): string {
  return `<!-- innereye-closed-network:${kind}:${environment} -->`;
}

const terminalCodes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?)/g;
/** Control, direction, formatting and invisible characters: they could end a line, turn it round, or hide in it. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Variation_Selector}]|(?! )\p{Zs}/gu;

/**
 * One line of text without anything that acts: colours are taken out, other unseen characters are
 * spelt as escapes, comments cannot begin, and what is longer than `longest` characters is cut.
 */
export function visible(text: string, longest: number): string {
  // Cut once before the work, so that a megabyte of noise costs no more than a line, and once after it.
  const spelt = text
    .slice(0, longest * 4)
    .replaceAll(terminalCodes, '')
    .toWellFormed()
    .replaceAll(unseen, escapeOf)
    .replaceAll('<!--', '<! --');
  const isCut = spelt.length > longest || text.length > longest * 4;
  return isCut ? `${withoutHalf(spelt.slice(0, longest - 1))}…` : spelt;
}

function escapeOf(sign: string): string {
  if (sign === '\n') return '\\n';
  if (sign === '\t') return '\\t';
  const code = (sign.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}

/** A cut may not leave the first half of a character behind. */
function withoutHalf(text: string): string {
  return text.isWellFormed() ? text : text.slice(0, -1);
}

/** A text as a code span. */
export function code(text: string, longest = 200): string {
  const shown = visible(text, longest);
  if (shown.trim() === '') return '`(empty)`';
  const ticks = '`'.repeat(longestRun(shown) + 1);
  const pad = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
  return ticks + pad + shown + pad + ticks;
}

/** Lines as a fenced block; no line in them can end it. The lines must have been made `visible`. */
export function fence(lines: readonly string[], language = ''): string {
  const text = lines.join('\n');
  const ticks = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${ticks}${language}\n${text}\n${ticks}`;
}

function longestRun(text: string): number {
  let longest = 0; // no spread: a text of a megabyte may have more runs than a call takes arguments
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return longest;
}

/** A table of cells that are Markdown already, such as code spans. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** A table of plain text: whatever a cell holds, no line, cell, tag, link or mention can begin in it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const plainly = (cells: readonly string[]): string[] => cells.map((cell) => plain(cell));
  return markdownTable(plainly(head), rows.map(plainly));
}

/** A text of others as plain text on one line: no tag, link, mention or emphasis begins in it. */
export function plain(text: string, longest = 400): string {
  return text
    .slice(0, longest)
    .replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign)
    .replace(/[\\`*_{}[\]()#+!|~]/g, '\\$&')
    .replace(/@/g, '&#64;')
    .replace(/:\/\//g, '&#58;//') // GitHub makes a link of a bare address
    .replace(/www\./gi, (start) => `${start.slice(0, 3)}&#46;`)
    .trim();
}

/** A text as a code span for a table's cell, where a bar would begin the next cell even inside it. */
export function cellCode(text: string, longest = 200): string {
  return code(text, longest).replaceAll('|', '\\u007c');
}

/** Bytes in UTF-8; never fewer than the characters that GitHub counts. */
export function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/** `1 change`, `2 changes` */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
