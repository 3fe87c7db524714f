import type { Json, JsonMap } from '../azure/arm.ts';
import { identity, location, NO_IDENTITY, enabled } from '../mapping/codecs.ts';
import { bareIdentity, sendAndSettle } from '../lifecycle.ts';
import { KEEP, both, one, read, write, zeros } from '../mapping/field.ts';
import { isNested } from '../mapping/field.ts';
import type { Field, Plain } from '../mapping/field.ts';
import { at, merge, put, remove, text } from '../mapping/json.ts';
import { inGroup } from '../mapping/table.ts';
import type { Part, ResourceTable, Setting } from '../mapping/table.ts';
import { isMap, isZero } from '../terraform/values.ts';
import type { Value, ValueMap } from '../terraform/values.ts';

const API = '2023-12-01';

const servicePlan: ResourceTable = {
  label: 'App Service Plan',
  api: API,
  path: inGroup('Microsoft.Web/serverFarms/{name}'),
  fields: [
    location,
    both('tags', 'tags', { empty: null }),
    both('sku_name', 'sku.name'),
    both('worker_count', 'sku.capacity'),
    both('per_site_scaling_enabled', 'properties.perSiteScaling', { empty: false }),
    both('zone_balancing_enabled', 'properties.zoneRedundant', { empty: false }),
    both('premium_plan_auto_scale_enabled', 'properties.elasticScaleEnabled', { empty: false }),
    both('maximum_elastic_worker_count', 'properties.maximumElasticWorkerCount'),
    ...zeros('app_service_environment_id'),
    read('reserved', 'properties.reserved'),
    read('kind', 'kind'),
  ],
  fixed: { 'properties.hyperV': false },
  accepts: ['os_type'],
  shape: (body, planned) => {
    put(body, 'properties.reserved', planned['os_type'] === 'Linux');
    put(body, 'properties.hyperV', planned['os_type'] === 'WindowsContainer');
  },
  unshape: (state, json) => {
    const windows = at(json, 'properties.hyperV') === true ? 'WindowsContainer' : 'Windows';
    state['os_type'] = at(json, 'properties.reserved') === true ? 'Linux' : windows;
  },
};

/** `site_config`, below `properties.siteConfig` when sent and `properties` of `config/web` when read. */
const siteConfig: Field[] = [
  both('always_on', 'alwaysOn'),
  both('container_registry_use_managed_identity', 'acrUseManagedIdentityCreds'),
  both('container_registry_managed_identity_client_id', 'acrUserManagedIdentityID'),
  both('http2_enabled', 'http20Enabled'),
  both('scm_use_main_ip_restriction', 'scmIpSecurityRestrictionsUseMain'),
  both('local_mysql_enabled', 'localMySqlEnabled'),
  both('load_balancing_mode', 'loadBalancing'),
  both('managed_pipeline_mode', 'managedPipelineMode'),
  both('remote_debugging_enabled', 'remoteDebuggingEnabled'),
  both('remote_debugging_version', 'remoteDebuggingVersion', {
    codec: { toArm: (value) => value as string, fromArm: (json) => text(json).toUpperCase() },
  }),
  both('use_32_bit_worker', 'use32BitWorkerProcess'),
  both('websockets_enabled', 'webSocketsEnabled'),
  both('ftps_state', 'ftpsState'),
  both('minimum_tls_version', 'minTlsVersion'),
  both('scm_minimum_tls_version', 'scmMinTlsVersion'),
  both('minimum_tls_cipher_suite', 'minTlsCipherSuite', { empty: '' }),
  both('vnet_route_all_enabled', 'vnetRouteAllEnabled'),
  both('ip_restriction_default_action', 'ipSecurityRestrictionsDefaultAction'),
  both('scm_ip_restriction_default_action', 'scmIpSecurityRestrictionsDefaultAction'),
  both('app_command_line', 'appCommandLine'),
  both('default_documents', 'defaultDocuments'),
  both('health_check_path', 'healthCheckPath'),
  both('worker_count', 'numberOfWorkers'),
  write('health_check_eviction_time_in_min', ''),
  one('application_stack', '', [
    write('python_version', ''),
    write('docker_image_name', ''),
    write('docker_registry_url', ''),
  ]),
  read('linux_fx_version', 'linuxFxVersion'),
  read('scm_type', 'scmType'),
  read('detailed_error_logging_enabled', 'detailedErrorLoggingEnabled'),
];

const EVICTION = 'WEBSITE_HEALTHCHECK_MAXPINGFAILURES';
const REGISTRY = 'DOCKER_REGISTRY_SERVER_';

function first(planned: ValueMap, name: string): ValueMap {
  const block = ((planned[name] ?? []) as Value[])[0];
  return isMap(block) ? block : {};
}

function stackOf(planned: ValueMap): ValueMap {
  return first(first(planned, 'site_config'), 'application_stack');
}

function withoutScheme(url: Value | undefined): string {
  return text(url as Json).replace(/^https:\/\//, '');
}

function linuxFx(stack: ValueMap): string | undefined {
  if (!isZero(stack['python_version'])) return `PYTHON|${stack['python_version'] as string}`;
  if (isZero(stack['docker_image_name'])) return undefined;
  return `DOCKER|${withoutScheme(stack['docker_registry_url'] ?? null)}/${stack['docker_image_name'] as string}`;
}

/** The app's settings as sent: the configured ones and those that other arguments stand for. */
function settingsOf(planned: ValueMap): Record<string, string> {
  const stack = stackOf(planned);
  const docker: Record<string, string> = isZero(stack['docker_image_name'])
    ? {}
    : {
        [`${REGISTRY}URL`]: (stack['docker_registry_url'] ?? '') as string,
        [`${REGISTRY}USERNAME`]: '',
        [`${REGISTRY}PASSWORD`]: '',
      };
  return { ...((planned['app_settings'] ?? {}) as Record<string, string>), ...docker };
}

function shapeSite(body: JsonMap, planned: ValueMap): void {
  const fx = linuxFx(stackOf(planned));
  if (fx !== undefined) put(body, 'properties.siteConfig.linuxFxVersion', fx);
  put(body, 'properties.siteConfig.autoHealEnabled', false);
  const list = Object.entries(settingsOf(planned)).map(([name, value]) => ({ name, value }));
  put(body, 'properties.siteConfig.appSettings', list);
  put(
    body,
    'properties.vnetRouteAllEnabled',
    at(body, 'properties.siteConfig.vnetRouteAllEnabled') as Json,
  );
  put(
    body,
    'properties.siteConfig.publicNetworkAccess',
    at(body, 'properties.publicNetworkAccess') as Json,
  );
}

function split(list: Value | undefined): string[] {
  return text(list as Json).split(',');
}

async function readConfiguration(state: ValueMap, id: string, setting: Setting): Promise<ValueMap> {
  const call = { method: 'GET', path: `${id}/config/web`, api: API };
  const web = await setting.arm.expect(
    call,
    [200],
    `reading Site Config for Linux App Service (${id})`,
  );
  const properties = (at(web.body, 'properties') ?? {}) as JsonMap;
  const block: ValueMap = {};
  for (const field of siteConfig) {
    if (isNested(field) || field.arm === '') continue;
    const found = at(properties, field.arm) ?? null;
    block[field.tf] = found === null ? zeroLike(field.tf) : fromArm(field, found);
  }
  const before = first(state, 'site_config');
  const fx = text(properties['linuxFxVersion']);
  return { ...ZERO_CONFIG, ...block, application_stack: stackFrom(fx, before, state) };
}

function fromArm(field: Plain, found: Json): Value {
  return field.codec === undefined ? (found as Value) : field.codec.fromArm(found);
}

const ZERO_CONFIG: ValueMap = {
  api_definition_url: '',
  api_management_api_id: '',
  auto_heal_setting: [],
  cors: [],
  ip_restriction: [],
  scm_ip_restriction: [],
};

const NUMBERS = ['worker_count', 'health_check_eviction_time_in_min'];
const TEXTS = /(_version|_path|_line|_action|_mode|_state|_suite|_type|_client_id)$/;

function zeroLike(name: string): Value {
  if (name === 'default_documents') return [];
  if (NUMBERS.includes(name)) return 0;
  return TEXTS.test(name) ? '' : false;
}

const EMPTY_STACK: ValueMap = {
  docker_image_name: '',
  docker_registry_password: '',
  docker_registry_url: '',
  docker_registry_username: '',
  dotnet_version: '',
  go_version: '',
  java_server: '',
  java_server_version: '',
  java_version: '',
  node_version: '',
  php_version: '',
  python_version: '',
};

function stackFrom(fx: string, _before: ValueMap, state: ValueMap): Value {
  const [kind, rest = ''] = fx.split('|') as [string, string?];
  if (kind.toUpperCase() === 'PYTHON') return [{ ...EMPTY_STACK, python_version: rest }];
  if (kind.toUpperCase() !== 'DOCKER') return fx === '' ? [] : [{ ...EMPTY_STACK }];
  const settings = (state['app_settings'] ?? {}) as Record<string, string>;
  const url = settings[`${REGISTRY}URL`] ?? '';
  return [
    {
      ...EMPTY_STACK,
      docker_registry_url: url,
      docker_image_name: rest.replace(`${withoutScheme(url)}/`, ''),
      docker_registry_username: settings[`${REGISTRY}USERNAME`] ?? '',
      docker_registry_password: settings[`${REGISTRY}PASSWORD`] ?? '',
    },
  ];
}

/** Takes what other arguments stand for out of the settings again. */
function ownSettings(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => name !== EVICTION && !name.startsWith(REGISTRY)),
  );
}

async function listed(id: string, name: string, setting: Setting): Promise<JsonMap> {
  const call = { method: 'POST', path: `${id}/config/${name}/list`, api: API };
  const answer = await setting.arm.expect(call, [200], `reading ${name} of App Service (${id})`);
  return (at(answer.body, 'properties') ?? {}) as JsonMap;
}

async function readSite(state: ValueMap, id: string, setting: Setting): Promise<void> {
  const settings = (await listed(id, 'appSettings', setting)) as Record<string, string>;
  state['app_settings'] = settings;
  const block = await readConfiguration(state, id, setting);
  block['health_check_eviction_time_in_min'] = Number(settings[EVICTION] ?? 0);
  state['site_config'] = [block];
  state['app_settings'] = ownSettings(settings);
  const strings = (await listed(id, 'connectionStrings', setting)) as Record<string, JsonMap>;
  state['connection_string'] = Object.entries(strings).map(([name, each]) => ({
    name,
    type: each['type'] as string,
    value: each['value'] as string,
  }));
  const credential = await listed(id, 'publishingcredentials', setting);
  state['site_credential'] = [
    {
      name: credential['publishingUserName'] as string,
      password: credential['publishingPassword'] as string,
    },
  ];
  state['outbound_ip_address_list'] = split(state['outbound_ip_addresses']);
  state['possible_outbound_ip_address_list'] = split(state['possible_outbound_ip_addresses']);
  for (const unset of ['auth_settings', 'auth_settings_v2', 'backup', 'storage_account'])
    state[unset] = [];
}

function policy(name: string, argument: string): Part {
  return {
    suffix: `/basicPublishingCredentialsPolicies/${name}`,
    fields: [both(argument, 'properties.allow', { missing: true })],
    sendWhenNew: (planned) => planned[argument] === false,
  };
}

const settingsPart: Part = {
  suffix: '/config/appSettings',
  reading: 'none',
  fields: [write('app_settings', 'properties'), write('site_config', '')],
  sendWhenNew: () => true,
  shape: (body, planned) => {
    const eviction = first(planned, 'site_config')['health_check_eviction_time_in_min'];
    body['properties'] = {
      ...settingsOf(planned),
      ...(isZero(eviction) ? {} : { [EVICTION]: text(eviction as Json) }),
    };
  },
};

const stickyPart: Part = {
  suffix: '/config/slotConfigNames',
  fields: [
    one('sticky_settings', 'properties', [
      both('app_setting_names', 'appSettingNames', { empty: [] }),
      both('connection_string_names', 'connectionStringNames', { empty: [] }),
    ]),
  ],
  unshape: (state) => {
    const block = first(state, 'sticky_settings');
    if (isZero(block['app_setting_names']) && isZero(block['connection_string_names']))
      state['sticky_settings'] = [];
  },
};

/** How azurerm turns all logs off. */
const NO_LOGS = {
  detailedErrorMessages: { enabled: false },
  failedRequestsTracing: { enabled: false },
  applicationLogs: { fileSystem: { level: 'Off' }, azureBlobStorage: { level: 'Off' } },
  httpLogs: { fileSystem: { enabled: false }, azureBlobStorage: { enabled: false } },
};

const logsPart: Part = {
  suffix: '/config/logs',
  fields: [
    one('logs', 'properties', [
      both('detailed_error_messages', 'detailedErrorMessages.enabled', { empty: false }),
      both('failed_request_tracing', 'failedRequestsTracing.enabled', { empty: false }),
      one('application_logs', 'applicationLogs', [both('file_system_level', 'fileSystem.level')]),
      one('http_logs', 'httpLogs', [
        one('file_system', 'fileSystem', [
          both('retention_in_days', 'retentionInDays'),
          both('retention_in_mb', 'retentionInMb'),
        ]),
      ]),
    ]),
  ],
  // Sending settings can disturb the logs' configuration, so azurerm sends it again.
  sendAfter: ['app_settings', 'site_config'],
  shape: (body, planned) => {
    if (isZero(planned['logs'])) body['properties'] = structuredClone(NO_LOGS);
    if (at(body, 'properties.httpLogs.fileSystem') !== undefined)
      put(body, 'properties.httpLogs.fileSystem.enabled', !isZero(planned['logs']));
  },
  unshape: (state, json) => {
    const block = first(state, 'logs');
    const fileSystem = at(json, 'properties.httpLogs.fileSystem.enabled') === true;
    if (!fileSystem) block['http_logs'] = [];
    if (at(json, 'properties.applicationLogs.fileSystem.level') === 'Off')
      block['application_logs'] = [];
    const dull =
      isZero(block['detailed_error_messages']) && isZero(block['failed_request_tracing']);
    if (dull && isZero(block['http_logs']) && isZero(block['application_logs'])) state['logs'] = [];
  },
};

const storagePart: Part = {
  suffix: '/config/azurestorageaccounts',
  reading: 'none',
  fields: [],
  sendWhenNew: () => true,
  shape: (body) => {
    body['properties'] = {};
  },
};

const connectionPart: Part = {
  suffix: '/config/connectionStrings',
  reading: 'none',
  fields: [write('connection_string', '')],
  shape: (body, planned) => {
    const blocks = (planned['connection_string'] ?? []) as ValueMap[];
    body['properties'] = Object.fromEntries(
      blocks.map((each) => [
        each['name'] as string,
        { type: each['type'] as string, value: each['value'] as string },
      ]),
    );
  },
};

/** A change is laid on the site and its configuration as they are. */
async function sendSite(
  body: JsonMap,
  planned: ValueMap,
  prior: ValueMap,
  id: string,
  setting: Setting,
): Promise<void> {
  const doing = `updating Linux App Service (${id})`;
  const site = await setting.arm.expect({ method: 'GET', path: id, api: API }, [200], doing);
  const web = await setting.arm.expect(
    { method: 'GET', path: `${id}/config/web`, api: API },
    [200],
    doing,
  );
  const base = structuredClone(site.body);
  bareIdentity(base);
  remove(base, 'properties.provisioningState');
  put(base, 'properties.siteConfig', (at(web.body, 'properties') ?? {}));
  const whole = merge(base, body);
  if (isZero(planned['tags'])) delete whole['tags'];
  if (isZero(planned['tags']) && !isZero(prior['tags'])) whole['tags'] = {};
  await sendAndSettle(setting, { method: 'PUT', path: id, api: API, body: whole }, doing);
}

const linuxWebApp: ResourceTable = {
  label: 'Linux App Service',
  api: API,
  path: inGroup('Microsoft.Web/sites/{name}'),
  fields: [
    location,
    both('tags', 'tags', { empty: null }),
    identity(NO_IDENTITY),
    both('service_plan_id', 'properties.serverFarmId'),
    both('enabled', 'properties.enabled'),
    both('https_only', 'properties.httpsOnly'),
    both('client_affinity_enabled', 'properties.clientAffinityEnabled'),
    both('client_certificate_enabled', 'properties.clientCertEnabled'),
    both('client_certificate_mode', 'properties.clientCertMode'),
    both('client_certificate_exclusion_paths', 'properties.clientCertExclusionPaths'),
    both('public_network_access_enabled', 'properties.publicNetworkAccess', {
      codec: enabled,
      missing: true,
    }),
    both('key_vault_reference_identity_id', 'properties.keyVaultReferenceIdentity'),
    both('virtual_network_subnet_id', 'properties.virtualNetworkSubnetId'),
    both('virtual_network_backup_restore_enabled', 'properties.vnetBackupRestoreEnabled'),
    both('vnet_image_pull_enabled', 'properties.vnetImagePullEnabled'),
    { ...one('site_config', 'properties.siteConfig', siteConfig), missing: KEEP },
    read('custom_domain_verification_id', 'properties.customDomainVerificationId'),
    read('default_hostname', 'properties.defaultHostName'),
    read('hosting_environment_id', 'properties.hostingEnvironmentProfile.id'),
    read('outbound_ip_addresses', 'properties.outboundIpAddresses'),
    read('possible_outbound_ip_addresses', 'properties.possibleOutboundIpAddresses'),
    read('kind', 'kind'),
    ...zeros('zip_deploy_file'),
  ],
  parts: [
    settingsPart,
    stickyPart,
    logsPart,
    storagePart,
    connectionPart,
    policy('scm', 'webdeploy_publish_basic_authentication_enabled'),
    policy('ftp', 'ftp_publish_basic_authentication_enabled'),
  ],
  accepts: ['app_settings'],
  shape: shapeSite,
  send: sendSite,
  deleteQuery: () => ({ deleteEmptyServerFarm: 'false', deleteMetrics: 'false' }),
  readMore: (state, work) => readSite(state, work.id, work.setting),
  prepare: async (planned, setting) => {
    const path = `/subscriptions/${setting.subscriptionId}/providers/Microsoft.Web/checknameavailability`;
    const body = { name: planned['name'] as string, type: 'Microsoft.Web/sites' };
    await setting.arm.expect(
      { method: 'POST', path, api: '2023-01-01', body },
      [200],
      'checking name availability for Linux App Service',
    );
  },
};

export const appServiceTables = {
  azurerm_service_plan: servicePlan,
  azurerm_linux_web_app: linuxWebApp,
};
