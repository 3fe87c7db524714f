import { claimsOf } from '../../src/login/claims.ts';
import { jwt } from './azure-tools.ts';
import type { Asked, Reaction } from './fake-azure.ts';

export const ids = {
  clientId: '11111111-aaaa-4bbb-8ccc-000000000001',
  tenantId: '22222222-aaaa-4bbb-8ccc-000000000002',
  subscriptionId: '33333333-aaaa-4bbb-8ccc-000000000003',
  objectId: '44444444-aaaa-4bbb-8ccc-000000000004',
} as const;

export interface EntraOptions {
  /** What the federated credential accepts. */
  readonly subject?: string;
  readonly tokenSeconds?: number;
  /** Claims of the access token beside the usual ones. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Refuses every login with this text. */
  readonly refuse?: string;
}

/** Answers for login.microsoftonline.com: metadata, and tokens for the assertion that fits. */
export function entra(options: EntraOptions = {}): (asked: Asked) => Reaction {
  return (asked) => {
    if (asked.path.endsWith('/discovery/instance')) return { status: 200, body: discovery };
    if (asked.path.endsWith('/openid-configuration')) return { status: 200, body: metadata };
    if (!asked.path.endsWith('/oauth2/v2.0/token')) return { status: 501 };
    const form = new URLSearchParams(asked.text);
    const subject = claimsOf(form.get('client_assertion') ?? '').sub;
    const refusal = options.refuse ?? mismatch(subject, options.subject);
    if (refusal !== undefined) return refused(refusal);
    const seconds = options.tokenSeconds ?? 3600;
    const exp = Math.floor(Date.now() / 1000) + seconds;
    const aud = form.get('scope')?.replace('/.default', '');
    const claims = {
      aud,
      tid: ids.tenantId,
      oid: ids.objectId,
      idtyp: 'app',
      exp,
      ...options.claims,
    };
    const access_token = jwt({ ...claims, nonce: Math.random() });
    return {
      status: 200,
      body: { token_type: 'Bearer', expires_in: seconds, ext_expires_in: seconds, access_token },
    };
  };
}

function mismatch(subject: string | undefined, wanted: string | undefined): string | undefined {
  if (wanted === undefined || subject === wanted) return undefined;
  return `AADSTS700213: No matching federated identity record found for presented assertion subject '${subject ?? ''}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. Trace ID: 5a1e0b9c-trace Correlation ID: c Timestamp: 2026-11-22 12:00:00Z`;
}

function refused(text: string): Reaction {
  const code = /AADSTS(\d+)/.exec(text)?.[1];
  return {
    status: 401,
    body: { error: 'invalid_client', error_description: text, error_codes: [Number(code)] },
  };
}

const host = 'https://login.microsoftonline.com';

const metadata = {
  token_endpoint: `${host}/${ids.tenantId}/oauth2/v2.0/token`,
  authorization_endpoint: `${host}/${ids.tenantId}/oauth2/v2.0/authorize`,
  issuer: `${host}/${ids.tenantId}/v2.0`,
  jwks_uri: `${host}/${ids.tenantId}/discovery/v2.0/keys`,
};

const discovery = {
  tenant_discovery_endpoint: `${host}/${ids.tenantId}/v2.0/.well-known/openid-configuration`,
  metadata: [
    {
      preferred_network: 'login.microsoftonline.com',
      preferred_cache: 'login.windows.net',
      aliases: ['login.microsoftonline.com', 'login.windows.net'],
    },
  ],
};
