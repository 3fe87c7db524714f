import { isLocation } from '../arm/locations.ts';
import type { World } from '../world.ts';
import { startupRegion } from './startup-storage.ts';

/**
 * Which host names belong to which Azure service tag. Azure publishes address ranges; Local Azure
 * has names only, so each tag is written as the names behind it (Azure's lists of endpoints per
 * service). `*` stands for any number of labels.
 */
const tagHosts: Readonly<Record<string, readonly string[]>> = {
  AzureActiveDirectory: [
    'login.microsoftonline.com',
    'login.microsoft.com',
    'login.windows.net',
    'sts.windows.net',
    'graph.microsoft.com',
    'graph.windows.net',
  ],
  AzureResourceManager: ['management.azure.com'],
  AzureMachineLearning: [
    '*.api.azureml.ms',
    '*.cert.api.azureml.ms',
    '*.modelmanagement.azureml.net',
    '*.notebooks.azure.net',
    '*.instances.azureml.ms',
    '*.instances.azureml.net',
    '*.tundra.azureml.ms',
    '*.experiments.azureml.net',
  ],
  BatchNodeManagement: ['*.batch.azure.com', '*.service.batch.azure.com'],
  Storage: [
    '*.blob.core.windows.net',
    '*.file.core.windows.net',
    '*.queue.core.windows.net',
    '*.table.core.windows.net',
    '*.dfs.core.windows.net',
  ],
  AzureMonitor: [
    'dc.services.visualstudio.com',
    'dc.applicationinsights.azure.com',
    'dc.applicationinsights.microsoft.com',
    '*.in.applicationinsights.azure.com',
    '*.ods.opinsights.azure.com',
    '*.oms.opinsights.azure.com',
    '*.monitor.azure.com',
  ],
  // The registry and what its layers come from: Azure says that the first tag needs the second. Which
  // of the two covers which name is ours.
  MicrosoftContainerRegistry: ['mcr.microsoft.com'],
  'AzureFrontDoor.FirstParty': ['*.data.mcr.microsoft.com'],
  'AzureFrontDoor.Frontend': ['ml.azure.com', '*.azurefd.net', 'portal.azure.com'],
  AzureKeyVault: ['*.vault.azure.net'],
  AzureContainerRegistry: ['*.azurecr.io'],
  AppService: ['*.azurewebsites.net'],
};

/** Tags that are the whole of another tag's ranges and more. */
const wholeAzure = ['AzureCloud', 'Internet'];

/**
 * Whether a host name matches a pattern: equal, or `*` as its first character for whatever stands
 * before the rest. `*.contoso.com` does not cover `contoso.com` itself, as in Azure Firewall.
 */
export function hostMatches(host: string, pattern: string): boolean {
  const [name, wanted] = [host.toLowerCase(), pattern.toLowerCase()];
  if (wanted === '*') return true;
  if (!wanted.startsWith('*')) return name === wanted;
  return name.endsWith(wanted.slice(1)) && name.length > wanted.length - 1;
}

/** The region of a public host, where it is known: by its resource, or because a label names it. */
export function regionOf(world: World, host: string): string | undefined {
  const labels = host.toLowerCase().split('.');
  const owner = world.resources
    .all()
    .find(
      (resource) => resource.name.toLowerCase() === labels[0] && resource.location !== undefined,
    );
  const named = labels.find((label) => label !== 'global' && isLocation(label));
  return owner?.location ?? startupRegion(host) ?? named;
}

function normalRegion(region: string): string {
  return region.toLowerCase().replaceAll(/[\s-]/g, '');
}

/**
 * Whether a service tag, with or without region (`Storage`, `Storage.WestEurope`), covers a public
 * host. A host whose region is not known counts for every region: what a tag could open, it opens.
 */
export function tagCovers(world: World, tag: string, host: string): boolean {
  if (wholeAzure.some((whole) => coversName(tag, whole))) return true;
  const name = Object.keys(tagHosts).find((known) => coversName(tag, known));
  if (name === undefined) return false;
  if (!(tagHosts[name] ?? []).some((pattern) => hostMatches(host, pattern))) return false;
  const region = tag.slice(name.length + 1);
  const actual = regionOf(world, host);
  return region === '' || actual === undefined || normalRegion(actual) === normalRegion(region);
}

function coversName(tag: string, known: string): boolean {
  const [asked, name] = [tag.toLowerCase(), known.toLowerCase()];
  return asked === name || asked.startsWith(`${name}.`);
}
