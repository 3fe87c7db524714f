import { Failure } from './failure.ts';
import type { Send } from './http.ts';

/** Who logs in, and where the id-token for it is asked for. */
export interface Credentials {
  readonly tenantId: string;
  readonly clientId: string;
  readonly subscriptionId: string;
  readonly requestUrl: string;
  readonly requestToken: string;
}

interface Token {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly lifetime: number;
}

const AUDIENCE = 'api://AzureADTokenExchange';
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

function parsed(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Access tokens for one identity, kept per scope and renewed shortly before they expire. */
export class Login {
  private readonly tokens = new Map<string, Promise<Token>>();
  private readonly send: Send;
  private readonly credentials: Credentials;

  constructor(send: Send, credentials: Credentials) {
    this.send = send;
    this.credentials = credentials;
  }

  /** A token for `scope` that is good for the next call at least. */
  async token(scope: string, signal: AbortSignal): Promise<string> {
    const held = await this.tokens.get(scope)?.catch(() => undefined);
    // A tenth of its life, at most five minutes, before the end: lifetimes of seconds work too.
    if (held !== undefined && Date.now() < held.expiresAt - Math.min(300_000, held.lifetime / 10)) {
      return held.value;
    }
    const asked = this.exchange(scope, signal);
    this.tokens.set(scope, asked);
    return (await asked).value;
  }

  /** The claims of the token for `scope`, unverified: it is ours. */
  async claims(scope: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const payload = (await this.token(scope, signal)).split('.')[1] ?? '';
    return parsed(Buffer.from(payload, 'base64url').toString('utf8'));
  }

  private async idToken(signal: AbortSignal): Promise<string> {
    const url = new URL(this.credentials.requestUrl);
    url.searchParams.set('audience', AUDIENCE);
    const headers = {
      authorization: `Bearer ${this.credentials.requestToken}`,
      accept: 'application/json',
    };
    const answer = await this.send({ method: 'GET', url, headers, signal });
    const value = parsed(answer.body)['value'];
    if (answer.status === 200 && typeof value === 'string') return value;
    throw new Failure(
      `building authorizer: githubAssertion: cannot request token: received HTTP status ${String(answer.status)} with response: ${answer.body.slice(0, 500)}`,
    );
  }

  private async exchange(scope: string, signal: AbortSignal): Promise<Token> {
    const { tenantId, clientId } = this.credentials;
    const form = new URLSearchParams({
      client_assertion: await this.idToken(signal),
      client_assertion_type: ASSERTION,
      client_id: clientId,
      grant_type: 'client_credentials',
      scope,
    });
    const url = new URL(`https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await this.send({ method: 'POST', url, headers, body: form.toString(), signal });
    const body = parsed(answer.body);
    if (answer.status !== 200 || typeof body['access_token'] !== 'string') {
      throw new Failure(
        `clientCredentialsToken: received HTTP status ${String(answer.status)} with response: ${answer.body.slice(0, 2000)}`,
      );
    }
    const lifetime = Number(body['expires_in'] ?? 3600) * 1000;
    return { value: body['access_token'], expiresAt: Date.now() + lifetime, lifetime };
  }
}
