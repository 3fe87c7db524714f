import { apis } from '../azure/api-versions.ts';
import type { Difference } from '../azure/difference.ts';
import { differencesFrom } from '../azure/template-check.ts';
import type { Parameters } from '../azure/template.ts';
import { setIn, valueAt } from '../azure/template.ts';
import type { Session } from '../login/session.ts';
import type { Place } from './place.ts';
import type { ImagesPlan } from './plan.ts';

/** What closes, empties and connects the images' account, by its place in ARM's answer, for each type of `arm/images.json`. */
export const watched = {
  'Microsoft.Storage/storageAccounts': [
    'kind',
    'properties.minimumTlsVersion',
    'properties.supportsHttpsTrafficOnly',
    'properties.publicNetworkAccess',
    'properties.allowBlobPublicAccess',
    'properties.allowCrossTenantReplication',
    'properties.allowSharedKeyAccess',
    'properties.networkAcls',
  ],
  'Microsoft.Storage/storageAccounts/blobServices': ['properties.deleteRetentionPolicy.enabled'],
  'Microsoft.Storage/storageAccounts/blobServices/containers': ['properties.publicAccess'],
  'Microsoft.Storage/storageAccounts/managementPolicies': ['properties.policy.rules'],
  'Microsoft.Network/privateEndpoints': ['properties.subnet.id'],
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups': ['properties.privateDnsZoneConfigs'],
  'Microsoft.Insights/diagnosticSettings': ['properties.workspaceId', 'properties.logs'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

type Type = keyof typeof watched;

const storage = 'Microsoft.Storage/storageAccounts';
const endpoints = 'Microsoft.Network/privateEndpoints';

/** How the account and all around it differ from what the template makes; empty where they do not. */
export async function accountDifferences(
  plan: ImagesPlan,
  { arm }: Pick<Session, 'arm'>,
): Promise<Difference[]> {
  const { place, account } = plan;
  const own = differencesFrom({
    resource: place.account,
    wanted: { ...wantedOf(storage, plan), 'properties.provisioningState': 'Succeeded' },
    found: account,
  });
  if (account === undefined) return own;
  const looks = await Promise.all(
    partsOf(place).map(async ([type, resource, id, api]) => ({
      resource,
      wanted: wantedOf(type, plan),
      found: await arm.get(id, api),
    })),
  );
  return [...own, ...looks.flatMap(differencesFrom)];
}

/** What belongs to the account: its type in the template, the name people know it by, its id and ARM's interface for it. */
function partsOf(
  place: Place,
): readonly (readonly [type: Type, resource: string, id: string, api: string])[] {
  const of = (part: string): string => `${place.account}, ${part}`;
  const zones = `${endpoints}/privateDnsZoneGroups` as const;
  return [
    [`${storage}/blobServices`, of('blob service'), place.blobServiceId, apis.storage],
    [`${storage}/blobServices/containers`, place.container, place.containerId, apis.storage],
    [`${storage}/managementPolicies`, of('deletion rule'), place.policyId, apis.storage],
    ['Microsoft.Insights/diagnosticSettings', of('logs'), place.diagnosticsId, apis.diagnostics],
    [zones, `${place.endpoint}, names`, place.zoneGroupId, apis.network],
    [endpoints, place.endpoint, place.endpointId, apis.network],
  ];
}

/**
 * How the tags of account and endpoint differ from those of the group; tags that only they have are
 * left to whoever put them there. A deploy brings them up to date, but they are no drift: they follow
 * the group, which another stage may just have changed.
 */
export async function tagDifferences(
  { place, account, tags }: ImagesPlan,
  { arm }: Pick<Session, 'arm'>,
): Promise<Difference[]> {
  if (account === undefined) return [];
  const endpoint = await arm.get(place.endpointId, apis.network);
  return [
    { resource: place.account, wanted: { tags }, found: account },
    { resource: place.endpoint, wanted: { tags }, found: endpoint },
  ].flatMap(differencesFrom);
}

/** The datastore: that it leads to the container, with a key, and with the key the account has now. */
export async function datastoreDifferences(
  { place, account, datastoreTemplate }: ImagesPlan,
  given: Parameters,
  { arm }: Pick<Session, 'arm'>,
): Promise<Difference[]> {
  const properties = setIn(datastoreTemplate, () => true, ['properties'], given);
  const at = (...path: readonly string[]): unknown => valueAt(properties, path);
  if (account === undefined) return [];
  return differencesFrom({
    resource: `datastore ${place.datastore}`,
    wanted: {
      'properties.datastoreType': at('datastoreType'),
      'properties.accountName': at('accountName'),
      'properties.containerName': at('containerName'),
      'properties.credentials.credentialsType': at('credentials', 'credentialsType'),
      'properties.tags': at('tags'),
    },
    found: await arm.get(place.datastoreId, apis.machineLearning),
  });
}

/** What the template sets of a type, by path. An endpoint must besides lead to this account, and be let in. */
function wantedOf(type: Type, plan: ImagesPlan): Readonly<Record<string, unknown>> {
  const { template, parameters, place } = plan;
  const set = watched[type].map((path) => [
    path,
    setIn(template, (one) => one.type === type, path.split('.'), parameters),
  ]);
  const wanted = Object.fromEntries(set) as Readonly<Record<string, unknown>>;
  if (type !== endpoints) return wanted;
  return { ...wanted, 'properties.privateLinkServiceConnections': [connectionTo(place.accountId)] };
}

function connectionTo(accountId: string): unknown {
  const properties = {
    privateLinkServiceId: accountId,
    groupIds: ['blob'],
    privateLinkServiceConnectionState: { status: 'Approved' },
  };
  return { properties };
}
