import { both } from '../mapping/field.ts';
import { location, tags } from '../mapping/codecs.ts';
import type { ResourceTable } from '../mapping/table.ts';

const resourceGroup: ResourceTable = {
  label: 'Resource Group',
  api: '2023-07-01',
  path: '/subscriptions/{subscription}/resourceGroups/{name}',
  fields: [location, tags, both('managed_by', 'managedBy')],
  update: 'patch',
};

export const baseTables = { azurerm_resource_group: resourceGroup };
