import type { Sight } from '../network/vantage.ts';
import type { Cause } from './causes.ts';
import { causeOf } from './causes.ts';
import type { Rung } from './contract.ts';
import type { Facts } from './facts.ts';

/** What else is known when a rung has failed. */
export interface Evidence {
  /** What the right key brought under the header's other spelling, where that was tried. */
  readonly hyphen: Sight | undefined;
  /** What Azure says of the deployment; asked for once something had failed. */
  readonly facts: Facts;
}

/** The likely cause of a failed rung, and what to do about it. */
export function likelyCause(rung: Rung, sight: Sight, { hyphen, facts }: Evidence): Cause {
  if (sight.status === undefined) return unanswered(rung, sight);
  const { keyReference } = facts;
  const unresolved = keyReference !== undefined && keyReference !== 'Resolved';
  const stopped = isPlatform(sight) && sight.status >= 500;
  if (unresolved && (stopped || rung.key === 'right')) {
    return causeOf('key-unresolved', `it says ${wordOf(keyReference)}`);
  }
  if (isPlatform(sight)) return platform(sight, facts);
  if (sight.status >= 500) return serverError(rung, facts);
  // A wrong key is missed as well where none arrives.
  if (rung.key !== 'none' && sight.status === 401) return keyLost(hyphen);
  return ownAnswer(rung, sight.status, sight.body);
}

/** What an answer of the app itself tells, where it is neither a failure nor a lost key. */
function ownAnswer(rung: Rung, status: number, body: string): Cause {
  if (rung.key === 'right' && status === 403) return causeOf('wrong-key');
  // Who looks a model or a run up for a caller without the key has let that caller in.
  const served = status < 300 || /"Invalid(Model|Run)Id"/.test(body);
  if ((rung.status === 401 || rung.status === 403) && served) return causeOf('open-door');
  if (rung.name.startsWith('start-') && rung.key === 'right' && status === 404) {
    return causeOf('model-missing');
  }
  return causeOf(status === rung.status ? 'other-version' : 'other-app');
}

function unanswered(rung: Rung, { failure }: Sight): Cause {
  switch (failure?.kind) {
    case 'token':
      return causeOf('probe-identity');
    case 'secret':
      return causeOf(failure.text.includes('404') ? 'no-key' : 'key-unreadable');
    default:
      return causeOf(rung.sent === undefined ? 'unreachable' : 'answer-lost');
  }
}

/** App Service's own pages are HTML with a body; the app answers HTML only with none, or by Flask for unknown routes. */
function isPlatform({ headers, body }: Sight): boolean {
  if (headers['x-ms-forbidden-ip'] !== undefined) return true;
  const html = (headers['content-type'] ?? '').startsWith('text/html') && body.trim() !== '';
  return html && !/<title>(404 Not Found|405 Method Not Allowed)<\/title>/.test(body);
}

/** Title and words of the page of a stopped app are from memory; what ARM says of its state is not. */
const stoppedPage = /Web App - Unavailable|web app is (currently )?stopped/i;

function platform({ status = 0, body }: Sight, { appState }: Facts): Cause {
  if (appState === 'Stopped' || stoppedPage.test(body)) return causeOf('app-stopped');
  if (status < 300) return causeOf('no-package');
  return causeOf(status === 403 ? 'refused-by-platform' : 'not-started');
}

function serverError(rung: Rung, facts: Facts): Cause {
  if (rung.key !== 'right') return causeOf('app-failed');
  if (facts.workspaceEndpoint === 'missing') return causeOf('workspace-endpoint');
  if (rung.name === 'unknown-model' || rung.name === 'unknown-run') return causeOf('data-plane');
  return rung.method === 'POST' ? startFailed(facts) : runFailed(facts);
}

/** The service says 500 and no more: what it needs for a start is looked at one by one, in its own order. */
function startFailed({ model, environment, cluster, datastore }: Facts): Cause {
  if (model === 'missing') return causeOf('model-missing');
  if (datastore === 'missing') return causeOf('datastore-missing');
  if (datastore === 'keyless') return causeOf('datastore-keyless');
  if (model === 'untagged') return causeOf('model-untagged');
  if (environment === 'missing') return causeOf('environment-missing');
  if (cluster === 'missing') return causeOf('cluster-gone');
  if (cluster === 'failed') return causeOf('cluster-broken');
  return causeOf('app-failed');
}

function runFailed({ job }: Facts): Cause {
  if (job === 'Canceled') return causeOf('run-cancelled');
  if (job === 'Failed') return causeOf('run-failed');
  return causeOf('app-failed', job === undefined ? undefined : `the run is ${wordOf(job)}`);
}

/** Why a run was not over in time. */
export function lateCause({ job }: Facts): Cause {
  const waits = ['NotStarted', 'Queued', 'Preparing', 'Provisioning', 'Starting'];
  if (job === undefined) return causeOf('too-slow');
  return causeOf(waits.includes(job) ? 'no-node' : 'too-slow', `it is ${wordOf(job)}`);
}

function keyLost(hyphen: Sight | undefined): Cause {
  const arrives = hyphen?.status !== undefined && hyphen.status !== 401;
  return causeOf(arrives ? 'header-dropped' : 'key-lost');
}

/** A word of Azure's, without what no such word has. */
function wordOf(text: string): string {
  return text.replace(/\W/g, '').slice(0, 40);
}
