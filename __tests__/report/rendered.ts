/**
 * What a Markdown reader takes as text and markup once fenced blocks and code spans are gone
 * (CommonMark 0.31, sections 4.5 and 6.1), written from the standard and apart from what it judges.
 * Throws where a fence is left open.
 */
export function outsideCode(markdown: string): string {
  const kept: string[] = [];
  let open: { readonly sign: string; readonly length: number } | undefined;
  for (const line of markdown.split('\n')) {
    const found = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    const [, run = '', info = ''] = found ?? [];
    if (open) {
      const ends = run[0] === open.sign && run.length >= open.length && info.trim() === '';
      if (ends) open = undefined;
    } else if (found && !(run[0] === '`' && info.includes('`'))) {
      open = { sign: run[0] ?? '', length: run.length };
    } else {
      kept.push(withoutSpans(line));
    }
  }
  if (open) throw new Error('a fence is left open');
  return kept.join('\n');
}

/** Takes code spans out of one line; ours never go over a line's end, so a span that would is left as text. */
function withoutSpans(line: string): string {
  let text = '';
  let rest = line;
  for (;;) {
    const start = /`+/.exec(rest);
    if (!start) return text + rest;
    const [run] = start;
    const after = rest.slice(start.index + run.length);
    const end = [...after.matchAll(/`+/g)].find(([other]) => other.length === run.length);
    text += rest.slice(0, start.index);
    if (end) {
      rest = after.slice(end.index + run.length);
    } else {
      text += run;
      rest = after;
    }
  }
}

/** What must never be outside of code: anything that acts on a reader or on GitHub. */
export const acting = /[@<>[\]!#`\\&]|https?:|www\.|[^\x20-\x7e\n…→]/i;

/** The markup that is ours, taken out, so that what remains is plain words. */
export function withoutOurs(text: string): string {
  return text
    .replace(/^<!-- innereye-closed-network:(plan|drift):demo -->\n/, '')
    .replaceAll(/^> \[!(CAUTION|WARNING)\]$/gm, '')
    .replaceAll(/^> /gm, '')
    .replaceAll(/^#{2,3} /gm, '')
    .replaceAll('<details><summary>What changes in each</summary>', '')
    .replaceAll('</details>', '');
}
