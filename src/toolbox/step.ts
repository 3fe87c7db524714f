import { appendFileSync } from 'node:fs';
import { Cancelled, Problem, messageOf } from '../errors.ts';
import type { RawInputs } from '../inputs/parse.ts';
import { remember, scrubbed } from '../scrub.ts';
import { guardStreams } from './streams.ts';

/**
 * The step as the runner starts it, reached without the toolkit: loading `@actions/core` costs more
 * time than all else that happens before the first error on wrong input.
 * Protocol: GitHub's documentation of workflow commands and of the `INPUT_` variables.
 */
export interface Step {
  readonly inputs: RawInputs;
  /** Whether this is the clean-up after the main run. */
  readonly isPost: boolean;
  /** Fires at the first SIGINT or SIGTERM. */
  readonly cancelled: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the step as failed, with what happened and what to do next. */
  fail(error: unknown): void;
}

/** Secrets that every job is given; GitHub masks them by itself. */
const given = ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'ACTIONS_RUNTIME_TOKEN', 'GITHUB_TOKEN'];

/** Opens the step of this process: guards its streams and takes over its signals. */
export function openStep(): Step {
  for (const name of given) remember(process.env[name] ?? '');
  guardStreams([process.stdout, process.stderr]);
  // Node itself would print what nobody caught past the guarded streams.
  process.on('uncaughtException', (error) => {
    fail(error);
    process.exit();
  });
  const isPost = process.argv[2] === 'post';
  const keep = (what: string): void => {
    const state = process.env['GITHUB_STATE'];
    if (!isPost && state) appendFileSync(state, `${what}=true\n`);
  };
  // A process that is killed does not get this far: the clean-up can tell by it.
  process.on('exit', () => keep('ended'));
  const cancel = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (cancel.signal.aborted) return;
      print(`${signal} received: stopping.`);
      // From here on Terraform has its one signal; a second one would make it drop everything.
      keep('stopping');
      cancel.abort(new Cancelled(`The run was cancelled (${signal}).`));
    });
  }
  return {
    inputs: {
      read: (name) => process.env[variableOf(name)],
      given: Object.entries(process.env)
        .filter(([name, value]) => name.startsWith('INPUT_') && value !== '')
        .map(([name]) => name.slice('INPUT_'.length).toLowerCase()),
      hide: (text) => {
        if (text !== '') print(`::add-mask::${escapedAsIs(text)}`);
      },
    },
    isPost,
    cancelled: cancel.signal,
    env: process.env,
    fail,
  };
}

function fail(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof Cancelled) {
    print(`::warning::${escaped(error.message)}`);
    return;
  }
  const anchor = error instanceof Problem ? error.anchor : undefined;
  print(`::error::${escaped(messageOf(error))}`);
  if (anchor) print(`More: ${documents()}docs/troubleshooting.md#${anchor}`);
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause) printCause(messageOf(cause), messageOf(error));
  if (error instanceof Error && !(error instanceof Problem) && error.stack) print(error.stack);
}

/** What is behind an error, where its message does not say it already; no line of it may act as a workflow command. */
function printCause(cause: string, message: string): void {
  if (message.includes(cause)) return;
  const lines = cause.split(/\r?\n/).map((line) => `Cause: ${line}`);
  print(`\u001b[2m${lines.join('\n')}\u001b[22m`);
}

/** Where the pages of this release can be read; empty where the runner does not say which it is. */
function documents(): string {
  const { GITHUB_SERVER_URL, GITHUB_ACTION_REPOSITORY, GITHUB_ACTION_REF } = process.env;
  if (!GITHUB_SERVER_URL || !GITHUB_ACTION_REPOSITORY || !GITHUB_ACTION_REF) return '';
  return `${GITHUB_SERVER_URL}/${GITHUB_ACTION_REPOSITORY}/blob/${GITHUB_ACTION_REF}/`;
}

function variableOf(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

/** A text as workflow commands take it, without secrets: escaped ones would not be recognised later. */
function escaped(text: string): string {
  return escapedAsIs(scrubbed(text));
}

function escapedAsIs(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
