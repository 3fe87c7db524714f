import { Cancelled, Problem } from '../errors.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Diagnostic } from './explain.ts';
import { explainTerraform } from './explain.ts';

/** Where Terraform runs, and as whom. */
export interface TerraformSetting {
  /** Path of the program. */
  readonly program: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** One line of `terraform … -json`; only what we use. */
interface Event {
  readonly type?: string;
  readonly '@message'?: string;
  readonly diagnostic?: Diagnostic;
  readonly hook?: { readonly action?: string };
}

/** What is worth a line: results and long waits. That something begins is seen by the next of these. */
const shown = new Set([
  'planned_change',
  'resource_drift',
  'change_summary',
  'apply_progress',
  'apply_complete',
  'apply_errored',
]);

/**
 * Runs a Terraform command that speaks JSON, shows its progress line by line, and throws a Problem
 * with every diagnostic where it fails. Gives the exit code (only the ones in `good` come back) and
 * what Terraform warned of.
 */
export async function terraform(
  what: string,
  args: readonly string[],
  setting: TerraformSetting,
  tools: Pick<Toolbox, 'shell' | 'log' | 'cancelled'>,
  good: readonly number[] = [0],
): Promise<{ readonly code: number; readonly warnings: readonly Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const rest: string[] = [];
  const onLine = (line: string): void => {
    const event = eventOf(line);
    if (event === undefined) rest.push(line);
    if (event?.diagnostic) diagnostics.push(event.diagnostic);
    if (event && isShown(event)) tools.log.info(worded(event));
  };
  const { code } = await tools.shell.stream(setting.program, args, {
    cwd: setting.folder,
    env: setting.environment,
    onLine,
  });
  if (tools.cancelled.aborted) throw cancelledDuring(what, code);
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning');
  if (good.includes(code)) return { code, warnings };
  if (!diagnostics.some(({ severity }) => severity === 'error')) {
    diagnostics.push({ severity: 'error', summary: rest.join('\n').trim() || `exit code ${code}` });
  }
  throw explainTerraform(`${what} failed`, diagnostics);
}

/** Terraform's own sentence; ids are as long as a line and say nothing new. */
function worded(event: Event): string {
  return (event['@message'] ?? '').replace(/ \[id=.*\]/, '');
}

/** Reading a data source is no news. */
function isShown({ type, hook }: Event): boolean {
  return type !== undefined && shown.has(type) && hook?.action !== 'read';
}

/** The same tools, for a run whose progress nobody needs to read. */
export function silent<T extends Pick<Toolbox, 'log'>>(tools: T): T {
  return { ...tools, log: { ...tools.log, info: () => undefined } };
}

function cancelledDuring(what: string, code: number): Cancelled {
  return new Cancelled(
    `Cancelled during: ${what}. Terraform was told once, and has stopped (exit code ${code}): what it had done is in the state, and the lock is free. ` +
      'Run the same command again to continue.',
  );
}

function eventOf(line: string): Event | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Event;
  } catch {
    return undefined;
  }
}

/** Runs a short Terraform command (`show`, `output`, `init`) and gives what it printed; throws where it fails. */
export async function terraformText(
  what: string,
  args: readonly string[],
  setting: TerraformSetting,
  tools: Pick<Toolbox, 'shell'>,
): Promise<string> {
  const { code, stdout, stderr } = await tools.shell.run(setting.program, args, {
    cwd: setting.folder,
    env: setting.environment,
  });
  if (code === 0) return stdout;
  const text = (stderr.trim() || stdout.trim()).replaceAll(/\u001b\[[0-9;]*m/g, '');
  throw explainTerraform(`${what} failed`, [{ severity: 'error', summary: text }]);
}

/** The value of `required_version` in a configuration's text. */
export function requiredVersion(versionsFile: string): string {
  const found = /required_version\s*=\s*"([^"]+)"/.exec(versionsFile)?.[1];
  if (found === undefined) {
    throw new Problem(
      'The Terraform configuration does not say which Terraform it needs.',
      'use a release of this action as it was published; its terraform/versions.tf says so.',
    );
  }
  return found;
}
