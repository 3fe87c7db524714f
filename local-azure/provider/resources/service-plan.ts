import { location } from '../mapping/codecs.ts';
import { both, read, zeros } from '../mapping/field.ts';
import { at, put } from '../mapping/json.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable } from '../mapping/table.ts';
import { API } from './site-configuration.ts';

export const servicePlan: ResourceTable = {
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
  unmodelled: ['etag'],
  shape: (body, planned) => {
    put(body, 'properties.reserved', planned['os_type'] === 'Linux');
    put(body, 'properties.hyperV', planned['os_type'] === 'WindowsContainer');
  },
  unshape: (state, json) => {
    const windows = at(json, 'properties.hyperV') === true ? 'WindowsContainer' : 'Windows';
    state['os_type'] = at(json, 'properties.reserved') === true ? 'Linux' : windows;
  },
};
