import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose';
import { signingKeyOf } from '../../entrance/signing-key.ts';
import type { World } from '../../world.ts';
import type { Application, FederatedCredential } from './directory.ts';
import { EntraProblem } from './problem.ts';

/** The only foreign issuer whose keys are known here. */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/** What Entra wants a federated assertion to be addressed to. */
export const EXCHANGE_AUDIENCE = 'api://AzureADTokenExchange';

const FEDERATION_HELP =
  'https://learn.microsoft.com/entra/workload-id/workload-identity-federation';

/**
 * Checks a client assertion as Entra does: signature and lifetime by the issuer's key, then issuer,
 * audience and subject against the application's federated credentials. Throws an EntraProblem.
 */
export async function checkAssertion(
  world: World,
  application: Application,
  assertion: string,
): Promise<void> {
  const claims = await verified(world, assertion);
  const audience = [claims.aud ?? ''].flat()[0] ?? '';
  const presented = { issuer: claims.iss ?? '', audience, subject: claims.sub ?? '' };
  match(application.credentials, presented);
}

async function verified(world: World, assertion: string): Promise<JWTPayload> {
  const now = world.clock.now();
  try {
    const key = await signingKeyOf(world, 'github');
    const currentDate = new Date(now);
    const { payload } = await jwtVerify(assertion, key.publicKey, {
      algorithms: ['RS256'],
      currentDate,
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired || isNotYetValid(error)) {
      throw outsideLifetime(decodeJwt(assertion), now);
    }
    throw badAssertion(error);
  }
}

function isNotYetValid(error: unknown): boolean {
  return error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf';
}

function badAssertion(error: unknown): EntraProblem {
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new EntraProblem(
      50013,
      'invalid_client',
      'Assertion failed signature validation. [Reason - The key was not found.]',
      401,
    );
  }
  return new EntraProblem(50027, 'invalid_request', 'JWT token is invalid or malformed.');
}

function outsideLifetime(claims: JWTPayload, now: number): EntraProblem {
  const at = (seconds: number): string =>
    new Date(seconds * 1000).toISOString().replace(/(\.\d{3})Z$/, '$10000Z');
  return new EntraProblem(
    700024,
    'invalid_client',
    `Client assertion is not within its valid time range. Current time: ${at(now / 1000)}, ` +
      `assertion valid from ${at(claims.nbf ?? 0)}, expiry time of assertion ${at(claims.exp ?? 0)}. ` +
      `Review the documentation at ` +
      `https://learn.microsoft.com/entra/identity-platform/certificate-credentials .`,
    401,
  );
}

/** Compares from the widest to the narrowest, so that the refusal names what is really wrong. */
function match(credentials: readonly FederatedCredential[], presented: FederatedCredential): void {
  const ofIssuer = credentials.filter(({ issuer }) => issuer === presented.issuer);
  if (ofIssuer.length === 0) throw noMatch(700211, 'issuer', presented.issuer);
  const ofAudience = ofIssuer.filter(({ audience }) => audience === presented.audience);
  if (ofAudience.length === 0) throw noMatch(700212, 'audience', presented.audience);
  const subject = presented.subject;
  if (ofAudience.some((credential) => credential.subject === subject)) return;
  if (ofAudience.some((credential) => sameButCase(credential.subject, subject))) {
    throw noMatch(
      7002138,
      'subject',
      subject,
      'The subject matches with case-insensitive comparison, but not with case-sensitive comparison. ',
    );
  }
  throw noMatch(700213, 'subject', subject);
}

function sameButCase(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function noMatch(code: number, part: string, value: string, more = ''): EntraProblem {
  return new EntraProblem(
    code,
    'invalid_client',
    `No matching federated identity record found for presented assertion ${part} '${value}'. ` +
      `${more}Check your federated identity credential Subject, Audience and Issuer against the ` +
      `presented assertion. ${FEDERATION_HELP}`,
    401,
  );
}
