import { randomUUID } from 'node:crypto';
import type { Answer } from '../../operation.ts';
import type { World } from '../../world.ts';

/** A refusal of Entra: an AADSTS number, its text, and the OAuth error it is filed under. */
export class EntraProblem extends Error {
  override readonly name = 'EntraProblem';
  readonly code: number;
  readonly error: string;
  readonly status: number;

  constructor(code: number, error: string, text: string, status = 400) {
    super(text);
    this.code = code;
    this.error = error;
    this.status = status;
  }
}

/** The answer that carries a refusal; MSAL and the Go clients print its description as it is. */
export function problemAnswer(problem: EntraProblem, world: World, correlationId?: string): Answer {
  const traceId = randomUUID();
  const correlation = correlationId ?? randomUUID();
  const timestamp = new Date(world.clock.now()).toISOString().replace('T', ' ').slice(0, 19) + 'Z';
  return {
    status: problem.status,
    headers: { 'cache-control': 'no-store, no-cache' },
    body: {
      error: problem.error,
      error_description:
        `AADSTS${problem.code}: ${problem.message} Trace ID: ${traceId} ` +
        `Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [problem.code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${problem.code}`,
    },
  };
}

export function tenantNotFound(tenant: string): EntraProblem {
  return new EntraProblem(
    90002,
    'invalid_request',
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are ` +
      `signing into the correct cloud. Check with your subscription administrator, this may happen ` +
      `if there are no active subscriptions for the tenant.`,
  );
}

export function applicationNotFound(clientId: string, tenant: string): EntraProblem {
  return new EntraProblem(
    700016,
    'unauthorized_client',
    `Application with identifier '${clientId}' was not found in the directory '${tenant}'. This ` +
      `can happen if the application has not been installed by the administrator of the tenant or ` +
      `consented to by any user in the tenant. You may have sent your authentication request to ` +
      `the wrong tenant.`,
  );
}

export function resourceNotFound(resource: string, tenant: string): EntraProblem {
  return new EntraProblem(
    500011,
    'invalid_resource',
    `The resource principal named ${resource} was not found in the tenant named ${tenant}. This ` +
      `can happen if the application has not been installed by the administrator of the tenant or ` +
      `consented to by any user in the tenant. You might have sent your authentication request to ` +
      `the wrong tenant.`,
  );
}

export function parameterMissing(name: string): EntraProblem {
  return new EntraProblem(
    900144,
    'invalid_request',
    `The request body must contain the following parameter: '${name}'.`,
  );
}

export function grantNotSupported(grant: string): EntraProblem {
  return new EntraProblem(
    70003,
    'unsupported_grant_type',
    `The app requested an unsupported grant type '${grant}'.`,
  );
}
