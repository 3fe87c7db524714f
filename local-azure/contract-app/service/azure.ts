import type { Settings } from './settings.ts';

/** What Azure answered, when it was no success. */
export class AzureRefusal extends Error {
  override readonly name = 'AzureRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Json = Readonly<Record<string, unknown>>;

/** Azure as this service asks it: signed in with the identity of the app. */
export interface Azure {
  readonly workspaceId: string;
  /** Asks ARM for something below the workspace. */
  arm(method: string, path: string, body?: unknown): Promise<Json>;
  /** Asks the workspace's own services, at their private host. */
  workspace(service: string, path: string): Promise<Json>;
  /** The text behind an address that a service gave out. */
  text(url: string): Promise<string>;
}

const managementHost = 'https://management.azure.com';
const apiVersion = '2025-06-01';
const timeout = 60_000;

interface Token {
  readonly value: string;
  readonly endsAt: number;
}

/** Gets tokens from App Service's identity endpoint and keeps each for its life. */
function identity(clientId: string): (resource: string) => Promise<string> {
  const known = new Map<string, Token>();
  return async (resource) => {
    const kept = known.get(resource);
    if (kept !== undefined && kept.endsAt > Date.now() + 60_000) return kept.value;
    const endpoint = process.env['IDENTITY_ENDPOINT'];
    if (endpoint === undefined) throw new Error('the app has no managed identity');
    const query = new URLSearchParams({
      'api-version': '2019-08-01',
      resource,
      client_id: clientId,
    });
    const headers = { 'X-IDENTITY-HEADER': process.env['IDENTITY_HEADER'] ?? '' };
    const answer = await ask(`${endpoint}?${query.toString()}`, { headers });
    const token = {
      value: String(answer['access_token']),
      endsAt: Number(answer['expires_on']) * 1000,
    };
    known.set(resource, token);
    return token.value;
  };
}

async function ask(url: string, init: RequestInit): Promise<Json> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeout) });
  const text = await response.text();
  if (!response.ok) {
    throw new AzureRefusal(
      response.status,
      `${init.method ?? 'GET'} ${url}: ${response.status} ${text.slice(0, 500)}`,
    );
  }
  return (text === '' ? {} : JSON.parse(text)) as Json;
}

/**
 * Signs in, sees that the subscription and the workspace can be read, and finds the workspace's own
 * services. Throws where any of that fails: then the service does not start, as the original.
 */
export async function signIn(settings: Settings): Promise<Azure> {
  const token = identity(settings.applicationId);
  const asked = async (method: string, url: string, body?: unknown): Promise<Json> => {
    const authorization = `Bearer ${await token(managementHost)}`;
    const headers = { authorization, 'content-type': 'application/json' };
    return ask(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
  const arm = (method: string, path: string, body?: unknown): Promise<Json> => {
    const mark = path.includes('?') ? '&' : '?';
    return asked(method, `${managementHost}${path}${mark}api-version=${apiVersion}`, body);
  };
  await seeSubscription(arm, settings.subscriptionId);
  const workspaceId =
    `/subscriptions/${settings.subscriptionId}/resourceGroups/${settings.resourceGroup}` +
    `/providers/Microsoft.MachineLearningServices/workspaces/${settings.workspaceName}`;
  const found = await arm('GET', workspaceId);
  let hosts: Json | undefined;
  const workspace = async (service: string, path: string): Promise<Json> => {
    hosts ??= await discover(asked, found);
    return asked('GET', `${String(hosts[service])}/${service}/v1.0${workspaceId}${path}`);
  };
  return { workspaceId, arm, workspace, text: plainText };
}

async function seeSubscription(arm: Azure['arm'], id: string): Promise<void> {
  const { value } = await arm('GET', '/subscriptions');
  const seen = Array.isArray(value)
    ? value.map((one: { subscriptionId?: string }) => one.subscriptionId)
    : [];
  if (!seen.includes(id)) throw new Error(`the identity does not see the subscription ${id}`);
}

/** The one call that goes to the region's public name: it tells where the workspace's services are. */
async function discover(
  asked: (method: string, url: string) => Promise<Json>,
  workspace: Json,
): Promise<Json> {
  const properties = (workspace['properties'] ?? {}) as Json;
  const { discoveryUrl, workspaceId } = properties;
  return asked('GET', `${String(discoveryUrl)}/workspaces/${String(workspaceId)}`);
}

async function plainText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeout) });
  if (!response.ok) throw new AzureRefusal(response.status, `log: ${response.status}`);
  return response.text();
}
