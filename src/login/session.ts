import type { TokenCredential } from '@azure/core-auth';
import type { Arm } from '../azure/arm.ts';

/** A login that was checked against the tenant and subscription that were asked for. */
export interface Session {
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly clientId: string;
  /** Object id of the service principal or identity that is logged in. */
  readonly principalId: string;
  /** Renews itself, with a fresh id-token each time. */
  readonly credential: TokenCredential;
  readonly arm: Arm;
  /**
   * The variables by which Terraform, its provider and its state backend log in: ids, and the
   * address and bearer of the token broker. Never the runner's own id-token endpoint.
   */
  readonly childEnvironment: Readonly<Record<string, string>>;
  /** Stops the token broker. */
  close(): Promise<void>;
}
