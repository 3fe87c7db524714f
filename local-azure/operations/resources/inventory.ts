import { sameId } from '../../arm/ids.ts';
import { asText } from '../../arm/json.ts';
import { armOperation } from '../../arm/operation.ts';
import { groupOf } from '../../arm/place.ts';
import { parseFilter } from '../../arm/filter.ts';
import type { Comparison } from '../../arm/filter.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';

const SUBSCRIPTION = '/subscriptions/{subscription}';

export const inventoryOperations: readonly Operation[] = [
  armOperation({
    route: `GET ${SUBSCRIPTION}/resources`,
    needs: 'Microsoft.Resources/subscriptions/resources/read',
    simplified: 'one page',
    answer: (call, world) => listed(call, world, `/subscriptions/${world.subscriptionId}`),
  }),
  armOperation({
    route: `GET ${SUBSCRIPTION}/resourceGroups/{group}/resources`,
    needs: 'Microsoft.Resources/subscriptions/resourceGroups/resources/read',
    simplified: 'one page',
    answer: (call, world) => listed(call, world, groupOf(world, call.path)),
  }),
];

/** The tracked resources (those with a location) below a scope that pass `$filter`. */
function listed(call: Call, world: World, scope: string): Answer {
  const comparisons = parseFilter(call.query.get('$filter'));
  const expand = (call.query.get('$expand') ?? '').split(',');
  const top = Number(call.query.get('$top') ?? Number.POSITIVE_INFINITY);
  const found = world.resources
    .below(scope)
    .filter((resource) => resource.location !== undefined && isTracked(resource))
    .filter((resource) => comparisons.every((comparison) => passes(resource, comparison)))
    .slice(0, top)
    .map((resource) => entryOf(resource, expand));
  return { status: 200, body: { value: found } };
}

/** Nested types that the list of resources names besides the top-level ones. */
const TRACKED_CHILDREN = new Set([
  'microsoft.compute/virtualmachines/extensions',
  'microsoft.compute/virtualmachines/runcommands',
  'microsoft.network/privatednszones/virtualnetworklinks',
]);

function isTracked({ type }: StoredResource): boolean {
  const name = type.toLowerCase();
  if (name === 'microsoft.resources/resourcegroups') return false;
  return name.split('/').length === 2 || TRACKED_CHILDREN.has(name);
}

function entryOf(resource: StoredResource, expand: readonly string[]): Record<string, unknown> {
  const { id, name, type, location, tags, kind, sku, identity } = resource;
  const entry: Record<string, unknown> = { id, name, type, kind, location, tags, sku, identity };
  if (expand.includes('provisioningState')) {
    entry['provisioningState'] = resource.properties['provisioningState'];
  }
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
}

function passes(resource: StoredResource, { field, equal, value }: Comparison): boolean {
  return actual(resource, field, value) === equal;
}

function actual(resource: StoredResource, field: string, value: string): boolean {
  if (field === 'tagname') return resource.tags?.[value] !== undefined;
  if (field === 'tagvalue') return Object.values(resource.tags ?? {}).includes(value);
  const held = { resourcetype: resource.type, name: resource.name, location: resource.location };
  return sameId(asText(held[field as keyof typeof held]) ?? '', value);
}
