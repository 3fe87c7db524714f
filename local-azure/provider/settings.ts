import { Arm } from './azure/arm.ts';
import { Failure } from './azure/failure.ts';
import { httpClient } from './azure/http.ts';
import { Login } from './azure/login.ts';
import type { Setting } from './mapping/table.ts';
import { isMap } from './terraform/values.ts';
import type { Value, ValueMap } from './terraform/values.ts';

/** A configured provider: what its resources need, and the claims of its own token. */
export interface Configured extends Setting {
  readonly clientId: string;
  claims(): Promise<Record<string, unknown>>;
}

/** Argument of the provider block, then the environment variables that azurerm reads for it. */
function argument(
  config: ValueMap,
  env: NodeJS.ProcessEnv,
  name: string,
  ...variables: string[]
): string {
  const value = config[name];
  if (typeof value === 'string' && value !== '') return value;
  return (
    variables.map((variable) => env[variable]).find((each) => each !== undefined && each !== '') ??
    ''
  );
}

function required(value: string, name: string, variable: string): string {
  if (value !== '') return value;
  throw new Failure(
    `\`${name}\` is a required provider property when performing a plan/apply operation`,
    `Set it in the provider block or as ${variable}.`,
  );
}

function featureOf(config: ValueMap, path: string): Value {
  let here: Value = config['features'] ?? null;
  for (const name of path.split('.')) {
    const block: Value = Array.isArray(here) ? (here[0] ?? null) : here;
    here = isMap(block) ? (block[name] ?? null) : null;
  }
  return here;
}

/** Builds the provider's setting from its block and the environment. `stop` ends all its calls. */
export function configure(config: ValueMap, env: NodeJS.ProcessEnv, stop: AbortSignal): Configured {
  const take = (name: string, ...variables: string[]): string =>
    argument(config, env, name, ...variables);
  const subscriptionId = required(
    take('subscription_id', 'ARM_SUBSCRIPTION_ID'),
    'subscription_id',
    'ARM_SUBSCRIPTION_ID',
  );
  const tenantId = required(take('tenant_id', 'ARM_TENANT_ID'), 'tenant_id', 'ARM_TENANT_ID');
  const clientId = required(take('client_id', 'ARM_CLIENT_ID'), 'client_id', 'ARM_CLIENT_ID');
  if (config['use_oidc'] !== true && env['ARM_USE_OIDC'] !== 'true') {
    throw new Failure(
      'unable to build authorizer for Resource Manager API: could not configure AzureCli Authorizer',
      'The stand-in provider knows only OpenID Connect: set use_oidc = true or ARM_USE_OIDC=true.',
    );
  }
  const requestUrl = required(
    take('oidc_request_url', 'ARM_OIDC_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_URL'),
    'oidc_request_url',
    'ARM_OIDC_REQUEST_URL',
  );
  const requestToken = required(
    take('oidc_request_token', 'ARM_OIDC_REQUEST_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'),
    'oidc_request_token',
    'ARM_OIDC_REQUEST_TOKEN',
  );
  const send = httpClient(env);
  const login = new Login(send, { tenantId, clientId, subscriptionId, requestUrl, requestToken });
  return {
    arm: new Arm(send, login, env, stop),
    subscriptionId,
    tenantId,
    clientId,
    feature: (path, otherwise) => {
      const value = featureOf(config, path);
      return typeof value === 'boolean' ? value : otherwise;
    },
    claims: () => login.claims('https://management.azure.com/.default', stop),
  };
}
