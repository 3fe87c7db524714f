import type { JsonMap } from '../mapping/json.ts';
import { enabled, identity, location, name, NO_IDENTITY, tags } from '../mapping/codecs.ts';
import { both, one, read, write } from '../mapping/field.ts';
import { at, put, text } from '../mapping/json.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable } from '../mapping/table.ts';
import { isZero } from '../terraform/values.ts';
import type { ValueMap } from '../terraform/values.ts';

const API = '2025-06-01';

const workspace: ResourceTable = {
  label: 'Workspace',
  api: API,
  path: inGroup('Microsoft.MachineLearningServices/workspaces/{name}'),
  fields: [
    name,
    location,
    tags,
    identity(NO_IDENTITY),
    both('kind', 'kind'),
    both('sku_name', 'sku.name'),
    both('application_insights_id', 'properties.applicationInsights'),
    both('key_vault_id', 'properties.keyVault'),
    both('storage_account_id', 'properties.storageAccount'),
    both('container_registry_id', 'properties.containerRegistry'),
    both('description', 'properties.description'),
    both('friendly_name', 'properties.friendlyName'),
    both('high_business_impact', 'properties.hbiWorkspace'),
    both('image_build_compute_name', 'properties.imageBuildCompute'),
    both('primary_user_assigned_identity', 'properties.primaryUserAssignedIdentity'),
    both('public_network_access_enabled', 'properties.publicNetworkAccess', {
      codec: enabled,
      missing: false,
    }),
    both('service_side_encryption_enabled', 'properties.enableServiceSideCMKEncryption'),
    both('storage_account_access_type', 'properties.systemDatastoresAuthMode'),
    both('v1_legacy_mode_enabled', 'properties.v1LegacyMode'),
    one('managed_network', 'properties.managedNetwork', [both('isolation_mode', 'isolationMode')]),
    one('serverless_compute', 'properties.serverlessComputeSettings', [
      both('subnet_id', 'serverlessComputeCustomSubnet'),
      both('public_ip_enabled', 'serverlessComputeNoPublicIP', {
        codec: { toArm: (value) => value !== true, fromArm: (json) => json !== true },
      }),
    ]),
    read('discovery_url', 'properties.discoveryUrl'),
    read('workspace_id', 'properties.workspaceId'),
  ],
  shape: (body, planned) => {
    put(body, 'sku.tier', planned['sku_name'] as string);
    put(body, 'properties.provisionNetworkNow', false);
    if (isZero(planned['high_business_impact']))
      delete (body['properties'] as JsonMap)['hbiWorkspace'];
  },
  unshape: (state, json) => {
    for (const network of (state['managed_network'] ?? []) as ValueMap[])
      network['provision_on_creation_enabled'] =
        at(json, 'properties.provisionNetworkNow') === true;
  },
  unmodelled: [
    'etag',
    'properties.creationTime',
    'properties.privateEndpointConnections[].properties.groupIds',
  ],
  deleteQuery: (setting) =>
    setting.feature('machine_learning.purge_soft_deleted_workspace_on_destroy', false)
      ? { forceToPurge: 'true' }
      : {},
};

const datastore: ResourceTable = {
  label: 'Data Store',
  api: API,
  path: '{workspace_id}/dataStores/{name}',
  query: { skipValidation: 'true' },
  fields: [
    name,
    both('description', 'properties.description', { empty: '' }),
    both('is_default', 'properties.isDefault'),
    both('service_data_auth_identity', 'properties.serviceDataAccessAuthIdentity'),
    both('tags', 'properties.tags', { empty: null }),
    write('account_key', 'properties.credentials.secrets.key'),
    write('shared_access_signature', 'properties.credentials.secrets.sasToken'),
  ],
  fixed: {
    type: 'AzureBlob',
    'properties.datastoreType': 'AzureBlob',
    'properties.endpoint': 'core.windows.net',
  },
  accepts: ['storage_container_id'],
  shape: (body, planned) => {
    const parts = (planned['storage_container_id'] as string).split('/');
    put(body, 'properties.accountName', parts[8] as string);
    put(body, 'properties.containerName', parts.at(-1) as string);
    put(body, 'properties.credentials', credentialsOf(body));
  },
  unshape: (state, json) => {
    state['account_key'] ??= '';
    state['shared_access_signature'] ??= '';
    const account = text(at(json, 'properties.accountName'));
    const prior = state['storage_container_id'];
    // The group of the account is not in the datastore: it stays what the state knows.
    if (typeof prior === 'string' && prior !== '') {
      const head = prior.split('/storageAccounts/')[0] as string;
      const container = text(at(json, 'properties.containerName'));
      state['storage_container_id'] =
        `${head}/storageAccounts/${account}/blobServices/default/containers/${container}`;
    }
  },
  update: 'put',
};

function credentialsOf(body: JsonMap): JsonMap {
  const secrets = at(body, 'properties.credentials.secrets') as JsonMap | undefined;
  if (secrets === undefined) return { credentialsType: 'None' };
  const kind = secrets['key'] === undefined ? 'Sas' : 'AccountKey';
  return { credentialsType: kind, secrets: { ...secrets, secretsType: kind } };
}

export const machineLearningTables = {
  azurerm_machine_learning_workspace: workspace,
  azurerm_machine_learning_datastore_blobstorage: datastore,
};
