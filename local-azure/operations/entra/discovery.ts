import { signingKeyOf } from '../../entrance/signing-key.ts';
import type { Answer, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { problemAnswer, tenantNotFound } from './problem.ts';

const HOST = 'login.microsoftonline.com';

/** What MSAL asks before its first token: which names stand for this authority. */
const instance: Operation = {
  host: HOST,
  route: 'GET /common/discovery/instance',
  answer: (_call, world) => ({
    status: 200,
    body: {
      tenant_discovery_endpoint: `https://${HOST}/${world.tenantId}/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [
        {
          preferred_network: HOST,
          preferred_cache: 'login.windows.net',
          aliases: [HOST, 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
        },
      ],
    },
  }),
};

const configuration: Operation = {
  host: HOST,
  route: 'GET /{tenant}/v2.0/.well-known/openid-configuration',
  answer: (call, world) =>
    ofTenant(world, call.params['tenant'], (tenant) => ({
      status: 200,
      body: describe(tenant, `https://${HOST}/${tenant}/v2.0`),
    })),
};

const configurationOfVersionOne: Operation = {
  host: HOST,
  route: 'GET /{tenant}/.well-known/openid-configuration',
  answer: (call, world) =>
    ofTenant(world, call.params['tenant'], (tenant) => ({
      status: 200,
      body: describe(tenant, `https://sts.windows.net/${tenant}/`),
    })),
};

function describe(tenant: string, issuer: string): Record<string, unknown> {
  const base = `https://${HOST}/${tenant}`;
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    tenant_region_scope: 'EU',
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: 'graph.microsoft.com',
  };
}

function keys(route: string): Operation {
  return {
    host: HOST,
    route,
    answer: async (_call, world) => {
      const key = await signingKeyOf(world, 'entra');
      return { status: 200, body: { keys: [{ ...key.publicJwk, x5t: key.id }] } };
    },
  };
}

function ofTenant(
  world: World,
  tenant: string | undefined,
  answer: (tenant: string) => Answer,
): Answer {
  const name = tenant?.toLowerCase() ?? '';
  const known = [world.tenantId.toLowerCase(), 'common', 'organizations'].includes(name);
  return known ? answer(name) : problemAnswer(tenantNotFound(tenant ?? ''), world);
}

/** Everything by which a client finds Entra's endpoints and keys. */
export const discovery: readonly Operation[] = [
  instance,
  configuration,
  configurationOfVersionOne,
  keys('GET /{tenant}/discovery/v2.0/keys'),
  keys('GET /{tenant}/discovery/keys'),
];
