import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inputName } from '../../src/inputs/parse.ts';
import { schema } from '../../src/inputs/schema.ts';
import { outputNames } from '../../src/terraform/outputs.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** How many parts of the original there were, group by group; W are its known weaknesses. */
const counts = { A: 9, B: 4, C: 11, D: 8, E: 23, F: 6, G: 43, H: 16, W: 11 };

interface Line {
  readonly id: string;
  readonly original: string;
  readonly here: string;
}

const lines: readonly Line[] = [
  ...read('docs/origin.md').matchAll(/^\| ([A-Z]\d+) \| (.*?) \| (.*) \|$/gm),
].map(([, id = '', original = '', here = '']) => ({ id, original, here }));

/** What a name may be, by the word that stands before it. */
const known: Readonly<Record<string, readonly string[]>> = {
  variable: variablesOf('terraform/variables.tf'),
  output: outputNames,
  input: Object.keys(schema).map(inputName),
  command: choices('command'),
  stage: choices('stages'),
  role: keysOf('terraform/roles.tf'),
  key: [
    ...keysOf('terraform/private-endpoints.tf'),
    ...keysOf('terraform/dns.tf'),
    ...keysOf('terraform/identities.tf'),
  ],
};

/** Everything the product is made of: other names must stand in it as they are. */
const sources = ['terraform', 'src', 'arm']
  .flatMap((folder) => filesBelow(folder))
  .map(read)
  .join('\n');

interface Row {
  readonly name: string;
  readonly destinations: readonly string[];
}
const rows = JSON.parse(
  read('terraform/egress.json')
    .replaceAll('${location}', '<region>')
    .replaceAll('${state_account}', '<state account>'),
) as readonly Row[];

describe('docs/origin.md', () => {
  it('has one line for each part of the original, in order', () => {
    const wanted = Object.entries(counts).flatMap(([group, count]) =>
      Array.from({ length: count }, (_, at) => `${group}${at + 1}`),
    );
    expect(lines.map(({ id }) => id)).toEqual(wanted);
  });

  it.each(lines)('answers $id by what exists', ({ original, here }) => {
    expect(original.trim()).not.toBe('');
    expect(here.replaceAll(/[`[\]()]/g, '').length).toBeGreaterThan(12);
    expect({
      names: strangersIn(here),
      links: brokenIn(here),
      lines: unknownIn(here),
      resources: elsewhereIn(here),
    }).toEqual({ names: [], links: [], lines: [], resources: [] });
  });

  it.each(lines.filter(({ id }) => /^[EF]/.test(id)))(
    'says of $id what the allow-list says',
    ({ original, here }) => {
      const destinations = [...original.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
      const open = rows.filter((row) => destinations.some((one) => row.destinations.includes(one)));
      const named = rowsNamedIn(here);
      expect(named.filter((name) => !rows.some((row) => row.name === name))).toEqual([]);
      if (here.startsWith('Row ')) {
        expect(named).toEqual(expect.arrayContaining(open.map(({ name }) => name)));
        expect(open.map(({ name }) => name)).toContain(named[0]);
      } else if (/^(Covered|Replaced) by row /.test(here)) {
        expect(open).toEqual([]);
        expect(named).not.toEqual([]);
      } else {
        expect(here).toMatch(/^(Not opened|The rule here)/);
        expect(open).toEqual([]);
      }
    },
  );

  it('is judged by a check that finds what does not exist', () => {
    expect(strangersIn('Variable `no_such` and output `none`')).toEqual([
      'variable no_such',
      'output none',
    ]);
    expect(strangersIn('`azurerm_subnet.nobody` and `no_such_argument`')).toEqual([
      'azurerm_subnet.nobody',
      'no_such_argument',
    ]);
    expect(strangersIn('variables `address_space` and `no_such`')).toEqual(['variable no_such']);
    expect(brokenIn('[a](../terraform/gone.tf), [b](setup.md)')).toEqual(['../terraform/gone.tf']);
    expect(elsewhereIn('[`azurerm_firewall.this`](../terraform/dns.tf)')).toHaveLength(1);
    expect(unknownIn('as in A9, A10 and (G43)')).toEqual(['A10']);
  });
});

/** Links to files that are not there. */
function brokenIn(text: string): string[] {
  return [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !existsSync(join(root, 'docs', link)));
}

/** Resources that the file they link to does not declare. */
function elsewhereIn(text: string): string[] {
  return [...text.matchAll(/\[`(azurerm_\w+)\.(\w+)`\]\(([^)]+)\)/g)]
    .filter(([, type, label, link = '']) => {
      const path = join('docs', link);
      return !existsSync(join(root, path)) || !read(path).includes(`resource "${type}" "${label}"`);
    })
    .map(([link]) => link);
}

/** References to lines that this page does not have. */
function unknownIn(text: string): string[] {
  const ids = lines.map(({ id }) => id);
  return (text.match(/(?<![\w#/.-])[A-HW]\d+(?![\w.-])/g) ?? []).filter((id) => !ids.includes(id));
}

/** Names in backticks that nothing in the product has. */
function strangersIn(text: string): string[] {
  const typed = /\b(variable|output|input|command|stage|role|key)s? ((?:`[^`]+`(?:, | and )?)+)/gi;
  const found: string[] = [];
  const rest = text.replaceAll(typed, (_, word: string, list: string) => {
    const kind = word.toLowerCase();
    const names = namesIn(list).filter((name) => !known[kind]?.includes(name));
    found.push(...names.map((name) => `${kind} ${name}`));
    return '';
  });
  return [...found, ...namesIn(rest).filter((name) => !existsInSources(name))];
}

function existsInSources(name: string): boolean {
  const [, type, label] = /^(azurerm_\w+)\.(\w+)$/.exec(name) ?? [];
  return sources.includes(type === undefined ? name : `resource "${type}" "${label}"`);
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

/** Rows of the allow-list that a text links to. */
function rowsNamedIn(text: string): string[] {
  return [...text.matchAll(/\brow \[([^\]]+)\]/gi)].map(([, name = '']) =>
    name.replace('\\<', '<'),
  );
}

function variablesOf(path: string): string[] {
  return [...read(path).matchAll(/^variable "(\w+)"/gm)].map(([, name = '']) => name);
}

function choices(input: 'command' | 'stages'): string[] {
  return schema[input].rule
    .replace(/^one (or more )?of /, '')
    .split(/[, ]+/)
    .filter((word) => word !== '');
}

/** Names on the left of an equals sign. */
function keysOf(path: string): string[] {
  return [...read(path).matchAll(/^\s+([\w-]+)\s+=/gm)].map(([, name = '']) => name);
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(tf|ts|json|sh|hcl)$/.test(path) && !path.includes('.terraform'))
    .map((path) => join(folder, path));
}
