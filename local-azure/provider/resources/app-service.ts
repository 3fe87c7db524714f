import type { Json, JsonMap } from '../mapping/json.ts';
import { bareIdentity } from '../changes.ts';
import { sendAndSettle } from '../sending.ts';
import { identity, location, NO_IDENTITY, enabled } from '../mapping/codecs.ts';
import { KEEP, both, one, read, zeros } from '../mapping/field.ts';
import { at, merge, put, remove, text } from '../mapping/json.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable, Setting } from '../mapping/table.ts';
import { isZero } from '../terraform/values.ts';
import type { Value, ValueMap } from '../terraform/values.ts';
import { servicePlan } from './service-plan.ts';
import {
  API,
  siteConfig,
  EVICTION,
  shapeSite,
  readConfiguration,
  ownSettings,
} from './site-configuration.ts';
import {
  policy,
  settingsPart,
  stickyPart,
  logsPart,
  storagePart,
  connectionPart,
} from './site-parts.ts';

function split(list: Value | undefined): string[] {
  return text(list as Json).split(',');
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

function differs(planned: ValueMap, prior: ValueMap, names: readonly string[]): boolean {
  const text = (values: ValueMap, name: string): string => JSON.stringify(values[name] ?? null);
  return names.some((name) => text(planned, name) !== text(prior, name));
}

/** Of what is there, what azurerm does not send back. */
const UNMODELLED = [
  'etag',
  'properties.deploymentId',
  'properties.inboundIpAddress',
  'properties.privateEndpointConnections',
  'properties.provisioningState',
  'properties.sku',
];

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
  for (const path of UNMODELLED) remove(base, path);
  put(base, 'properties.siteConfig', at(web.body, 'properties') ?? {});
  // Settings that did not change are left to the site: what is sent of them replaces all of them.
  if (!differs(planned, prior, ['site_config', 'app_settings', 'service_plan_id'])) {
    remove(body, 'properties.siteConfig');
  }
  const whole = merge(base, body);
  if (body['tags'] !== undefined) whole['tags'] = body['tags'];
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
