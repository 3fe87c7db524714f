import { createRouter } from '../../../local-azure/router.ts';
import type { Answer, Call, Caller, Operation } from '../../../local-azure/operation.ts';
import type { World } from '../../../local-azure/world.ts';

/** What a test asks; the rest has defaults. */
export interface Ask {
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly rawBody?: Buffer;
  readonly caller?: Caller | undefined;
  readonly vantage?: 'outside' | 'inside';
}

/** Asks operations directly, as the router would, with `METHOD /path?query`. */
export function asker(world: World, operations: readonly Operation[]) {
  const router = createRouter(operations);
  return async (line: string, ask: Ask = {}): Promise<Answer & { body: never }> => {
    const [method = '', target = ''] = line.split(' ');
    const host = ask.host ?? 'management.azure.com';
    const url = new URL(target, `https://${host}`);
    if (host === 'management.azure.com' && !url.searchParams.has('api-version')) {
      url.searchParams.set('api-version', '2025-06-01');
    }
    const match = router.find(method, host, url.pathname);
    if (match === undefined) throw new Error(`no operation for ${method} https://${host}${target}`);
    const call: Call = {
      method,
      host,
      params: match.params,
      query: url.searchParams,
      headers: ask.headers ?? {},
      body: ask.body,
      rawBody: ask.rawBody ?? Buffer.alloc(0),
      caller: ask.caller,
      path: url.pathname,
      vantage: ask.vantage ?? 'outside',
    };
    return (await match.operation.answer(call, world)) as Answer & { body: never };
  };
}

/** A caller with this object id. */
export function caller(objectId: string, audience = 'https://management.azure.com'): Caller {
  return { objectId, tenantId: '99999999-8888-7777-6666-555555555555', audience };
}
