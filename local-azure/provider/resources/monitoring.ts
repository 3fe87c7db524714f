import type { JsonMap } from '../mapping/json.ts';
import { sendAndSettle } from '../sending.ts';
import { enabled, identity, inverted, location, name, tags } from '../mapping/codecs.ts';
import { KEEP, both, many, read, write, zeros } from '../mapping/field.ts';
import { at, text } from '../mapping/json.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable, Work } from '../mapping/table.ts';
import type { ValueMap } from '../terraform/values.ts';

const WORKSPACES = '2025-07-01';
/** Keys and deletion still go by an older version. */
const DELETION = '2020-08-01';
const COMPONENTS = '2020-02-02';

async function readSharedKeys(state: ValueMap, work: Work): Promise<void> {
  const call = { method: 'POST', path: `${work.id}/sharedKeys`, api: DELETION };
  const answer = await work.setting.arm.call(call);
  // The real provider only logs a refusal: the state keeps the keys it has.
  const keys: JsonMap | undefined = answer.status === 200 ? answer.body : undefined;
  for (const which of ['primary', 'secondary']) {
    const key = `${which}_shared_key`;
    state[key] = keys === undefined ? (state[key] ?? null) : text(keys[`${which}SharedKey`]);
  }
}

const logWorkspace: ResourceTable = {
  label: 'Workspace',
  api: WORKSPACES,
  path: inGroup('Microsoft.OperationalInsights/workspaces/{name}'),
  fields: [
    name,
    location,
    tags,
    identity(),
    both('sku', 'properties.sku.name', { empty: 'PerGB2018' }),
    both('retention_in_days', 'properties.retentionInDays', { empty: 0 }),
    both('daily_quota_gb', 'properties.workspaceCapping.dailyQuotaGb', { missing: -1 }),
    both(
      'allow_resource_only_permissions',
      'properties.features.enableLogAccessUsingOnlyResourcePermissions',
      { missing: true },
    ),
    both('local_authentication_enabled', 'properties.features.disableLocalAuth', {
      codec: inverted,
      missing: true,
    }),
    both('internet_ingestion_access_type', 'properties.publicNetworkAccessForIngestion'),
    both('internet_query_access_type', 'properties.publicNetworkAccessForQuery'),
    read('workspace_id', 'properties.customerId'),
    ...zeros(
      'cmk_for_query_forced',
      'data_collection_rule_id',
      'immediate_data_purge_on_30_days_enabled',
    ),
  ],
  unmodelled: ['properties.features.legacy', 'properties.features.searchVersion'],
  prepare: async (_planned, { arm, subscriptionId }) => {
    const path = `/subscriptions/${subscriptionId}/providers/Microsoft.OperationalInsights/deletedWorkspaces`;
    await arm.expect(
      { method: 'GET', path, api: WORKSPACES },
      [200],
      'listing deleted Log Analytics Workspaces',
    );
  },
  sendTwice: true,
  readMore: readSharedKeys,
  deleteApi: DELETION,
  deleteQuery: (setting) => ({
    force: String(setting.feature('log_analytics_workspace.permanently_delete_on_destroy', false)),
  }),
};

const BILLING = '2015-05-01';

async function sendCap(planned: ValueMap, work: Work): Promise<void> {
  const { arm } = work.setting;
  const path = `${work.id}/currentbillingfeatures`;
  const doing = `updating the billing features of ${work.id}`;
  const body = structuredClone(
    (await arm.expect({ method: 'GET', path, api: BILLING }, [200], doing)).body,
  );
  const cap = (body['DataVolumeCap'] ?? {}) as JsonMap;
  cap['Cap'] = planned['daily_data_cap_in_gb'] as number;
  cap['StopSendNotificationWhenHitCap'] = planned['daily_data_cap_notifications_enabled'] !== true;
  body['DataVolumeCap'] = cap;
  await sendAndSettle(work.setting, { method: 'PUT', path, api: BILLING, body }, doing);
}

async function readCap(state: ValueMap, work: Work): Promise<void> {
  const call = { method: 'GET', path: `${work.id}/currentbillingfeatures`, api: BILLING };
  const { body } = await work.setting.arm.expect(
    call,
    [200],
    `retrieving the billing features of ${work.id}`,
  );
  state['daily_data_cap_in_gb'] = Number(at(body, 'DataVolumeCap.Cap') ?? 0);
  state['daily_data_cap_notifications_enabled'] =
    at(body, 'DataVolumeCap.StopSendNotificationWhenHitCap') !== true;
}

const insights: ResourceTable = {
  label: 'Component',
  api: COMPONENTS,
  path: inGroup('Microsoft.Insights/components/{name}'),
  fields: [
    name,
    location,
    tags,
    both('application_type', 'kind'),
    both('workspace_id', 'properties.WorkspaceResourceId'),
    both('retention_in_days', 'properties.RetentionInDays'),
    both('sampling_percentage', 'properties.SamplingPercentage'),
    both('ip_masking_enabled', 'properties.DisableIpMasking', { codec: inverted, missing: true }),
    both('local_authentication_enabled', 'properties.DisableLocalAuth', {
      codec: inverted,
      missing: true,
    }),
    both('internet_ingestion_enabled', 'properties.publicNetworkAccessForIngestion', {
      codec: enabled,
    }),
    both('internet_query_enabled', 'properties.publicNetworkAccessForQuery', { codec: enabled }),
    both('force_customer_storage_for_profiler', 'properties.ForceCustomerStorageForProfiler'),
    write('daily_data_cap_in_gb', ''),
    write('daily_data_cap_notifications_enabled', ''),
    read('app_id', 'properties.AppId'),
    read('instrumentation_key', 'properties.InstrumentationKey'),
    read('connection_string', 'properties.ConnectionString'),
  ],
  shape: (body, planned) => {
    const properties = body['properties'] as JsonMap;
    properties['ApplicationId'] = planned['name'] as string;
    properties['Application_Type'] = planned['application_type'] as string;
  },
  unmodelled: ['properties.Ver'],
  created: sendCap,
  changed: (planned, _prior, work) => sendCap(planned, work),
  readMore: readCap,
};

const diagnosticSetting: ResourceTable = {
  label: 'Monitor Diagnostic Setting',
  api: '2021-05-01-preview',
  path: '{target_resource_id}/providers/Microsoft.Insights/diagnosticSettings/{name}',
  fields: [
    both('log_analytics_workspace_id', 'properties.workspaceId'),
    both('log_analytics_destination_type', 'properties.logAnalyticsDestinationType'),
    both('storage_account_id', 'properties.storageAccountId', { missing: KEEP }),
    ...zeros('eventhub_authorization_rule_id', 'eventhub_name'),
    many(
      'enabled_log',
      'properties.logs',
      [both('category', 'category'), both('category_group', 'categoryGroup')],
      { fixed: { enabled: true } },
    ),
    many('enabled_metric', 'properties.metrics', [both('category', 'category')], {
      fixed: { enabled: true },
      empty: null,
    }),
  ],
  stateId: (id) => {
    const [target, rest] = id.split(/\/providers\/Microsoft\.Insights\/diagnosticSettings\//i);
    return `${target as string}|${rest as string}`;
  },
  armId: (id) => id.replace('|', '/providers/Microsoft.Insights/diagnosticSettings/'),
  update: 'put',
};

export const monitoringTables = {
  azurerm_log_analytics_workspace: logWorkspace,
  azurerm_application_insights: insights,
  azurerm_monitor_diagnostic_setting: diagnosticSetting,
};
