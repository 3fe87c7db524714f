import { answerOf, authorizationFailed, subscriptionNotFound } from '../arm/errors.ts';
import type { Answer } from '../operation.ts';
import type { World } from '../world.ts';
import { issuerOf, type TokenFailure } from './access-token.ts';

/** How a service says that a token is missing or wrong: 401 in the envelope of the host that was asked. */
export function unauthorized(world: World, host: string, failure: TokenFailure): Answer {
  if (host.endsWith('.vault.azure.net')) return vaultUnauthorized(world, failure);
  const { code, message } = armWords(world, failure);
  return {
    status: 401,
    headers: {
      'www-authenticate':
        `Bearer authorization_uri="https://login.windows.net/${world.tenantId}", ` +
        `error="invalid_token", error_description="${message.replaceAll('"', "'")}"`,
    },
    body: { error: { code, message } },
  };
}

function armWords(world: World, failure: TokenFailure): { code: string; message: string } {
  switch (failure.reason) {
    case 'missing':
      return {
        code: 'AuthenticationFailed',
        message: "Authentication failed. The 'Authorization' header is missing.",
      };
    case 'malformed':
      return { code: 'InvalidAuthenticationToken', message: 'The access token is invalid.' };
    case 'signature':
      return {
        code: 'InvalidAuthenticationToken',
        message: 'The access token validation failure: the signature is invalid.',
      };
    case 'expired':
      return {
        code: 'ExpiredAuthenticationToken',
        message:
          `The access token expiry UTC time '${utc(failure.expiredAt)}' is earlier than current ` +
          `UTC time '${utc(world.clock.now())}'.`,
      };
    case 'audience':
      return {
        code: 'InvalidAuthenticationTokenAudience',
        message:
          `The access token has been obtained for wrong audience or resource ` +
          `'${failure.audience}'. It should exactly match with one of the allowed audiences ` +
          `'https://management.core.windows.net/','https://management.core.windows.net',` +
          `'https://management.azure.com/','https://management.azure.com'.`,
      };
    case 'tenant':
      return wrongTenant(world, failure.issuer);
  }
}

function wrongTenant(world: World, issuer: string): { code: string; message: string } {
  return {
    code: 'InvalidAuthenticationTokenTenant',
    message:
      `The access token is from the wrong issuer '${issuer}'. It must match the tenant ` +
      `'${issuerOf(world.tenantId)}' associated with this subscription. Please use the authority ` +
      `(URL) 'https://login.windows.net/${world.tenantId}' to get the token. Note, if the ` +
      `subscription is transferred to another tenant there is no impact to the services, but ` +
      `information about new tenant could take time to propagate (up to an hour).`,
  };
}

/** Key Vault challenges: clients read authority and resource from it and come back with a token. */
function vaultUnauthorized(world: World, failure: TokenFailure): Answer {
  const message =
    failure.reason === 'missing'
      ? 'AKV10000: Request is missing a Bearer or PoP token.'
      : failure.reason === 'audience'
        ? `AKV10022: Invalid audience. Expected https://vault.azure.net, found: ${failure.audience}.`
        : `AKV10032: Invalid token (${failure.reason}).`;
  return {
    status: 401,
    headers: {
      'www-authenticate':
        `Bearer authorization="https://login.microsoftonline.com/${world.tenantId}", ` +
        `resource="https://vault.azure.net"`,
    },
    body: { error: { code: 'Unauthorized', message } },
  };
}

/** 403 in the words of ARM's authorisation. */
export function forbidden(objectId: string, action: string, scope: string): Answer {
  return answerOf(authorizationFailed(objectId, action, scope));
}

/** 404 where an ARM path lies in a subscription that this tenant does not have: it precedes every role. */
export function subscriptionRefusal(world: World, path: string): Answer | undefined {
  const subscription = /^\/subscriptions\/([^/]+)/i.exec(path)?.[1];
  if (!subscription || subscription.toLowerCase() === world.subscriptionId.toLowerCase()) {
    return undefined;
  }
  return answerOf(subscriptionNotFound(subscription));
}

/** As .NET prints a moment in the invariant culture, which is what ARM does. */
function utc(milliseconds: number): string {
  return new Date(milliseconds).toLocaleString('en-US', { timeZone: 'UTC' }).replace(',', '');
}
