import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inputName } from '../../src/inputs/parse.ts';
import { schema } from '../../src/inputs/schema.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const filesOf = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path));

describe('docs/troubleshooting.md', () => {
  it('has a heading for every place that an error points to', () => {
    const headings = headingsOf('docs/troubleshooting.md');
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

  it.each(pages)('%s points only to headings that exist', (page) => {
    const anchors = [...read(page).matchAll(/\]\((?!https?:)([^)#]*\.md)?#([^)]+)\)/g)];
    const lost = anchors.filter(([, file, anchor]) => {
      const path = file === undefined ? page : join(dirname(page), file);
      return existsSync(join(root, path)) && !headingsOf(path).includes(anchor ?? '');
    });
    expect(lost.map(([link]) => link)).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  it('names only files that exist', () => {
    const files = ['src', 'scripts', 'images'].flatMap((folder) => [
      ...filesOf(folder, '.ts'),
      ...filesOf(folder, '.sh'),
    ]);
    const named = read('docs/architecture.md').match(/[\w/*-]+\.(ts|sh)\b/g) ?? [];
    const exists = (name: string): boolean => {
      const pattern = new RegExp(`/${name.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
      return files.some((file) => pattern.test(`/${file}`));
    };
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !exists(name))).toEqual([]);
  });
});

describe('docs/egress.md', () => {
  const page = read('docs/egress.md');
  const list = read('terraform/egress.json');
  const names = (JSON.parse(list) as { name: string }[]).map(({ name }) =>
    name.replace('${location}', '<region>').replace('${state_account}', '<state account>'),
  );

  it('has a section for each row of the allow-list', () => {
    expect(headingsOf('docs/egress.md')).toEqual(expect.arrayContaining(names.map(slug)));
  });

  it('says of each row, once, what is not closed by it', () => {
    const residual = page.slice(
      page.indexOf('\n## What is not closed'),
      page.indexOf('\n### What never meets the firewall'),
    );
    const placed = [...residual.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    expect(placed.sort()).toEqual(names.map(slug).sort());
  });

  it('names only checks that the proof has', () => {
    const sources = filesOf('src/network', '.ts').map(read).join('\n');
    const table = page.slice(page.indexOf('\n## How the proof tries the rows'));
    const cells = [...table.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, cell = '']) => cell);
    const checks = cells.flatMap((cell) => cell.split(', ').map((one) => one.slice(1, -1)));
    expect(checks.length).toBeGreaterThan(8);
    const inSource = (check: string): boolean =>
      sources.includes(`'${check}'`) ||
      sources.includes(`\`${check.replace('<row>', '${row.name}')}\``);
    expect(checks.filter((check) => !inSource(check))).toEqual([]);
  });

  it('names no host that is not on the list', () => {
    const hosts =
      page
        .replaceAll('reachable-', '')
        .match(/\b[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|net|org|io|ms|dev|cloud)\b/g) ?? [];
    expect(hosts.length).toBeGreaterThan(10);
    expect([...new Set(hosts)].filter((host) => !list.includes(host))).toEqual([]);
  });
});

describe('README.md', () => {
  const readme = read('README.md');

  it('lists the commands that there are', () => {
    const listed = [...readme.matchAll(/^\| `(\w+)` \| (?!true)[a-zA-Z]/gm)].map(
      ([, name]) => name,
    );
    const commands = schema.command.rule.replace('one of ', '').split(', ');
    expect(listed.slice(0, commands.length)).toEqual(commands);
  });

  it('shows a step that gives what is required, and nothing that is unknown', () => {
    const step = /uses: OWNER[^`]*?with:\n([^`]*)```/.exec(readme)?.[1] ?? '';
    const given = [...step.matchAll(/^ +([\w-]+): /gm)].map(([, name]) => name);
    const fields = Object.entries(schema).map(([key, field]) => ({ name: inputName(key), field }));
    const required = fields.filter(({ field }) => field.default === undefined);
    expect(given).toEqual(expect.arrayContaining(required.map(({ name }) => name)));
    expect(given.filter((name) => !fields.some((field) => field.name === name))).toEqual([]);
  });

  it('asks for the versions that package.json and terraform/ ask for', () => {
    const terraform = /required_version = ">= ([\d.]+)"/.exec(read('terraform/versions.tf'))?.[1];
    expect(readme).toContain(`Terraform ${terraform} or newer`);
    expect(read('action.yml')).toContain('using: node24');
    expect(read('.node-version').trim()).toMatch(/^24\b/);
  });

  it('names every program that the tests ask for where there is none', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/test.ts')], {
      env: { ...process.env, PATH: '' },
      encoding: 'utf8',
    });
    const asked = /on the PATH: ([^.]+)\./.exec(stderr)?.[1]?.split(', ') ?? [];
    const told = /^On a machine with .*?:$/ms.exec(readme)?.[0].toLowerCase() ?? '';
    expect(status).toBe(1);
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.filter((program) => !told.includes(program))).toEqual([]);
  });

  it('tells the stages of the demo in their order', () => {
    const stages = [...read('local-azure/demo/story.ts').matchAll(/await chapter\('([^']+)'/g)].map(
      ([, stage = '']) => stage,
    );
    const told = readme.slice(
      readme.indexOf("as GitHub's runner would"),
      readme.indexOf('demo: ok'),
    );
    const places = stages.map((stage) =>
      told.replaceAll('\n', ' ').search(new RegExp(`(would: |→ |back: )${stage}\\b`)),
    );
    expect(stages.length).toBeGreaterThan(8);
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((one, other) => one - other));
  });

  it('needs no secret of Azure: neither the workflows nor the examples read one', () => {
    const files = ['.github/workflows', 'examples'].flatMap((folder) => filesOf(folder, '.yml'));
    expect(files.length).toBeGreaterThan(5);
    // A mirror of Python's index may ask for a login; nothing of Azure does.
    const others = (path: string): string => read(path).replaceAll('secrets.PYTHON_INDEX', '');
    expect(files.filter((path) => /secrets[.[]|client-secret/i.test(others(path)))).toEqual([]);
  });

  it('names only scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read('README.md').matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(
      (match) => match[1] ?? '',
    );
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

/** Anchors of a page's headings. */
function headingsOf(path: string): string[] {
  return [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    slug(heading.replaceAll('\\', '')),
  );
}

/** GitHub's anchor of a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .trim()
    .replaceAll(' ', '-');
}
