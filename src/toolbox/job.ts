import { readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { messageOf, Problem } from '../errors.ts';
import { scrubbed } from '../scrub.ts';
import { Secret } from '../secret.ts';
import type { Log, RunContext, Runner } from './index.ts';
import type { Step } from './step.ts';

/**
 * The toolkit's view of this job: masks, outputs, summary, id-token. Outputs and summary leave it
 * without secrets: GitHub masks neither where another job or a person reads it.
 */
export async function openRunner(step: Step): Promise<Runner> {
  const core = await import('@actions/core');
  const hide = (text: string): void => {
    if (text !== '') core.setSecret(text);
  };
  return {
    hide,
    secret: (value) => new Secret(value, hide),
    output: (name, value) => core.setOutput(name, scrubbed(value)),
    keep: (name, value) => core.saveState(name, value),
    kept: (name) => core.getState(name),
    summary: async (markdown) => {
      if (!step.env['GITHUB_STEP_SUMMARY']) return;
      try {
        await core.summary.addRaw(scrubbed(markdown), true).write();
      } catch (error) {
        // Most summaries are of what failed: that must be heard, also on a runner whose disk is full.
        core.warning(scrubbed(`The step summary could not be written: ${messageOf(error)}`));
      }
    },
    idToken: async (audience) => {
      if (!step.env['ACTIONS_ID_TOKEN_REQUEST_URL']) {
        throw new Problem(
          'This job may not ask GitHub for an id-token.',
          'give the job "permissions: id-token: write"; a workflow that calls another one must grant it too. Pull requests from forks never get one.',
          { anchor: 'id-token' },
        );
      }
      return new Secret(await core.getIDToken(audience), hide);
    },
    context: await contextOf(step.env),
    machine: `${userInfo().username}@${hostname()}`,
  };
}

/** The log as the toolkit writes it, without secrets even before GitHub masks it. */
export async function openLog(): Promise<Log> {
  const core = await import('@actions/core');
  return {
    info: (message) => core.info(scrubbed(message)),
    warn: (message) => core.warning(scrubbed(message)),
    notice: (message) => core.notice(scrubbed(message)),
    debug: (message) => core.debug(scrubbed(message)),
    group: (title, work) => core.group(scrubbed(title), work),
  };
}

async function contextOf(env: Step['env']): Promise<RunContext> {
  const event = await eventOf(env['GITHUB_EVENT_PATH']);
  const pull = event.pull_request;
  return {
    event: env['GITHUB_EVENT_NAME'] ?? '',
    repository: env['GITHUB_REPOSITORY'] ?? '',
    runId: env['GITHUB_RUN_ID'] ?? '0',
    runAttempt: env['GITHUB_RUN_ATTEMPT'] ?? '1',
    sha: env['GITHUB_SHA'] ?? '',
    serverUrl: env['GITHUB_SERVER_URL'] ?? 'https://github.com',
    apiUrl: env['GITHUB_API_URL'] ?? 'https://api.github.com',
    pullRequest: pull && {
      number: pull.number,
      fromFork: pull.head?.repo?.full_name !== pull.base?.repo?.full_name,
      // The actor stays Dependabot where a person runs it again, and so do its limits.
      byDependabot: env['GITHUB_ACTOR'] === 'dependabot[bot]',
    },
  };
}

interface Event {
  readonly pull_request?: {
    readonly number: number;
    readonly head?: { readonly repo?: { readonly full_name?: string } | null };
    readonly base?: { readonly repo?: { readonly full_name?: string } };
  };
}

async function eventOf(path: string | undefined): Promise<Event> {
  if (!path) return {};
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Event;
  } catch {
    return {}; // an event we cannot read is an event without a pull request
  }
}
