import { readFile } from 'node:fs/promises';
import tls from 'node:tls';
import {
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import { start } from '../../local-azure/index.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import type { LocalAzureOptions } from '../../local-azure/options.ts';
import { Secret } from '../../src/secret.ts';
import { azureTools } from './azure-tools.ts';
import type { TestTools } from './azure-tools.ts';

/** Local Azure, with this process pointed at it as at any proxy. */
export interface Place {
  readonly azure: LocalAzure;
  readonly ids: {
    readonly clientId: string;
    readonly tenantId: string;
    readonly subscriptionId: string;
  };
  /** A toolbox whose id-tokens are those of Local Azure's GitHub. */
  tools(): TestTools;
  /** Plain HTTP through the same proxy, without a token. */
  readonly fetch: typeof fetch;
  leave(): Promise<void>;
}

export async function goToLocalAzure(options: LocalAzureOptions = {}): Promise<Place> {
  const azure = await start({ provider: 'none', pace: 0, ...options });
  const authorities = tls.getCACertificates('default');
  const { environment } = azure;
  tls.setDefaultCACertificates([...authorities, await readFile(azure.authorityFile, 'utf8')]);
  process.env['HTTPS_PROXY'] = azure.proxyUrl;
  const ids = {
    clientId: environment['ARM_CLIENT_ID'] ?? '',
    tenantId: environment['ARM_TENANT_ID'] ?? '',
    subscriptionId: environment['ARM_SUBSCRIPTION_ID'] ?? '',
  };
  return {
    azure,
    ids,
    fetch,
    tools: () => withIdTokens(azureTools(), environment),
    leave: async () => {
      delete process.env['HTTPS_PROXY'];
      tls.setDefaultCACertificates(authorities);
      await azure.stop();
    },
  };
}

function withIdTokens(tools: TestTools, environment: Readonly<Record<string, string>>): TestTools {
  const bearer = environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? '';
  const idToken = async (audience: string): Promise<Secret> => {
    const url = `${environment['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? ''}&audience=${encodeURIComponent(audience)}`;
    const { text } = await fetch(url, 'GET', { authorization: `Bearer ${bearer}` });
    return new Secret((JSON.parse(text) as { value: string }).value, tools.runner.hide);
  };
  return { ...tools, runner: { ...tools.runner, idToken } };
}

async function fetch(
  url: string,
  method: 'GET' | 'PUT' = 'GET',
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const pipeline = createPipelineFromOptions({ retryOptions: { maxRetries: 0 } });
  const request = createPipelineRequest({ url, method });
  for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
  const { status, bodyAsText } = await pipeline.sendRequest(createDefaultHttpClient(), request);
  return { status, text: bodyAsText ?? '' };
}
