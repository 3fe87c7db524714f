import { randomUUID } from 'node:crypto';
import { asObject, asObjects } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import type { ResourceType } from '../../arm/resource-type.ts';
import type { StoredResource } from '../../world.ts';

/** Gives the items of a list in a resource's properties the ids and states that Microsoft.Network gives them. */
export function identifyItems(resource: StoredResource, list: string, segment = list): Json[] {
  const items = asObjects(resource.properties[list]).map((item) => ({
    ...item,
    id: `${resource.id}/${segment}/${String(item['name'])}`,
    type: `${resource.type}/${segment}`,
    properties: { ...asObject(item['properties']), provisioningState: 'Succeeded' },
  }));
  if (resource.properties[list] !== undefined) resource.properties[list] = items;
  return items;
}

/** What nearly every type of Microsoft.Network shares. */
export const networkType = {
  located: true,
  creates: 201,
  deletes: 202,
  once: { resourceGuid: () => randomUUID() },
} as const satisfies Partial<ResourceType>;
