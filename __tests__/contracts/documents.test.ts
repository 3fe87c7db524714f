import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const filesOf = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path));

describe('docs/troubleshooting.md', () => {
  it('has a heading for every place that an error points to', () => {
    const headings = [...read('docs/troubleshooting.md').matchAll(/^#+ (.+)$/gm)].map((match) =>
      slug(match[1] ?? ''),
    );
    const anchors = filesOf('src', '.ts').flatMap((path) =>
      [...read(path).matchAll(/anchor: '([^']+)'/g)].map((match) => match[1]),
    );
    expect(anchors.length).toBeGreaterThan(5);
    expect([...new Set(anchors)].filter((anchor) => !headings.includes(anchor ?? ''))).toEqual([]);
  });
});

describe('the pages', () => {
  const pages = [
    ...readdirSync(root).filter((name) => name.endsWith('.md')),
    ...['docs', 'terraform', 'arm', 'local-azure', 'examples'].flatMap((folder) =>
      filesOf(folder, '.md'),
    ),
  ];

  it.each(pages)('%s links only to what exists', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)/g)].map(
      (match) => match[1] ?? '',
    );
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });
});

describe('README.md', () => {
  it('names only scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read('README.md').matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(
      (match) => match[1] ?? '',
    );
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

/** GitHub's anchor of a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .trim()
    .replaceAll(' ', '-');
}
