import { Problem } from '../errors.ts';
import { login } from '../login/index.ts';
import { checksFor, runChecks, usualMachines } from '../preflight/index.ts';
import type { Checked } from '../preflight/index.ts';
import { table } from '../report/markdown.ts';
import type { Command } from './command.ts';

/** Looks whether a deploy can succeed, before anything is created; fails with every cause and its fix. */
export const preflight: Command = async (settings, tools) => {
  const session = await login(settings, tools);
  try {
    const checks = checksFor(usualMachines(settings));
    const found = await runChecks(checks, session, settings, tools);
    for (const { name, finding } of found) {
      tools.log.info(`${finding.ok ? 'ok     ' : 'FAILED '} ${name}: ${textOf({ name, finding })}`);
    }
    const summary = `## Preflight of ${settings.environment}\n\n${tableOf(found)}\n`;
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

function tableOf(found: readonly Checked[]): string {
  const rows = found.map(({ name, finding }) => [
    name,
    finding.ok ? 'ok' : 'FAILED',
    textOf({ name, finding }),
    finding.ok ? '' : finding.fix,
  ]);
  return table(['check', 'result', 'found', 'what to do'], rows);
}
