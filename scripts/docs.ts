import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { operations } from '../local-azure/operations/index.ts';
import { supportMatrix } from '../local-azure/support-matrix.ts';
import type { Field } from '../src/inputs/fields.ts';
import { inputName } from '../src/inputs/parse.ts';
import { schema } from '../src/inputs/schema.ts';
import { actionOutputs } from '../src/outputs.ts';
import { egressSections, egressTable } from './egress-page.ts';
import { workflowFile, workflows } from './workflows/index.ts';
import * as workflowPage from './workflows/page.ts';

/**
 * Writes what follows from the sources: `action.yml`, its twin for the reusable workflows, the
 * tables of the README and of docs/workflows.md, the reusable workflows, the rows of docs/egress.md,
 * and what Local Azure knows. With `--check` it
 * writes nothing and fails where something is out of date.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const checkOnly = process.argv.includes('--check');
const fields = Object.entries<Field<unknown>>(schema);

function actionFile(main: string): string {
  const inputs = fields.flatMap(([key, field]) => [
    `  ${inputName(key)}:`,
    `    description: ${JSON.stringify(`${field.description} (${field.rule})`)}`,
    ...(field.default === undefined
      ? ['    required: true']
      : ['    required: false', `    default: ${JSON.stringify(field.default)}`]),
  ]);
  const outputs = Object.entries(actionOutputs).flatMap(([name, description]) => [
    `  ${name}:`,
    `    description: ${JSON.stringify(description)}`,
  ]);
  return [
    '# Generated from src/inputs/schema.ts and src/outputs.ts by `npm run docs`.',
    'name: InnerEye in a closed network',
    'description: Deploy, prove, use, watch and take down InnerEye on Azure Machine Learning without a public endpoint',
    'author: The innereye-closed-network contributors',
    'branding: { icon: lock, color: blue }',
    'inputs:',
    ...inputs,
    'outputs:',
    ...outputs,
    'runs:',
    '  using: node24',
    `  main: ${main}`,
    `  post: ${main.replace('index.js', 'post.js')}`,
    '  post-if: always()',
    '',
  ].join('\n');
}

function inputTable(): string {
  const rows = fields.map(([key, { description, rule, default: initial }]) => {
    return `| \`${inputName(key)}\` | ${description} | ${cell(rule)} | ${workflowPage.initialCell(initial)} |`;
  });
  return ['| input | what it is | rule | default |', '|---|---|---|---|', ...rows].join('\n');
}

function outputTable(): string {
  const rows = Object.entries(actionOutputs).map(([name, text]) => `| \`${name}\` | ${text} |`);
  return ['| output | what it is |', '|---|---|', ...rows].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Replaces what stands between `<!-- name:begin -->` and `<!-- name:end -->`. */
function between(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`there is no ${begin} … ${end} to write between`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

function workflowsPageWith(text: string): string {
  const outputs = between(text, 'workflow-outputs', workflowPage.outputTable());
  const inputs = between(outputs, 'workflow-inputs', workflowPage.inputTable());
  return between(inputs, 'workflows', workflowPage.workflowTable());
}

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const egressPage = readFileSync(join(root, 'docs/egress.md'), 'utf8');
const workflowsPage = readFileSync(join(root, 'docs/workflows.md'), 'utf8');
const allowList = readFileSync(join(root, 'terraform/egress.json'), 'utf8');
const wanted = new Map([
  ...workflows.map((one) => [`.github/workflows/${one.name}.yml`, workflowFile(one)] as const),
  ['docs/workflows.md', workflowsPageWith(workflowsPage)],
  ['action.yml', actionFile('dist/index.js')],
  ['.github/actions/innereye/action.yml', actionFile('../../../dist/index.js')],
  [
    'local-azure/support-matrix.md',
    `# What Local Azure simulates\n\nGenerated from the operations by \`npm run docs\`. A request to anything else is answered with 501.\n\n${supportMatrix(operations)}`,
  ],
  ['README.md', between(between(readme, 'inputs', inputTable()), 'outputs', outputTable())],
  [
    'docs/egress.md',
    between(
      between(egressPage, 'table', egressTable(allowList)),
      'rows',
      egressSections(allowList),
    ),
  ],
]);
const stale = [...wanted].filter(([path, text]) => current(path) !== text);
if (checkOnly && stale.length > 0) {
  console.error(`Out of date: ${stale.map(([path]) => path).join(', ')}. Run npm run docs.`);
  process.exitCode = 1;
}
if (!checkOnly) for (const [path, text] of stale) writeFileSync(join(root, path), text);

function current(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}
