import type { Json } from '../mapping/json.ts';
import { both, one, write } from '../mapping/field.ts';
import { at, put, text } from '../mapping/json.ts';
import type { Part } from '../mapping/table.ts';
import { isZero } from '../terraform/values.ts';
import type { ValueMap } from '../terraform/values.ts';
import { EVICTION, first, settingsOf } from './site-configuration.ts';

/** Whether user name and password may publish, by one of the two ways. */
export function policy(name: string, argument: string): Part {
  return {
    suffix: `/basicPublishingCredentialsPolicies/${name}`,
    fields: [both(argument, 'properties.allow', { missing: true })],
    sendWhenNew: (planned) => planned[argument] === false,
  };
}

/** The app settings, with what other arguments add to them. */
export const settingsPart: Part = {
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

/** Which settings stay with their slot. */
export const stickyPart: Part = {
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

/** What the app logs. */
export const logsPart: Part = {
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

/** Mounted shares: none, which azurerm says in so many words. */
export const storagePart: Part = {
  suffix: '/config/azurestorageaccounts',
  reading: 'none',
  fields: [],
  sendWhenNew: () => true,
  shape: (body) => {
    body['properties'] = {};
  },
};

/** The connection strings. */
export const connectionPart: Part = {
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
