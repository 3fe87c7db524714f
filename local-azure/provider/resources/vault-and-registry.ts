import type { JsonMap } from '../mapping/json.ts';
import { Failure } from '../azure/failure.ts';
import { sendAndSettle } from '../sending.ts';
import { enabled, identity, location, NO_IDENTITY, tags, words } from '../mapping/codecs.ts';
import { both, one, read, write } from '../mapping/field.ts';
import type { Codec } from '../mapping/field.ts';
import { at, put, text } from '../mapping/json.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable, Setting, Work } from '../mapping/table.ts';
import { isZero } from '../terraform/values.ts';
import type { ValueMap } from '../terraform/values.ts';
import { readReplications, sendReplications } from './replications.ts';

const VAULTS = '2026-02-01';
const REGISTRIES = '2025-11-01';

function deletedVault(state: ValueMap, setting: Setting): string {
  const { subscriptionId } = setting;
  return `/subscriptions/${subscriptionId}/providers/Microsoft.KeyVault/locations/${state['location'] as string}/deletedVaults/${state['name'] as string}`;
}

/** A vault of this name that was deleted softly must be recovered or purged before a new one. */
async function checkDeleted(planned: ValueMap, setting: Setting): Promise<void> {
  const path = deletedVault(planned, setting);
  const answer = await setting.arm.expect(
    { method: 'GET', path, api: VAULTS },
    [200, 403, 404],
    `checking for a soft-deleted Key Vault (${path})`,
  );
  if (answer.status !== 200) return;
  if (setting.feature('key_vault.recover_soft_deleted_key_vaults', true)) {
    planned['$recover'] = true;
    return;
  }
  throw new Failure(
    `an existing soft-deleted Key Vault exists with the Name "${planned['name'] as string}" in the location "${planned['location'] as string}", however automatically recovering this KeyVault has been disabled via the "features" block.`,
  );
}

async function purge(state: ValueMap, work: Work): Promise<void> {
  const { setting } = work;
  if (
    !setting.feature('key_vault.purge_soft_delete_on_destroy', true) ||
    state['purge_protection_enabled'] === true
  )
    return;
  const path = `${deletedVault(state, setting)}/purge`;
  await sendAndSettle(
    setting,
    { method: 'POST', path, api: VAULTS },
    `purging Key Vault (${work.id})`,
  );
}

const values = (key: string): Codec => ({
  toArm: (value) => (value as string[]).map((each) => ({ [key]: each })),
  fromArm: (json) => (json as JsonMap[]).map((each) => text(each[key])),
});

const keyVault: ResourceTable = {
  label: 'Key Vault',
  api: VAULTS,
  path: inGroup('Microsoft.KeyVault/vaults/{name}'),
  fields: [
    location,
    tags,
    both('sku_name', 'properties.sku.name'),
    both('tenant_id', 'properties.tenantId'),
    both('enabled_for_deployment', 'properties.enabledForDeployment', { empty: false }),
    both('enabled_for_disk_encryption', 'properties.enabledForDiskEncryption', { empty: false }),
    both('enabled_for_template_deployment', 'properties.enabledForTemplateDeployment', {
      empty: false,
    }),
    both('rbac_authorization_enabled', 'properties.enableRbacAuthorization'),
    both('purge_protection_enabled', 'properties.enablePurgeProtection'),
    both('public_network_access_enabled', 'properties.publicNetworkAccess', {
      codec: enabled,
      missing: true,
    }),
    both('soft_delete_retention_days', 'properties.softDeleteRetentionInDays', { missing: 90 }),
    one('network_acls', 'properties.networkAcls', [
      both('bypass', 'bypass', { missing: 'AzureServices' }),
      both('default_action', 'defaultAction', { missing: 'Allow' }),
      both('ip_rules', 'ipRules', { codec: values('value'), empty: [] }),
      both('virtual_network_subnet_ids', 'virtualNetworkRules', { codec: values('id'), empty: [] }),
    ]),
    read('vault_uri', 'properties.vaultUri'),
  ],
  fixed: {
    'properties.accessPolicies': [],
    'properties.createMode': 'default',
    'properties.enableSoftDelete': true,
    'properties.sku.family': 'A',
  },
  update: 'patch',
  patchBase: { properties: {} },
  prepare: checkDeleted,
  shape: (body, planned) => {
    if (planned['$recover'] === true) put(body, 'properties.createMode', 'recover');
    const properties = body['properties'] as JsonMap;
    // azurerm sends the switch only to turn it on, and the retention only when it is not the usual one.
    if (planned['purge_protection_enabled'] !== true) delete properties['enablePurgeProtection'];
    if (planned['soft_delete_retention_days'] === 90)
      delete properties['softDeleteRetentionInDays'];
  },
  unshape: (state) => {
    state['access_policy'] = [];
    if (isZero(state['network_acls'])) state['network_acls'] = [OPEN_ACLS];
  },
  deleted: purge,
};

const OPEN_ACLS: ValueMap = {
  bypass: 'AzureServices',
  default_action: 'Allow',
  ip_rules: [],
  virtual_network_subnet_ids: [],
};

const on = words('enabled', 'disabled');

const registry: ResourceTable = {
  label: 'Registry',
  api: REGISTRIES,
  path: inGroup('Microsoft.ContainerRegistry/registries/{name}'),
  fields: [
    location,
    tags,
    identity(NO_IDENTITY),
    both('sku', 'sku.name'),
    both('admin_enabled', 'properties.adminUserEnabled'),
    both('anonymous_pull_enabled', 'properties.anonymousPullEnabled', { empty: false }),
    both('data_endpoint_enabled', 'properties.dataEndpointEnabled', { empty: false }),
    both('network_rule_bypass_for_tasks_enabled', 'properties.networkRuleBypassAllowedForTasks'),
    both('network_rule_bypass_option', 'properties.networkRuleBypassOptions'),
    both('role_assignment_mode', 'properties.roleAssignmentMode'),
    both('zone_redundancy_enabled', 'properties.zoneRedundancy', { codec: enabled }),
    both('public_network_access_enabled', 'properties.publicNetworkAccess', {
      codec: enabled,
      missing: true,
    }),
    both(
      'azuread_authentication_as_arm_policy_enabled',
      'properties.policies.azureADAuthenticationAsArmPolicy.status',
      { codec: on, missing: true },
    ),
    both('export_policy_enabled', 'properties.policies.exportPolicy.status', {
      codec: on,
      missing: true,
    }),
    both('quarantine_policy_enabled', 'properties.policies.quarantinePolicy.status', {
      codec: on,
      empty: 'disabled',
    }),
    write('retention_policy_in_days', 'properties.policies.retentionPolicy.days'),
    read('login_server', 'properties.loginServer'),
    read('data_endpoint_host_names', 'properties.dataEndpointHostNames'),
  ],
  update: 'patch',
  patchBase: { properties: {} },
  shape: (body, planned, _setting, before) => {
    put(body, 'sku.tier', planned['sku'] as string);
    const days = planned['retention_policy_in_days'];
    if (before === null)
      put(
        body,
        'properties.policies.retentionPolicy',
        isZero(days) ? {} : { days: days as number, status: 'enabled' },
      );
  },
  unshape: (state, json) => {
    state['sku'] = (at(json, 'sku.tier') ?? at(json, 'sku.name') ?? '') as string;
    const keeps = at(json, 'properties.policies.retentionPolicy.status') === 'enabled';
    state['retention_policy_in_days'] = keeps
      ? (at(json, 'properties.policies.retentionPolicy.days') as number)
      : 0;
    state['admin_username'] = '';
    state['admin_password'] = '';
    state['encryption'] = [];
    state['network_rule_set'] = [];
  },
  accepts: ['georeplications'],
  created: (planned, work) => sendReplications(planned, {}, work),
  changed: sendReplications,
  readMore: readReplications,
};

export const vaultAndRegistryTables = {
  azurerm_key_vault: keyVault,
  azurerm_container_registry: registry,
};
