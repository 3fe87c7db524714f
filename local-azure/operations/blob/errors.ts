import { randomUUID } from 'node:crypto';
import type { TokenFailure } from '../../entrance/access-token.ts';
import type { Answer } from '../../operation.ts';
import type { World } from '../../world.ts';

/** A refusal of the storage service: code, text, status (Common REST API error codes). */
function storageError(
  status: number,
  code: string,
  message: string,
  more: { readonly detail?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Answer {
  const id = randomUUID();
  const text = `${message}\nRequestId:${id}\nTime:${new Date().toISOString()}`;
  const detail = more.detail
    ? `<AuthenticationErrorDetail>${more.detail}</AuthenticationErrorDetail>`
    : '';
  return {
    status,
    headers: {
      'content-type': 'application/xml',
      'x-ms-error-code': code,
      'x-ms-request-id': id,
      ...more.headers,
    },
    body:
      `\uFEFF<?xml version="1.0" encoding="utf-8"?>` +
      `<Error><Code>${code}</Code><Message>${text}</Message>${detail}</Error>`,
  };
}

/**
 * The network's refusal, public access off and unlisted address alike (learn.microsoft.com, "Azure
 * Storage REST API error codes"; a missing role has a code of its own).
 */
export const notFromHere = (): Answer =>
  storageError(
    403,
    'AuthorizationFailure',
    'This request is not authorized to perform this operation.',
  );

/** The role's refusal: nobody granted the data action. */
export const permissionMismatch = (): Answer =>
  storageError(
    403,
    'AuthorizationPermissionMismatch',
    'This request is not authorized to perform this operation using this permission.',
  );

export const keysNotPermitted = (): Answer =>
  storageError(
    403,
    'KeyBasedAuthenticationNotPermitted',
    'Key based authentication is not permitted on this storage account.',
  );

/** A signature (account key or SAS) that is wrong, too old or for something else. */
export const signatureMismatch = (): Answer =>
  storageError(
    403,
    'AuthenticationFailed',
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
    { detail: 'The signature did not match, or is not valid now.' },
  );

/** A header that the file service does not do without. */
export const headerMissing = (name: string): Answer =>
  storageError(
    400,
    'MissingRequiredHeader',
    `An HTTP header that's mandatory for this request is not specified. Header: ${name}.`,
  );

/** A range that begins behind the end of a blob of so many bytes. */
export const invalidRange = (size: number): Answer =>
  storageError(
    416,
    'InvalidRange',
    'The range specified is invalid for the current size of the resource.',
    { headers: { 'content-range': `bytes */${size}` } },
  );

/** What an anonymous caller sees of everything that is not public. */
export const notFound = (): Answer =>
  storageError(404, 'ResourceNotFound', 'The specified resource does not exist.');

export const publicAccessNotPermitted = (): Answer =>
  storageError(
    409,
    'PublicAccessNotPermitted',
    'Public access is not permitted on this storage account.',
  );

export const serverBusy = (detail: string): Answer =>
  storageError(503, 'ServerBusy', `The server is currently unable to receive requests. ${detail}`);

/** 401 with the challenge that clients take the authority from. */
export function unauthenticated(world: World, failure: TokenFailure): Answer {
  const anonymous = failure.reason === 'missing';
  return storageError(
    401,
    anonymous ? 'NoAuthenticationInformation' : 'InvalidAuthenticationInfo',
    'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.',
    {
      ...(anonymous ? {} : { detail: detailOf(failure) }),
      headers: {
        'www-authenticate':
          `Bearer authorization_uri=https://login.microsoftonline.com/${world.tenantId}/oauth2/authorize ` +
          `resource_id=https://storage.azure.com`,
      },
    },
  );
}

function detailOf(failure: TokenFailure): string {
  switch (failure.reason) {
    case 'expired':
      return 'Lifetime validation failed. The token is expired.';
    case 'audience':
      return 'Audience validation failed. Audience did not match.';
    case 'tenant':
      return 'Issuer validation failed. Issuer did not match.';
    case 'signature':
      return 'Signature validation failed.';
    case 'malformed':
    case 'missing':
      return 'The token is malformed.';
  }
}
