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
  readonly '@timestamp'?: string;
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

/** What Terraform only says while it has the lock of the state; results and outputs come after it. */
const underLock = /^(refresh|apply|provision)_/;

/** What else somebody wants of a run of Terraform. */
interface Wishes {
  /** The exit codes that are no failure. */
  readonly good?: readonly number[];
  /** Told each time (milliseconds since the epoch) at which Terraform showed that it had the lock. */
  readonly holding?: ((at: number) => void) | undefined;
}

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
  { good = [0], holding }: Wishes = {},
): Promise<{ readonly code: number; readonly warnings: readonly Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const rest: string[] = [];
  const onLine = (line: string): void => {
    const event = eventOf(line);
    if (event === undefined) rest.push(line);
    if (underLock.test(event?.type ?? '')) holding?.(Date.parse(event?.['@timestamp'] ?? ''));
    if (event?.diagnostic) diagnostics.push(event.diagnostic);
    if (event && isShown(event)) tools.log.info(worded(event));
  };
  const { code } = await tools.shell.stream(setting.program, args, {
    cwd: setting.folder,
    env: setting.environment,
    outlives: setting.folder,
    onLine,
  });
  if (tools.cancelled.aborted) throw cancelledDuring(what, args, code, wordsOf(diagnostics));
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning');
  if (good.includes(code)) return { code, warnings };
  if (!diagnostics.some(({ severity }) => severity === 'error')) {
    diagnostics.push({ severity: 'error', summary: rest.join('\n').trim() || `exit code ${code}` });
  }
  throw explainTerraform(`${what} failed`, diagnostics);
}

const wordsOf = (diagnostics: readonly Diagnostic[]): string =>
  diagnostics.map(({ summary, detail = '' }) => `${summary} ${detail}`).join('\n');

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

/** What can be said of a Terraform that was told to stop: no more than it did. */
function cancelledDuring(
  what: string,
  [command = '']: readonly string[],
  code: number,
  said: string,
): Cancelled {
  if (!['apply', 'untaint'].includes(command)) return new Cancelled(`Cancelled during: ${what}.`);
  const hasSaved =
    code < 128 && !/state lock|errored\.tfstate|save (the )?state|persist/i.test(said);
  const now = hasSaved
    ? 'Terraform was told once to stop, and has: what it had finished is in the state, and the lock of the state is free.'
    : 'Terraform was told once to stop, and ended without putting its things in order: the lock of the state may be left, and what it did may not be in the state.';
  return new Cancelled(
    `Cancelled during: ${what}. ${now} What Azure was just making or deleting, it goes on with by itself.\nNext: run the same command again. It ` +
      'takes over what is there by then' +
      (hasSaved ? '.' : ', and releases the lock once GitHub says that this run is over.'),
    { isWhole: true },
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
  tools: Pick<Toolbox, 'shell' | 'cancelled'>,
): Promise<string> {
  const said = { stdout: [] as string[], stderr: [] as string[] };
  const { code } = await tools.shell.stream(setting.program, args, {
    cwd: setting.folder,
    env: setting.environment,
    outlives: setting.folder,
    onLine: (line, stream) => void said[stream].push(line),
  });
  if (tools.cancelled.aborted) throw cancelledDuring(what, args, code, said.stderr.join('\n'));
  const [stdout, stderr] = [said.stdout.join('\n'), said.stderr.join('\n')];
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
