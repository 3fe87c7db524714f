import type { JsonMap } from '../mapping/json.ts';
import { enabled, identity, location, NO_IDENTITY, tags, spelt } from '../mapping/codecs.ts';
import { both, many, one, read, write, zeros } from '../mapping/field.ts';
import type { Codec, Field } from '../mapping/field.ts';
import { at, put, remove, text } from '../mapping/json.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable } from '../mapping/table.ts';
import { isZero } from '../terraform/values.ts';
import type { Value, ValueMap } from '../terraform/values.ts';
import { API, blobService, fileService, endpoints, readKeys } from './storage-services.ts';

/** A set of words ↔ one text with commas. */
const list: Codec = {
  toArm: (value) => [...(value as string[])].sort().join(', '),
  fromArm: (json) =>
    text(json)
      .split(',')
      .map((each) => each.trim()),
};

/** A list of texts ↔ a list of rules that allow them. */
function rules(key: string): Codec {
  return {
    toArm: (value) => (value as string[]).map((each) => ({ action: 'Allow', [key]: each })),
    fromArm: (json) => (json as JsonMap[]).map((each) => text(each[key] ?? each['value'])),
  };
}

/** Part of a name that is put together later. */
const inSku: Codec = { toArm: () => ({}), fromArm: () => null };

const networkRules: Field[] = [
  both('default_action', 'defaultAction'),
  both('bypass', 'bypass', { codec: list }),
  both('ip_rules', 'ipRules', { codec: rules('value'), empty: [] }),
  both('virtual_network_subnet_ids', 'virtualNetworkRules', { codec: rules('id'), empty: [] }),
];

const OPEN = {
  bypass: 'AzureServices',
  defaultAction: 'Allow',
  ipRules: [],
  resourceAccessRules: [],
  virtualNetworkRules: [],
};

const account: ResourceTable = {
  label: 'Storage Account',
  api: API,
  path: inGroup('Microsoft.Storage/storageAccounts/{name}'),
  fields: [
    location,
    tags,
    identity(NO_IDENTITY),
    both('account_kind', 'kind'),
    write('account_replication_type', 'sku', { codec: inSku }),
    both('account_tier', 'sku.tier'),
    both('access_tier', 'properties.accessTier', { missing: '' }),
    both('allow_nested_items_to_be_public', 'properties.allowBlobPublicAccess'),
    both('cross_tenant_replication_enabled', 'properties.allowCrossTenantReplication'),
    both('shared_access_key_enabled', 'properties.allowSharedKeyAccess', { missing: true }),
    both('default_to_oauth_authentication', 'properties.defaultToOAuthAuthentication'),
    both('dns_endpoint_type', 'properties.dnsEndpointType', { missing: 'Standard' }),
    both('is_hns_enabled', 'properties.isHnsEnabled'),
    both('local_user_enabled', 'properties.isLocalUserEnabled', { missing: true }),
    both('nfsv3_enabled', 'properties.isNfsV3Enabled'),
    both('sftp_enabled', 'properties.isSftpEnabled', { empty: false }),
    both('min_tls_version', 'properties.minimumTlsVersion', { missing: 'TLS1_0' }),
    both('public_network_access_enabled', 'properties.publicNetworkAccess', {
      codec: enabled,
      missing: true,
    }),
    both('https_traffic_only_enabled', 'properties.supportsHttpsTrafficOnly'),
    both('queue_encryption_key_type', 'properties.encryption.services.queue.keyType', {
      missing: 'Service',
    }),
    both('table_encryption_key_type', 'properties.encryption.services.table.keyType', {
      missing: 'Service',
    }),
    both(
      'infrastructure_encryption_enabled',
      'properties.encryption.requireInfrastructureEncryption',
    ),
    both('allowed_copy_scope', 'properties.allowedCopyScope'),
    one('network_rules', 'properties.networkAcls', networkRules, {
      empty: OPEN,
      fixed: { resourceAccessRules: [] },
    }),
    one('sas_policy', 'properties.sasPolicy', [
      both('expiration_action', 'expirationAction'),
      both('expiration_period', 'sasExpirationPeriod'),
    ]),
    read('primary_location', 'properties.primaryLocation'),
    read('secondary_location', 'properties.secondaryLocation'),
  ],
  fixed: { 'properties.encryption.keySource': 'Microsoft.Storage' },
  parts: [blobService, fileService],
  shape: (body, planned, _setting, before) => {
    put(
      body,
      'sku.name',
      `${planned['account_tier'] as string}_${planned['account_replication_type'] as string}`,
    );
    // The tier is fixed for good: another replication goes by its name alone.
    if (
      before !== null &&
      before['account_replication_type'] !== planned['account_replication_type']
    )
      remove(body, 'sku.tier');
    const kind = planned['account_kind'];
    if (kind !== 'BlockBlobStorage' && kind !== 'FileStorage' && isZero(planned['access_tier']))
      put(body, 'properties.accessTier', 'Hot');
    if (planned['infrastructure_encryption_enabled'] !== true) {
      const encryption = at(body, 'properties.encryption') as JsonMap;
      delete encryption['requireInfrastructureEncryption'];
    }
  },
  unshape: (state, json) => {
    state['account_replication_type'] = text(at(json, 'sku.name')).split('_')[1] ?? '';
    state['large_file_share_enabled'] = at(json, 'properties.largeFileSharesState') === 'Enabled';
    state['provisioned_billing_model_version'] = '';
    state['edge_zone'] = '';
    state['routing'] = [];
    settleNetworkRules(state);
    endpoints(state, json);
  },
  readMore: readKeys,
  slim: true,
};

/** Open to all, with nothing besides, is what azurerm shows as no rules at all. */
function settleNetworkRules(state: ValueMap): void {
  const block = ((state['network_rules'] ?? []) as ValueMap[])[0];
  if (block === undefined) return;
  const bypass = block['bypass'] as Value[];
  const open =
    block['default_action'] === 'Allow' && bypass.length === 1 && bypass[0] === 'AzureServices';
  if (open && isZero(block['ip_rules']) && isZero(block['virtual_network_subnet_ids']))
    state['network_rules'] = [];
}

const container: ResourceTable = {
  label: 'Container',
  api: API,
  path: '{storage_account_id}/blobServices/default/containers/{name}',
  fields: [
    both('container_access_type', 'properties.publicAccess', {
      codec: spelt({ private: 'None', container: 'Container', blob: 'Blob' }),
    }),
    both('metadata', 'properties.metadata', { empty: {} }),
    both('default_encryption_scope', 'properties.defaultEncryptionScope'),
    write('encryption_scope_override_enabled', ''),
    read('has_immutability_policy', 'properties.hasImmutabilityPolicy'),
    read('has_legal_hold', 'properties.hasLegalHold'),
  ],
  update: 'patch',
  unshape: (state, json) => {
    const name = (state['storage_account_id'] as string).split('/').pop() as string;
    state['url'] = `https://${name}.blob.core.windows.net/${state['name'] as string}`;
    state['encryption_scope_override_enabled'] =
      at(json, 'properties.denyEncryptionScopeOverride') !== true;
  },
};

const days = (tf: string, arm: string): Field => both(tf, arm, { codec: daysCodec, missing: -1 });

const daysCodec: Codec = {
  toArm: (value) => ((value as number) < 0 ? undefined : (value as number)),
  fromArm: (json) => json as number,
};

const managementPolicy: ResourceTable = {
  label: 'Storage Account Management Policy',
  api: API,
  path: '{storage_account_id}/managementPolicies/default',
  fields: [
    many(
      'rule',
      'properties.policy.rules',
      [
        both('name', 'name'),
        both('enabled', 'enabled'),
        one('filters', 'definition.filters', [
          both('blob_types', 'blobTypes'),
          both('prefix_match', 'prefixMatch'),
        ]),
        one('actions', 'definition.actions', [
          one('base_blob', 'baseBlob', [
            ...zeros('auto_tier_to_hot_from_cool_enabled'),
            days(
              'delete_after_days_since_modification_greater_than',
              'delete.daysAfterModificationGreaterThan',
            ),
            days(
              'delete_after_days_since_last_access_time_greater_than',
              'delete.daysAfterLastAccessTimeGreaterThan',
            ),
            days(
              'delete_after_days_since_creation_greater_than',
              'delete.daysAfterCreationGreaterThan',
            ),
            days(
              'tier_to_cool_after_days_since_modification_greater_than',
              'tierToCool.daysAfterModificationGreaterThan',
            ),
            days(
              'tier_to_archive_after_days_since_modification_greater_than',
              'tierToArchive.daysAfterModificationGreaterThan',
            ),
          ]),
        ]),
      ],
      { fixed: { type: 'Lifecycle' } },
    ),
  ],
  fixed: { name: 'default' },
  update: 'put',
};

export const storageTables = {
  azurerm_storage_account: account,
  azurerm_storage_container: container,
  azurerm_storage_management_policy: managementPolicy,
};
