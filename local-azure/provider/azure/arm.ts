import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { text } from '../mapping/json.ts';
import type { JsonMap } from '../mapping/json.ts';
import { CANCELLED, Failure } from './failure.ts';
import type { HttpResponse, Send } from './http.ts';
import type { Login } from './login.ts';

export interface ArmAnswer {
  readonly status: number;
  readonly headers: HttpResponse['headers'];
  /** The decoded body; {} where there is none. */
  readonly body: JsonMap;
}

/** One call: a path below management.azure.com, and its API version. */
export interface ArmCall {
  readonly method: string;
  readonly path: string;
  readonly api: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonMap | undefined;
}

const HOST = 'https://management.azure.com';
const SCOPE = `${HOST}/.default`;
const TRIES = 5;
const BAD = ['failed', 'canceled', 'cancelled'];

function decodeBody(text: string): JsonMap {
  if (text === '') return {};
  try {
    return JSON.parse(text) as JsonMap;
  } catch {
    return { raw: text.slice(0, 500) };
  }
}

/** The message of an ARM error, in the words of the real provider. */
export function describe(answer: ArmAnswer): string {
  const error = (answer.body['error'] ?? answer.body) as JsonMap;
  const code = typeof error['code'] === 'string' ? error['code'] : 'unknown';
  const message =
    typeof error['message'] === 'string' ? error['message'] : JSON.stringify(answer.body);
  return `unexpected status ${String(answer.status)} with error: ${code}: ${message}`;
}

/** Azure Resource Manager, as azurerm calls it: renewed tokens, retries, long-running operations. */
export class Arm {
  private readonly send: Send;
  private readonly login: Login;
  private readonly skipDelay: boolean;
  private readonly stop: AbortSignal;

  /** `stop` ends every call and wait at once. */
  constructor(send: Send, login: Login, env: NodeJS.ProcessEnv, stop: AbortSignal) {
    this.send = send;
    this.login = login;
    this.skipDelay = env['GO_AZURE_SDK_SKIP_POLLING_DELAY'] === 'true';
    this.stop = stop;
  }

  /** One request, tried again where the service is busy (429, 5xx). Other statuses are given back. */
  async call(call: ArmCall): Promise<ArmAnswer> {
    const url = new URL(HOST + call.path.split('/').map(encodePart).join('/'));
    url.searchParams.set('api-version', call.api);
    for (const [key, value] of Object.entries(call.query ?? {})) url.searchParams.set(key, value);
    url.searchParams.sort();
    for (let attempt = 1; ; attempt++) {
      const answer = await this.once(call.method, url, call.body);
      const busy = answer.status === 429 || answer.status >= 500;
      if (!busy || answer.status === 501 || attempt === TRIES) return answer;
      await this.pauseFor(answer, 2 ** attempt * 250);
    }
  }

  /** As `call`; a status that `accepted` does not name is a failure. */
  async expect(call: ArmCall, accepted: readonly number[], doing: string): Promise<ArmAnswer> {
    const answer = await this.call(call);
    if (accepted.includes(answer.status)) return answer;
    throw new Failure(`${doing}: ${describe(answer)}`);
  }

  /** Waits for the operation that `answer` began, if it began one. */
  async settle(call: ArmCall, answer: ArmAnswer, doing: string): Promise<void> {
    if (call.method === 'DELETE') return this.untilGone(call, answer, doing);
    const header = answer.headers['azure-asyncoperation'] ?? answer.headers['location'];
    if (typeof header === 'string' && new URL(header, HOST).pathname !== call.path) {
      return this.follow(new URL(header, HOST), answer, doing);
    }
    return this.untilProvisioned(call, answer, doing);
  }

  private async once(method: string, url: URL, body: JsonMap | undefined): Promise<ArmAnswer> {
    const headers = {
      authorization: `Bearer ${await this.login.token(SCOPE, this.stop)}`,
      accept: 'application/json',
      'x-ms-correlation-request-id': randomUUID(),
      ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await this.send({ method, url, headers, body: text, signal: this.stop });
    return { status: answer.status, headers: answer.headers, body: decodeBody(answer.body) };
  }

  private async wait(answer: ArmAnswer, otherwise: number): Promise<void> {
    if (this.skipDelay || answer.headers['x-go-azure-sdk-skip-polling-delay'] === 'true') return;
    await this.pauseFor(answer, otherwise);
  }

  private async pauseFor(answer: ArmAnswer, otherwise: number): Promise<void> {
    const seconds = Number(answer.headers['retry-after']);
    const delay =
      Number.isFinite(seconds) && answer.headers['retry-after'] !== undefined
        ? seconds * 1000
        : otherwise;
    await pause(delay, undefined, { signal: this.stop }).catch(() => {
      throw new Failure(CANCELLED);
    });
  }

  /** Between polls: as the service says, else ten seconds as the real provider; never a busy loop. */
  private async betweenPolls(answer: ArmAnswer, count: number): Promise<void> {
    await this.wait(answer, 10_000);
    if (count > 3)
      await pause(Math.min(20 * count, 250), undefined, { signal: this.stop }).catch(
        () => undefined,
      );
  }

  private async follow(url: URL, first: ArmAnswer, doing: string): Promise<void> {
    let answer = first;
    for (let count = 1; ; count++) {
      await this.betweenPolls(answer, count);
      answer = await this.once('GET', url, undefined);
      if (answer.status === 202 || answer.status === 404) continue;
      if (answer.status === 204) return;
      if (answer.status >= 400) throw new Failure(`${doing}: polling: ${describe(answer)}`);
      const state = (stateOf(answer.body) || 'succeeded').toLowerCase();
      if (state === 'succeeded') return;
      if (BAD.includes(state))
        throw new Failure(
          `${doing}: polling after ${verb(doing)}: polling failed: ${describe(answer)}`,
        );
    }
  }

  private async untilProvisioned(call: ArmCall, first: ArmAnswer, doing: string): Promise<void> {
    let answer = first;
    for (let count = 1; ; count++) {
      const properties = answer.body['properties'] as JsonMap | undefined;
      const state = text(properties?.['provisioningState']).toLowerCase();
      if (state === '' || state === 'succeeded' || answer.status === 404) return;
      if (BAD.includes(state))
        throw new Failure(`${doing}: polling failed: the provisioning state is ${state}`);
      await this.betweenPolls(answer, count);
      answer = await this.call({ method: 'GET', path: call.path, api: call.api });
    }
  }

  private async untilGone(call: ArmCall, first: ArmAnswer, doing: string): Promise<void> {
    let answer = first;
    for (let count = 1; ; count++) {
      answer = await this.call({ method: 'GET', path: call.path, api: call.api });
      if (answer.status === 404) return;
      if (answer.status >= 400) throw new Failure(`${doing}: ${describe(answer)}`);
      await this.betweenPolls(answer, count);
    }
  }
}

function stateOf(body: JsonMap): string {
  const properties = body['properties'] as JsonMap | undefined;
  return text(body['status'] ?? properties?.['provisioningState']);
}

function verb(doing: string): string {
  return doing.split(' ').pop() ?? '';
}

/** Escapes what may not stand in a path, and nothing that ids are made of. */
function encodePart(part: string): string {
  return encodeURIComponent(part).replace(/%40/g, '@').replace(/%24/g, '$').replace(/%3A/g, ':');
}
