import type { TokenCredential } from '@azure/core-auth';
import type { Pipeline, PipelineResponse } from '@azure/core-rest-pipeline';
import type { Ask, Exchange, Send, LineTools } from './exchange.ts';
import { patiencePolicy } from './patience.ts';
import { refusalPolicy } from './sdk-errors.ts';

/** Whose tokens a line carries; the audience of Azure's two planes that this product talks to. */
export const scopes = {
  management: 'https://management.azure.com/.default',
  storage: 'https://storage.azure.com/.default',
} as const;

/**
 * The SDK's own pipeline: it takes proxy and authorities from the environment by itself. Ours are
 * the retries (they wait by the toolbox's clock, so that they can be cancelled) and the token,
 * which is put on anew at every attempt.
 */
export async function openPipeline(
  credential: TokenCredential,
  scope: string,
  tools: LineTools,
): Promise<Pipeline> {
  const rest = await import('@azure/core-rest-pipeline');
  const pipeline = rest.createPipelineFromOptions({
    userAgentOptions: { userAgentPrefix: 'innereye-closed-network' },
  });
  pipeline.removePolicy({ phase: 'Retry' });
  pipeline.addPolicy(patiencePolicy(tools), { phase: 'Retry' });
  pipeline.addPolicy(refusalPolicy);
  pipeline.addPolicy(rest.bearerTokenAuthenticationPolicy({ credential, scopes: scope }), {
    phase: 'Sign',
  });
  return pipeline;
}

/** Requests over a pipeline that is built when the first one is sent. */
export function openLine(credential: TokenCredential, scope: string, tools: LineTools): Send {
  let line: Promise<Line> | undefined;
  return async (ask) => {
    line ??= buildLine(credential, scope, tools);
    return exchangeOf(await (await line)(ask));
  };
}

type Line = (ask: Ask) => Promise<PipelineResponse>;

async function buildLine(
  credential: TokenCredential,
  scope: string,
  tools: LineTools,
): Promise<Line> {
  const rest = await import('@azure/core-rest-pipeline');
  const pipeline = await openPipeline(credential, scope, tools);
  const client = rest.createDefaultHttpClient();
  return (ask) => {
    const request = rest.createPipelineRequest({
      method: ask.method,
      url: ask.url,
      headers: rest.createHttpHeaders({ ...ask.headers }),
      ...(ask.body === undefined ? {} : { body: ask.body }),
      ...(ask.binary === true ? { streamResponseStatusCodes: new Set([200, 206]) } : {}),
    });
    return pipeline.sendRequest(client, request);
  };
}

async function exchangeOf(response: PipelineResponse): Promise<Exchange> {
  const bytes = response.readableStreamBody
    ? await bytesOf(response.readableStreamBody)
    : Buffer.from(response.bodyAsText ?? '');
  return {
    status: response.status,
    headers: response.headers.toJSON(),
    text: response.bodyAsText ?? bytes.toString(),
    bytes,
  };
}

async function bytesOf(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
