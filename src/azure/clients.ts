import type { DeploymentsClient } from '@azure/arm-resourcesdeployments';
import type { ResourceManagementClient } from '@azure/arm-resources';
import type { Session } from '../login/session.ts';
import { openPipeline, scopes } from './pipeline.ts';
import type { LineTools } from './exchange.ts';

/** What a client needs of a login. */
export type ClientLogin = Pick<Session, 'credential' | 'subscriptionId'>;

/** The SDK's client for resource groups, providers and resources, over our own pipeline. */
export async function resourceClient(
  { credential, subscriptionId }: ClientLogin,
  tools: LineTools,
): Promise<ResourceManagementClient> {
  const { ResourceManagementClient } = await import('@azure/arm-resources');
  const pipeline = await openPipeline(credential, scopes.management, tools);
  return new ResourceManagementClient(credential, subscriptionId, { pipeline });
}

/** The SDK's client for template deployments, over our own pipeline. */
export async function deploymentsClient(
  { credential, subscriptionId }: ClientLogin,
  tools: LineTools,
): Promise<DeploymentsClient> {
  const { DeploymentsClient } = await import('@azure/arm-resourcesdeployments');
  const pipeline = await openPipeline(credential, scopes.management, tools);
  return new DeploymentsClient(credential, subscriptionId, { pipeline });
}
