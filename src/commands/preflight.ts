import { readTemplate } from '../compute/template.ts';
import { Problem } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import { login } from '../login/index.ts';
import { namesOf } from '../names.ts';
import { choicesOf } from '../preflight/choices.ts';
import type { Choices } from '../preflight/choices.ts';
import { failedLoginRow, loginRow, runChecks } from '../preflight/index.ts';
import type { Checked } from '../preflight/index.ts';
import { table } from '../report/markdown.ts';
import { readyTerraform } from '../terraform/index.ts';
import { effectiveVariables } from '../terraform/variables.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Command } from './command.ts';

/** Looks whether a deploy can succeed, before anything is created; fails with every cause and its fix. */
export const preflight: Command = async (settings, tools) => {
  const choices = await readChoices(settings, tools);
  const session = await login(settings, tools).catch(async (error: unknown) => {
    if (error instanceof Problem)
      await tools.runner.summary(summaryOf(settings, [failedLoginRow(error)]));
    throw error;
  });
  try {
    const found = [loginRow(session), ...(await runChecks(session, settings, choices, tools))];
    for (const { name, finding } of found) {
      tools.log.info(`${finding.ok ? 'ok     ' : 'FAILED '} ${name}: ${textOf({ name, finding })}`);
    }
    const summary = summaryOf(settings, found);
    const problem = problemOf(found);
    if (problem) {
      await tools.runner.summary(summary); // a command that throws leaves no report
      throw problem;
    }
    return { outputs: {}, summary };
  } finally {
    await session.close();
  }
};

/** What the user chose, by the variables as Terraform itself reads them. */
async function readChoices(settings: Settings, tools: Toolbox): Promise<Choices> {
  const ready = await readyTerraform(settings, tools);
  const values = await effectiveVariables(ready, settings, tools);
  const template = await readTemplate(tools.files);
  const { environment, subscriptionId } = settings;
  return choicesOf(values, template, settings, namesOf(environment, subscriptionId));
}

/** One Problem that names every failed check, or undefined. */
function problemOf(found: readonly Checked[]): Problem | undefined {
  const failed = found.flatMap(({ name, finding }) => (finding.ok ? [] : [{ name, ...finding }]));
  if (failed.length === 0) return undefined;
  const count = failed.length === 1 ? 'One check' : `${failed.length} checks`;
  const causes = failed.map(({ name, cause }) => `  ${name}: ${cause}`);
  const fixes = failed.map(({ name, fix }) => `  ${name}: ${fix}`);
  return new Problem(
    `${count} of the preflight failed; nothing was created.\n${causes.join('\n')}`,
    `for each of them:\n${fixes.join('\n')}`,
    { anchor: 'preflight' },
  );
}

function textOf({ finding }: Checked): string {
  return finding.ok ? finding.note : finding.cause;
}

function summaryOf({ environment }: Settings, found: readonly Checked[]): string {
  const rows = found.map(({ name, finding }) => [
    name,
    finding.ok ? 'ok' : 'FAILED',
    textOf({ name, finding }),
    finding.ok ? '' : finding.fix,
  ]);
  const head = ['check', 'result', 'found', 'what to do'];
  return `## Preflight of ${environment}\n\n${table(head, rows)}\n`;
}
