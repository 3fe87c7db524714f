import { basename, join } from 'node:path';
import { Problem } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import { nearest } from '../inputs/parse.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { TerraformSetting } from './cli.ts';
import { silent, terraform, terraformText } from './cli.ts';
import type { Diagnostic } from './explain.ts';

const ours = 'innereye.auto.tfvars.json';
/** The folder of the user's file: errors of Terraform name it by this path. */
export const given = 'variables-file';

/** Writes the variables of this run into a folder; gives the arguments that make Terraform read the user's file too. */
export async function writeVariables(
  folder: string,
  settings: Settings,
  tools: Pick<Toolbox, 'files'>,
): Promise<readonly string[]> {
  const { environment, location, variablesFile } = settings;
  await tools.files.write(join(folder, ours), JSON.stringify({ environment, location }));
  if (variablesFile === '') return [];
  const text = await tools.files.read(variablesFile);
  if (text === undefined) {
    throw new Problem(
      `variables-file: there is no file ${JSON.stringify(variablesFile)}.`,
      'check the path; it is relative to the workspace of the job, so the repository must be checked out first. Nothing has been touched.',
      { anchor: 'variables-file' },
    );
  }
  const copy = join(given, basename(variablesFile));
  // Terraform takes a byte order mark in a .tfvars and not in a .tfvars.json; some editors write one.
  await tools.files.write(join(folder, copy), text.replace(/^\ufeff/, ''));
  return [`-var-file=${copy}`];
}

/**
 * Checks the variables before anything is touched: a folder that holds nothing but the declarations
 * needs no provider, no state and no login, and still finds wrong syntax, wrong types and every
 * broken validation rule. An undeclared name is only a warning to Terraform; here it is an error.
 */
export async function checkVariables(
  program: string,
  environment: Readonly<Record<string, string>>,
  settings: Settings,
  tools: Pick<Toolbox, 'files' | 'shell' | 'log' | 'cancelled'>,
): Promise<void> {
  const { folder, declarations, files } = await declarationsAlone(settings, tools);
  const setting: TerraformSetting = { program, folder, environment };
  const args = ['plan', '-json', '-input=false', '-lock=false', ...files];
  const what = 'Checking the variables';
  const { warnings } = await terraform(what, args, setting, silent(tools)).catch(
    (error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      const told = error.message.slice(0, error.message.lastIndexOf('\nNext: '));
      throw new Problem(told, 'correct what is named above. Nothing has been touched.', {
        anchor: 'variables-file',
      });
    },
  );
  refuseUndeclared(declarations, warnings);
}

/** The values of variables, by name. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * What the variables are with the user's file and the defaults taken together, as Terraform itself
 * says: the folder of declarations gives each back as an output. A variable that is declared
 * sensitive or ephemeral is never asked for. The variables must have been checked before.
 */
export async function effectiveVariables(
  { program, environment }: Pick<TerraformSetting, 'program' | 'environment'>,
  settings: Settings,
  tools: Pick<Toolbox, 'files' | 'shell' | 'log' | 'cancelled'>,
): Promise<Values> {
  const { folder, declarations, files } = await declarationsAlone(settings, tools);
  const outputs = openlyDeclared(declarations).map(
    (name) => `output "${name}" {\n  value = var.${name}\n}\n`,
  );
  await tools.files.write(join(folder, 'values.tf'), outputs.join(''));
  const setting: TerraformSetting = { program, folder, environment };
  const what = 'Reading the variables';
  // Applied, not planned: the JSON of a plan repeats every variable, secret or not; a state has outputs alone.
  const args = ['apply', '-json', '-input=false', '-auto-approve', ...files];
  await terraform(what, args, setting, silent(tools));
  const text = await terraformText(what, ['output', '-json'], setting, tools);
  const decoded = JSON.parse(text) as Readonly<Record<string, { readonly value: unknown }>>;
  return Object.fromEntries(Object.entries(decoded).map(([name, { value }]) => [name, value]));
}

/** Names of the declared variables that hold no secret. */
function openlyDeclared(declarations: string): readonly string[] {
  const blocks = declarations.matchAll(/^variable "([^"]+)" \{$(.*?)^\}$/gms);
  return [...blocks].flatMap(([, name = '', body = '']) =>
    /^\s*(sensitive|ephemeral)\s*=/m.test(body) ? [] : [name],
  );
}

/** A folder with the declarations and this run's values, and nothing else. */
async function declarationsAlone(
  settings: Settings,
  tools: Pick<Toolbox, 'files'>,
): Promise<{
  readonly folder: string;
  readonly declarations: string;
  /** Arguments that make Terraform read the user's file. */
  readonly files: readonly string[];
}> {
  const declarations = await tools.files.read(tools.files.shipped('terraform/variables.tf'));
  const folder = await tools.files.scratch('variables');
  await tools.files.write(join(folder, 'variables.tf'), declarations ?? '');
  await tools.files.write(join(folder, 'asked.tf'), askedFor(settings));
  const files = await writeVariables(folder, settings, tools);
  return { folder, declarations: declarations ?? '', files };
}

/** What the inputs have decided, the variables file may not decide again: names and checks follow from it. */
function askedFor({ environment, location }: Settings): string {
  const decided = Object.entries({ environment, location }).map(
    ([name, value]) => `
  precondition {
    condition     = var.${name} == ${JSON.stringify(value)}
    error_message = "variables-file: sets ${name} to \\"\${var.${name}}\\", but the input ${name} says \\"${value}\\"; leave it to the input."
  }`,
  );
  return `output "asked" {\n  value = ""${decided.join('')}\n}\n`;
}

/** Terraform names two undeclared variables by name and counts the rest. */
function refuseUndeclared(declarations: string, warnings: readonly Diagnostic[]): void {
  const told = warnings.filter(({ summary }) => /undeclared variable/i.test(summary));
  if (told.length === 0) return;
  const known = [...declarations.matchAll(/^variable "([^"]+)"/gm)].map((match) => match[1] ?? '');
  const names = told.flatMap(
    ({ detail }) => /variable named "([^"]+)"/.exec(detail ?? '')?.[1] ?? [],
  );
  const list = names.map((name) => {
    const near = nearest(name, known);
    return `"${name}"${near ? ` (did you mean ${near}?)` : ''}`;
  });
  throw new Problem(
    `variables-file: sets what the configuration does not know: ${list.join(', ')}${told.length > names.length ? ' and more' : ''}.`,
    'correct or remove it; terraform/variables.tf lists every variable. Nothing has been touched.',
    { anchor: 'variables-file' },
  );
}
