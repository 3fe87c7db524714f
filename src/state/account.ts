import { apis } from '../azure/api-versions.ts';
import type { Arm, Resource } from '../azure/arm.ts';
import type { Difference } from '../azure/difference.ts';
import { codeOf } from '../azure/explain.ts';
import { differencesFrom } from '../azure/template-check.ts';
import { Problem } from '../errors.ts';

/** Where the state lies: its group and account, and for which environment. */
export interface Place {
  readonly subscriptionId: string;
  readonly environment: string;
  readonly group: string;
  readonly account: string;
  readonly location: string;
}

/** Containers of the account: the state itself, and packages on their way to the web app. */
export const containers = { state: 'tfstate', packages: 'packages' } as const;

/** Days for which deleted blobs, containers and older versions can be brought back. */
const retentionDays = 30;

/** The tags that mark what belongs to an environment's state. */
export function stateTags(environment: string): Record<string, string> {
  return {
    'innereye-environment': environment,
    'managed-by': 'innereye-closed-network',
    purpose: 'terraform-state',
  };
}

export function accountId({ subscriptionId, group, account }: Place): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/${account}`;
}

/** The account with its container, or undefined where either is missing. */
export async function findAccount(arm: Arm, place: Place): Promise<Resource | undefined> {
  const account = await arm.get(accountId(place), apis.storage);
  if (account === undefined) return undefined;
  const container = await arm.get(containerId(place, containers.state), apis.storage);
  return container && account;
}

function containerId(place: Place, container: string): string {
  return `${accountId(place)}/blobServices/default/containers/${container}`;
}

/**
 * Makes the account and its containers as they must be: Entra only, nothing public, TLS 1.2,
 * versioned, deletions kept. Puts are the same every time, so that a run that was cut off resumes.
 */
export async function ensureAccount(arm: Arm, place: Place): Promise<void> {
  const what = `Storage account ${place.account} of the state`;
  try {
    await arm.put(accountId(place), apis.storage, accountBody(place), {
      what,
      deadlineSeconds: 600,
    });
  } catch (error) {
    throw takenName(error, place) ?? error;
  }
  await arm.put(`${accountId(place)}/blobServices/default`, apis.storage, blobServiceBody);
  for (const name of [containers.packages, containers.state]) {
    await arm.put(containerId(place, name), apis.storage, { properties: { publicAccess: 'None' } });
  }
}

/**
 * How the account differs from what `ensureAccount` makes of it: whoever reads the state knows the
 * whole environment, so nothing that lets more people at it may stay unseen. Only reads.
 */
export async function accountDifferences(arm: Arm, place: Place): Promise<readonly Difference[]> {
  const id = accountId(place);
  const [account, blobService, ...found] = await Promise.all([
    arm.get(id, apis.storage),
    arm.get(`${id}/blobServices/default`, apis.storage),
    ...Object.values(containers).map((name) => arm.get(containerId(place, name), apis.storage)),
  ]);
  const resource = place.account;
  return [
    { resource, wanted: accountProperties, found: account?.properties },
    { resource, wanted: blobServiceProperties, found: blobService?.properties },
    ...Object.values(containers).map((name, at) => ({
      resource: `${resource}/${name}`,
      wanted: { publicAccess: 'None' },
      found: found[at]?.properties,
    })),
  ].flatMap(differencesFrom);
}

/** What of the account's properties decides who can get at the state. */
const accountProperties = {
  allowBlobPublicAccess: false,
  allowCrossTenantReplication: false,
  allowSharedKeyAccess: false,
  minimumTlsVersion: 'TLS1_2',
  supportsHttpsTrafficOnly: true,
} as const;

const blobServiceProperties = { isVersioningEnabled: true } as const;

function accountBody({ environment, location }: Place): unknown {
  return {
    location,
    kind: 'StorageV2',
    sku: { name: 'Standard_LRS' },
    tags: stateTags(environment),
    properties: {
      ...accountProperties,
      accessTier: 'Hot',
      defaultToOAuthAuthentication: true,
      // it holds no medical data, and hosted runners have no known address
      publicNetworkAccess: 'Enabled',
    },
  };
}

const blobServiceBody = {
  properties: {
    ...blobServiceProperties,
    deleteRetentionPolicy: { enabled: true, days: retentionDays },
    containerDeleteRetentionPolicy: { enabled: true, days: retentionDays },
  },
};

function takenName(error: unknown, { account, environment }: Place): Problem | undefined {
  const code = codeOf(error) ?? '';
  if (!/^StorageAccount(AlreadyTaken|AlreadyExists|InAnotherResourceGroup)$/.test(code)) {
    return undefined;
  }
  return new Problem(
    `The name ${account}, which the state of environment "${environment}" needs, is taken by a storage account that is not in its resource group (${code}).`,
    'choose another name for the environment. If the account was yours and was deleted with another group, Azure frees its name by itself after a while.',
    { cause: error, anchor: 'state' },
  );
}
