import { badRequest, conflict } from '../../arm/errors.ts';
import { isTaken } from '../../arm/global-names.ts';
import { textAt } from '../../arm/json.ts';
import { connectionsOf } from '../../arm/private-link.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import { make } from '../../arm/write.ts';
import type { StoredResource, World } from '../../world.ts';

export const ACCOUNTS = 'Microsoft.Storage/storageAccounts';

/** Azure's rule for the names of accounts. */
export const NAME_PATTERN = /^[a-z0-9]{3,24}$/;

const SERVICES = ['blob', 'queue', 'table', 'file', 'dfs'] as const;
const RETENTION_OFF = { enabled: false };

export const storageTypes: readonly ResourceType[] = [
  {
    type: ACCOUNTS,
    located: true,
    creates: 200,
    waiting: 'accepted',
    deletes: 200,
    seconds: { create: 25, update: 0 },
    defaults: {
      accessTier: 'Hot',
      allowBlobPublicAccess: false,
      minimumTlsVersion: 'TLS1_2',
      supportsHttpsTrafficOnly: true,
      networkAcls: {
        bypass: 'AzureServices',
        defaultAction: 'Allow',
        ipRules: [],
        virtualNetworkRules: [],
        resourceAccessRules: [],
      },
      encryption: {
        keySource: 'Microsoft.Storage',
        services: {
          blob: { keyType: 'Account', enabled: true },
          file: { keyType: 'Account', enabled: true },
        },
      },
    },
    once: {
      creationTime: ({ world }) => new Date(world.clock.now()).toISOString(),
      keyCreationTime: ({ world }) => {
        const made = new Date(world.clock.now()).toISOString();
        return { key1: made, key2: made };
      },
      primaryEndpoints: ({ draft }) => endpointsOf(draft.name),
    },
    check: checkAccount,
    derive: ({ draft }) => {
      draft.properties['primaryLocation'] = draft.location;
      draft.properties['statusOfPrimary'] = 'available';
    },
    settled: (account, world, created) => {
      if (created) makeServices(account, world);
    },
    view: (account, world) => ({ privateEndpointConnections: connectionsOf(world, account) }),
  },
  {
    type: `${ACCOUNTS}/blobServices`,
    fixedNames: ['default'],
    verbs: ['get', 'put', 'list'],
    creates: 200,
    stateful: false,
    defaults: { cors: { corsRules: [] }, deleteRetentionPolicy: RETENTION_OFF },
  },
  {
    type: `${ACCOUNTS}/fileServices`,
    fixedNames: ['default'],
    verbs: ['get', 'put', 'list'],
    creates: 200,
    stateful: false,
    defaults: { cors: { corsRules: [] }, shareDeleteRetentionPolicy: { enabled: true, days: 7 } },
  },
  ...['queueServices', 'tableServices'].map((service): ResourceType => ({
    type: `${ACCOUNTS}/${service}`,
    fixedNames: ['default'],
    verbs: ['get', 'put', 'list'],
    creates: 200,
    stateful: false,
    defaults: { cors: { corsRules: [] } },
  })),
  {
    type: `${ACCOUNTS}/blobServices/containers`,
    verbs: ['get', 'list', 'put', 'patch', 'delete'],
    creates: 201,
    deletes: 200,
    stateful: false,
    defaults: { publicAccess: 'None', defaultEncryptionScope: '$account-encryption-key' },
    check: ({ draft }) => checkContainerName(draft.name),
    derive: ({ draft, world }) => {
      const lastModifiedTime = new Date(world.clock.now()).toISOString();
      Object.assign(draft.properties, {
        lastModifiedTime,
        leaseState: 'Available',
        leaseStatus: 'Unlocked',
        hasImmutabilityPolicy: false,
        hasLegalHold: false,
        denyEncryptionScopeOverride: false,
      });
    },
  },
  {
    type: `${ACCOUNTS}/fileServices/shares`,
    creates: 201,
    deletes: 200,
    stateful: false,
    defaults: { shareQuota: 5120, enabledProtocols: 'SMB', accessTier: 'TransactionOptimized' },
  },
  {
    type: `${ACCOUNTS}/managementPolicies`,
    fixedNames: ['default'],
    verbs: ['get', 'put', 'delete'],
    creates: 200,
    deletes: 200,
    stateful: false,
    derive: ({ draft, world }) => {
      draft.properties['lastModifiedTime'] = new Date(world.clock.now()).toISOString();
    },
    simplified: 'stored, never carried out',
  },
];

function endpointsOf(name: string): Record<string, string> {
  const services = SERVICES.map((service) => [
    service,
    `https://${name}.${service}.core.windows.net/`,
  ]);
  return {
    ...(Object.fromEntries(services) as Record<string, string>),
    web: `https://${name}.z6.web.core.windows.net/`,
  };
}

function checkAccount({ world, id, draft, existing }: Write): void {
  const { name } = draft;
  if (!NAME_PATTERN.test(name)) {
    throw badRequest(
      'AccountNameInvalid',
      `${name} is not a valid storage account name. Storage account name must be between 3 and 24 ` +
        'characters in length and use numbers and lower-case letters only.',
    );
  }
  if (isTaken(world, ACCOUNTS, name, id)) {
    throw conflict(
      'StorageAccountAlreadyTaken',
      `The storage account named ${name} is already taken.`,
    );
  }
  draft.kind ??= existing?.kind ?? 'StorageV2';
  const sku = textAt(draft.sku, 'name', textAt(existing?.sku, 'name', 'Standard_LRS'));
  draft.sku = { name: sku, tier: sku.split('_')[0] ?? 'Standard' };
}

/** The services of an account are there from its beginning. */
function makeServices(account: StoredResource, world: World): void {
  const service = (kind: string, properties: Record<string, unknown>): void => {
    const id = `${account.id}/${kind}/default`;
    if (world.resources.get(id) !== undefined) return;
    make(world, { id, name: 'default', type: `${ACCOUNTS}/${kind}`, properties });
  };
  service('blobServices', {
    cors: { corsRules: [] },
    deleteRetentionPolicy: RETENTION_OFF,
    containerDeleteRetentionPolicy: RETENTION_OFF,
  });
  service('fileServices', {
    cors: { corsRules: [] },
    shareDeleteRetentionPolicy: { enabled: true, days: 7 },
    protocolSettings: { smb: {} },
  });
  service('queueServices', { cors: { corsRules: [] } });
  service('tableServices', { cors: { corsRules: [] } });
}

/** Azure's rule for the names of containers. */
function checkContainerName(name: string): void {
  if (/^(\$root|[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9])$/.test(name)) return;
  throw badRequest('ContainerNameInvalid', `The specified container name '${name}' is invalid.`);
}
