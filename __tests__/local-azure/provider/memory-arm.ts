import type { HttpRequest, HttpResponse } from '../../../local-azure/provider/azure/http.ts';
import { Arm } from '../../../local-azure/provider/azure/arm.ts';
import type { Json, JsonMap } from '../../../local-azure/provider/mapping/json.ts';
import { Login } from '../../../local-azure/provider/azure/login.ts';
import type { Setting } from '../../../local-azure/provider/mapping/table.ts';

type Asked = Pick<HttpRequest, 'method' | 'url' | 'body'>;

/** One writing request, as it was sent. */
export interface Written {
  readonly method: string;
  readonly path: string;
  readonly api: string | null;
  readonly body: JsonMap;
}

const IDS = {
  subscriptionId: '00000000-0000-0000-0000-000000000001',
  tenantId: '00000000-0000-0000-0000-00000000000a',
};
const CLAIMS = Buffer.from(
  JSON.stringify({ oid: '11111111-1111-1111-1111-111111111111' }),
).toString('base64url');
const LISTS = /\/(deletedWorkspaces|privateDnsZoneGroups|replications)$/i;

/** Answers that no resource gives: lists, checks and documents that are always there. */
function standing(method: string, path: string): JsonMap | undefined {
  if (LISTS.test(path)) return { value: [] };
  if (/currentbillingfeatures$/.test(path)) {
    return {
      CurrentBillingFeatures: ['Basic'],
      DataVolumeCap: { Cap: 100, ResetTime: 24, WarningThreshold: 90 },
    };
  }
  if (/\/SOA\/@$/.test(path)) return { properties: { soaRecord: {}, ttl: 3600 } };
  return method === 'POST' || /\/(config|basicPublishing|(blob|file)Services\/default$)/.test(path)
    ? { properties: {} }
    : undefined;
}

/** An Azure Resource Manager in memory that keeps what is put, for one provider without Terraform. */
export class MemoryArm {
  readonly written: Written[] = [];
  readonly documents = new Map<string, JsonMap>();
  readonly setting: Setting;
  /** How many access tokens were given out, and how long each is good for, in seconds. */
  tokens = 0;
  tokenLife = 3600;
  /** Role name → the id of its definition. */
  readonly roles: Record<string, string> = {};
  /** Gives an answer of its own for a request, or undefined. */
  intercept: (
    method: string,
    path: string,
  ) => { status: number; body?: Json; headers?: Record<string, string> } | undefined = () =>
    undefined;

  constructor(
    env: NodeJS.ProcessEnv = { GO_AZURE_SDK_SKIP_POLLING_DELAY: 'true' },
    stop = new AbortController().signal,
  ) {
    const send = (request: HttpRequest): Promise<HttpResponse> =>
      Promise.resolve(this.answer(request));
    const login = new Login(send, {
      ...IDS,
      clientId: 'client',
      requestUrl: 'http://127.0.0.1/id',
      requestToken: 'x',
    });
    this.setting = {
      ...IDS,
      arm: new Arm(send, login, env, stop),
      feature: (_path, otherwise) => otherwise,
    };
  }

  /** Answers one request to any host. */
  answer(request: Asked): HttpResponse {
    const { method, url } = request;
    if (url.hostname === '127.0.0.1') return reply(200, { value: 'assertion' });
    if (url.host === 'login.microsoftonline.com') {
      this.tokens += 1;
      return reply(200, { access_token: `a.${CLAIMS}.c`, expires_in: this.tokenLife });
    }
    const special = this.intercept(method, decodeURIComponent(url.pathname));
    if (special === undefined) return this.manage(request);
    return { ...reply(special.status, special.body ?? {}), headers: special.headers ?? {} };
  }

  private manage({ method, url, body }: Asked): HttpResponse {
    const path = decodeURIComponent(url.pathname);
    if (method === 'DELETE') {
      return reply(this.documents.delete(path.toLowerCase()) ? 200 : 204, {});
    }
    if (method === 'GET' || method === 'POST') return this.find(method, path, url.searchParams);
    const sent = body === undefined || body === '' ? {} : (JSON.parse(body) as JsonMap);
    return this.keep(method, path, url.searchParams.get('api-version'), sent);
  }

  private find(method: string, path: string, query: URLSearchParams): HttpResponse {
    const role = /'(.+)'/.exec(query.get('$filter') ?? '')?.[1];
    if (role !== undefined) {
      return reply(200, { value: [{ id: this.roles[role] ?? `/roles/${role}` }] });
    }
    const found = this.documents.get(path.toLowerCase()) ?? standing(method, path);
    if (found !== undefined) return reply(200, found);
    return reply(404, { error: { code: 'ResourceNotFound', message: path } });
  }

  private keep(method: string, path: string, api: string | null, body: JsonMap): HttpResponse {
    this.written.push({ method, path, api, body: structuredClone(body) });
    const before = method === 'PATCH' ? (this.documents.get(path.toLowerCase()) ?? {}) : {};
    const document = { ...before, ...structuredClone(body), id: path };
    this.documents.set(path.toLowerCase(), document);
    return reply(200, document);
  }
}

function reply(status: number, body: Json): HttpResponse {
  return { status, headers: {}, body: JSON.stringify(body) };
}
