import type { Json, JsonMap } from '../mapping/json.ts';
import { both, one, read, write, isNested } from '../mapping/field.ts';
import type { Field, Plain } from '../mapping/field.ts';
import { at, put, text } from '../mapping/json.ts';
import type { Setting } from '../mapping/table.ts';
import { isMap, isZero } from '../terraform/values.ts';
import type { Value, ValueMap } from '../terraform/values.ts';

/** The version of App Service's interface that azurerm speaks. */
export const API = '2023-12-01';

/** `site_config`, below `properties.siteConfig` when sent and `properties` of `config/web` when read. */
export const siteConfig: Field[] = [
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

export const EVICTION = 'WEBSITE_HEALTHCHECK_MAXPINGFAILURES';

const REGISTRY = 'DOCKER_REGISTRY_SERVER_';

/** The only block of its name, or an empty one. */
export function first(planned: ValueMap, name: string): ValueMap {
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
export function settingsOf(planned: ValueMap): Record<string, string> {
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

/** Adds to a new app what follows from several arguments: runtime, settings, network. */
export function shapeSite(body: JsonMap, planned: ValueMap): void {
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

/** The `site_config` block as the app has it now. */
export async function readConfiguration(
  state: ValueMap,
  id: string,
  setting: Setting,
): Promise<ValueMap> {
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
  const fx = text(properties['linuxFxVersion']);
  return { ...ZERO_CONFIG, ...block, application_stack: stackFrom(fx, state) };
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

function stackFrom(fx: string, state: ValueMap): Value {
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
export function ownSettings(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => name !== EVICTION && !name.startsWith(REGISTRY)),
  );
}
