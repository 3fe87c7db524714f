import { createHash } from 'node:crypto';
import { regions } from '../arm/locations.ts';

/**
 * Accounts of Microsoft's in which the start-up files of Azure Machine Learning's nodes lie: blobs,
 * tables and queues in the region of the compute (learn.microsoft.com, "Configure inbound and
 * outbound network traffic", Azure Machine Learning). Their real names are not published; these are
 * made up, and always the same for a region.
 */
export function startupHosts(region: string): readonly string[] {
  const account = accountIn(region);
  return ['blob', 'table', 'queue'].map((service) => `${account}.${service}.core.windows.net`);
}

/** The region that a host of `startupHosts` belongs to; undefined for every other host. */
export function startupRegion(host: string): string | undefined {
  const account = host.toLowerCase().split('.')[0] ?? '';
  if (!account.startsWith(prefix)) return undefined;
  return regions.find(({ name }) => accountIn(name) === account)?.name;
}

const prefix = 'amlstartup';

function accountIn(region: string): string {
  return `${prefix}${createHash('sha256').update(region.toLowerCase()).digest('hex').slice(0, 10)}`;
}
