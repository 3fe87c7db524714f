import type { Arm } from '../azure/arm.ts';
import { createArm } from '../azure/create-arm.ts';
import { codeOf } from '../azure/explain.ts';
import { scopes } from '../azure/pipeline.ts';
import { Problem, messageOf } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { openBroker } from './broker.ts';
import type { Broker } from './broker.ts';
import { claimsOf } from './claims.ts';
import type { Claims } from './claims.ts';
import { inWorkflow, openCredential } from './credential.ts';
import type { Session } from './session.ts';

type LoginSettings = Pick<Settings, 'clientId' | 'tenantId' | 'subscriptionId'>;

interface Subscription {
  readonly subscriptionId?: string;
  readonly tenantId?: string;
  readonly displayName?: string;
  readonly state?: string;
}

/**
 * Logs in, and makes sure that the token's tenant and the subscription are the ones asked for before
 * anything else is done with it. The caller closes the session.
 */
export async function login(settings: LoginSettings, tools: Toolbox): Promise<Session> {
  const { clientId, tenantId, subscriptionId } = settings;
  const credential = await openCredential(settings, tools);
  const token = await credential.getToken(scopes.management);
  const claims = claimsOf(token?.token ?? '');
  checkTenant(claims, settings);
  const arm = createArm(credential, tools);
  checkSubscription(await findSubscription(arm, settings), settings);
  const principalId = principalOf(claims);
  const broker = inWorkflow(tools) ? await openBroker(tools) : undefined;
  return {
    tenantId,
    subscriptionId,
    clientId,
    principalId,
    credential,
    arm,
    childEnvironment: childEnvironment(settings, broker, tools),
    close: async () => broker?.close(),
  };
}

/** The subscription as Azure shows it; undefined where it shows none. */
async function findSubscription(
  arm: Arm,
  { subscriptionId, tenantId }: LoginSettings,
): Promise<Subscription | undefined> {
  try {
    return await arm.get<Subscription>(`/subscriptions/${subscriptionId}`, '2022-12-01');
  } catch (error) {
    if (codeOf(error) === 'AuthorizationFailed') return undefined;
    if (codeOf(error) !== 'InvalidAuthenticationTokenTenant') throw error;
    throw new Problem(
      `The subscription ${subscriptionId} does not belong to tenant ${tenantId}.\n${messageOf(error).split('\n')[0] ?? ''}`,
      'correct tenant-id or subscription-id: both must be of the same tenant.',
      { cause: error, anchor: 'subscription' },
    );
  }
}

function checkTenant({ tid }: Claims, { tenantId }: LoginSettings): void {
  if (tid?.toLowerCase() === tenantId.toLowerCase()) return;
  throw new Problem(
    `The login ended in tenant ${tid ?? '(unknown)'}, but tenant-id asks for ${tenantId}. Nothing has been touched.`,
    'correct tenant-id, or log in to the tenant that is meant.',
    { anchor: 'login' },
  );
}

function checkSubscription(
  found: Subscription | undefined,
  { subscriptionId, tenantId, clientId }: LoginSettings,
): void {
  if (found === undefined) {
    throw new Problem(
      `The subscription ${subscriptionId} does not exist, or ${clientId} has no role in it.`,
      'check subscription-id; then give the identity its roles in that subscription (docs/setup.md). Azure shows no subscription to an identity without a role.',
      { anchor: 'subscription' },
    );
  }
  const name = `The subscription ${subscriptionId} (${found.displayName ?? 'no name'})`;
  if (found.tenantId !== undefined && found.tenantId.toLowerCase() !== tenantId.toLowerCase()) {
    throw new Problem(
      `${name} belongs to tenant ${found.tenantId}, but tenant-id asks for ${tenantId}.`,
      'correct tenant-id or subscription-id: both must be of the same tenant.',
      { anchor: 'subscription' },
    );
  }
  if (found.state !== undefined && found.state !== 'Enabled') {
    throw new Problem(
      `${name} is not enabled: its state is ${found.state}.`,
      'its owner can enable it again in the Azure portal (Subscriptions).',
      { anchor: 'subscription' },
    );
  }
}

function principalOf({ oid }: Claims): string {
  if (oid !== undefined && oid !== '') return oid;
  throw new Problem(
    "Entra's token does not say which identity is logged in (it has no oid).",
    'use an app registration that has a service principal in this tenant, or a managed identity.',
    { anchor: 'login' },
  );
}

/** Variables of Terraform's azurerm provider and backend; none of the runner's own id-token endpoint. */
function childEnvironment(
  { clientId, tenantId, subscriptionId }: LoginSettings,
  broker: Broker | undefined,
  { env }: Toolbox,
): Record<string, string> {
  const shared = {
    ARM_TENANT_ID: tenantId,
    ARM_SUBSCRIPTION_ID: subscriptionId,
    ARM_USE_AZUREAD: 'true',
  };
  if (broker === undefined) return { ...shared, ARM_USE_CLI: 'true' };
  return {
    ...shared,
    ARM_CLIENT_ID: clientId,
    ARM_USE_OIDC: 'true',
    ARM_USE_CLI: 'false',
    ARM_OIDC_REQUEST_URL: broker.url,
    ARM_OIDC_REQUEST_TOKEN: broker.bearer.reveal(),
    NO_PROXY: noProxy(env['NO_PROXY'] ?? env['no_proxy']),
  };
}

/** The broker is on this machine; a proxy must not be asked for it. */
function noProxy(given = ''): string {
  const hosts = given.split(',').map((host) => host.trim());
  return [...new Set([...hosts, '127.0.0.1', 'localhost'])].filter((host) => host !== '').join(',');
}
