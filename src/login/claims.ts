/** The claims of a token that this product reads; the signature is Azure's business, not ours. */
export interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  /** Seconds since the epoch. */
  readonly exp?: number;
  readonly iat?: number;
  readonly tid?: string;
  readonly oid?: string;
  readonly appid?: string;
  readonly azp?: string;
  readonly idtyp?: string;
  readonly scp?: string;
  readonly job_workflow_ref?: string;
}

/** The payload of a JWT, unverified; empty where the text is no JWT. */
export function claimsOf(token: string): Claims {
  const payload = token.split('.')[1];
  if (payload === undefined) return {};
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}

/** Whether a token stands for a person or for a workload; Azure's role assignments ask for it. */
export function principalTypeOf(claims: Claims): 'User' | 'ServicePrincipal' {
  if (claims.idtyp === 'user') return 'User';
  return claims.idtyp === undefined && claims.scp !== undefined ? 'User' : 'ServicePrincipal';
}
