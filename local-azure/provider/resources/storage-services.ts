import type { Json, JsonMap } from '../mapping/json.ts';
import { both, one } from '../mapping/field.ts';
import type { Codec, Field } from '../mapping/field.ts';
import { at, put, text } from '../mapping/json.ts';
import type { Part, Work } from '../mapping/table.ts';
import type { ValueMap } from '../terraform/values.ts';

export const API = '2025-08-01';

const retention: Field[] = [both('days', 'days')];

/** A state that was read has 0 where nothing is set; azurerm sends no such number. */
const days: Codec = {
  toArm: (value) => (value === 0 ? undefined : (value as number)),
  fromArm: (json) => json as number,
};

export const blobService: Part = {
  suffix: '/blobServices/default',
  fields: [
    one('blob_properties', 'properties', [
      both('versioning_enabled', 'isVersioningEnabled', { empty: false }),
      both('change_feed_enabled', 'changeFeed.enabled', { empty: false }),
      both('change_feed_retention_in_days', 'changeFeed.retentionInDays', { codec: days }),
      both('last_access_time_enabled', 'lastAccessTimeTrackingPolicy.enable', { empty: false }),
      both('default_service_version', 'defaultServiceVersion'),
      one('delete_retention_policy', 'deleteRetentionPolicy', [
        ...retention,
        both('permanent_delete_enabled', 'allowPermanentDelete'),
      ]),
      one('container_delete_retention_policy', 'containerDeleteRetentionPolicy', retention),
      one('restore_policy', 'restorePolicy', retention),
    ]),
  ],
  shape: (body) => {
    put(body, 'properties.cors', {});
    for (const name of [
      'deleteRetentionPolicy',
      'containerDeleteRetentionPolicy',
      'restorePolicy',
    ]) {
      const there = at(body, `properties.${name}`) !== undefined;
      put(body, `properties.${name}.enabled`, there);
    }
  },
  unshape: (state, json) => {
    const block = ((state['blob_properties'] ?? []) as ValueMap[])[0];
    if (block === undefined) return;
    block['cors_rule'] = [];
    const policies = {
      delete_retention_policy: 'deleteRetentionPolicy',
      container_delete_retention_policy: 'containerDeleteRetentionPolicy',
      restore_policy: 'restorePolicy',
    };
    for (const [name, arm] of Object.entries(policies)) {
      if (at(json, `properties.${arm}.enabled`) !== true) block[name] = [];
    }
  },
};

export const fileService: Part = {
  suffix: '/fileServices/default',
  sendWhenNew: () => false,
  fields: [
    {
      ...one('share_properties', 'properties', [
        one('retention_policy', 'shareDeleteRetentionPolicy', retention),
      ]),
      readOnly: true,
    },
  ],
  unshape: (state, json) => {
    const block = ((state['share_properties'] ?? []) as ValueMap[])[0];
    if (block === undefined) return;
    block['cors_rule'] = [];
    block['smb'] = [];
    if (at(json, 'properties.shareDeleteRetentionPolicy.enabled') !== true)
      block['retention_policy'] = [];
  },
};

const SERVICES = ['blob', 'dfs', 'file', 'queue', 'table', 'web'];

function hostOf(url: string): string {
  return url === '' ? '' : new URL(url).host;
}

export function endpoints(state: ValueMap, json: JsonMap): void {
  for (const [side, arm] of [
    ['primary', 'primaryEndpoints'],
    ['secondary', 'secondaryEndpoints'],
  ] as const) {
    for (const service of SERVICES) {
      for (const [route, path] of [
        ['', ''],
        ['_internet', '.internetEndpoints'],
        ['_microsoft', '.microsoftEndpoints'],
      ] as const) {
        const url = text(at(json, `properties.${arm}${path}.${service}`));
        state[`${side}_${service}${route}_endpoint`] = url;
        state[`${side}_${service}${route}_host`] = hostOf(url);
      }
    }
  }
}

export async function readKeys(state: ValueMap, work: Work): Promise<void> {
  const call = {
    method: 'POST',
    path: `${work.id}/listKeys`,
    api: API,
    query: { $expand: 'kerb' },
  };
  // Without the right to list keys the rest of the account is read all the same.
  const answer = await work.setting.arm.call(call);
  const keys = ((answer.status === 200 ? answer.body['keys'] : undefined) ?? []) as JsonMap[];
  const account = state['name'] as string;
  ['primary', 'secondary'].forEach((side, index) => {
    const key = text(keys[index]?.['value']);
    const blob = text(state[`${side}_blob_endpoint`] as Json);
    state[`${side}_access_key`] = key;
    state[`${side}_connection_string`] =
      key === ''
        ? ''
        : `DefaultEndpointsProtocol=https;AccountName=${account};AccountKey=${key};EndpointSuffix=core.windows.net`;
    state[`${side}_blob_connection_string`] =
      key === '' || blob === ''
        ? ''
        : `DefaultEndpointsProtocol=https;BlobEndpoint=${blob};AccountName=${account};AccountKey=${key}`;
  });
}
