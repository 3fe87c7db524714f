import type { Sight } from '../network/vantage.ts';
import type { Rung } from './contract.ts';

/** What else is known when a rung has failed. */
export interface Evidence {
  /** What the right key brought under the header's other spelling, where that was tried. */
  readonly hyphen: Sight | undefined;
  /** What App Service says of the app's reference to the key, such as Resolved; undefined where it was not asked. */
  readonly keyReference: string | undefined;
}

/** The likely cause of a failed rung, and what to do about it. */
export function likelyCause(rung: Rung, sight: Sight, evidence: Evidence): string {
  if (sight.status === undefined) return unanswered(sight);
  const { keyReference } = evidence;
  const unresolved = keyReference !== undefined && keyReference !== 'Resolved';
  const stopped = isPlatform(sight) && sight.status >= 500;
  if (unresolved && (stopped || rung.key === 'right')) return keyUnresolved(keyReference);
  if (isPlatform(sight)) return platform(sight.status);
  if (sight.status >= 500) return serverError(rung);
  if (rung.key === 'right' && sight.status === 401) return keyLost(evidence.hyphen);
  return ownAnswer(rung, sight.status);
}

/** What an answer of the app itself tells, where it is neither a failure nor a lost key. */
function ownAnswer(rung: Rung, status: number): string {
  if (rung.key === 'right' && status === 403) {
    return 'wrong key: the app compares with another value than Key Vault holds now. The key was changed since the app looked it up, or its connection string API_AUTH_SECRET names another secret; restart the app, and look at that string if it stays so.';
  }
  if (rung.key !== 'right' && status < 300 && rung.status >= 400) {
    return 'the app lets callers in that it must refuse: take it offline and look at what was deployed.';
  }
  if (status === rung.status) {
    return 'the right status with another text: the app is not the version this contract was written for.';
  }
  return 'the app answers otherwise than InnerEye-Inference does: look at what was deployed.';
}

function unanswered({ failure }: Sight): string {
  switch (failure?.kind) {
    case 'token':
      return 'the probe machine has no identity to fetch the key with: run deploy with the stage network.';
    case 'secret':
      if (failure.text.includes('404')) {
        return 'there is no key yet: run deploy with the stage webapp, which makes it.';
      }
      return 'the probe machine cannot read the key: its role on the secret inference-api-key is missing or not effective yet, or the vault does not answer inside the network.';
    default:
      return 'the app cannot be reached from inside: its private endpoint, the zone privatelink.azurewebsites.net, or the app itself is down.';
  }
}

/** App Service's own pages are HTML with a body; the app answers HTML only with none, or by Flask for unknown routes. */
function isPlatform({ headers, body }: Sight): boolean {
  if (headers['x-ms-forbidden-ip'] !== undefined) return true;
  const html = (headers['content-type'] ?? '').startsWith('text/html') && body.trim() !== '';
  return html && !/<title>(404 Not Found|405 Method Not Allowed)<\/title>/.test(body);
}

function platform(status: number): string {
  if (status < 300) {
    return "App Service's own page instead of the app: no package has been deployed; run deploy with the stage webapp.";
  }
  if (status === 403) {
    return 'a page of App Service instead of the app: the request came in from outside (the name does not lead to the private endpoint), or the app is stopped.';
  }
  return 'a page of App Service instead of the app: the app has not started. A missing setting, a Key Vault reference that is not resolved, a missing role or a blocked way out stops it while it signs in; its log stream in the portal names which.';
}

function serverError({ name }: Rung): string {
  if (name === 'unknown-model' || name === 'unknown-run') {
    return 'the data plane of the workspace is blocked for the app: its private endpoint, the zone privatelink.api.azureml.ms, or the role of its identity.';
  }
  return 'the app has failed: its log stream in the portal names the cause.';
}

function keyUnresolved(status: string): string {
  const shown = status.replace(/\W/g, '').slice(0, 40);
  return `the key is not resolved: App Service says ${shown} of the app's reference to the secret inference-api-key. Look at the role of the app's identity on that secret and at the way to the vault, then run deploy with the stage webapp.`;
}

function keyLost(hyphen: Sight | undefined): string {
  if (hyphen?.status !== undefined && hyphen.status !== 401) {
    return "the header is dropped in front of the app: with hyphens it arrives. gunicorn from version 22 on drops names with underscores unless it is started with --header-map dangerous; correct the app's start-up command.";
  }
  return 'the key does not arrive at the app under either spelling of its header, or the app has an empty key: look at its connection string API_AUTH_SECRET in the portal.';
}
