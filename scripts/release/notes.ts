/**
 * What CHANGELOG.md says of a version: the text below its heading (`## 1.2.3` or `## 1.2.3 - 2026-11-23`)
 * as far as the next one. Undefined where there is no such heading, or nothing below it.
 */
export function notesOf(changelog: string, version: string): string | undefined {
  const sections = changelog.replaceAll('\r\n', '\n').split(/^## /m).slice(1);
  const found = sections.find((section) => {
    const [heading = ''] = section.split('\n', 1);
    return heading === version || heading.startsWith(`${version} - `);
  });
  const text = found?.slice(found.indexOf('\n') + 1).trim();
  return text === undefined || text === '' ? undefined : text;
}
