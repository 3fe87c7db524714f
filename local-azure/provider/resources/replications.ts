import type { JsonMap } from '../mapping/json.ts';
import { sendAndSettle } from '../sending.ts';
import { at, text } from '../mapping/json.ts';
import { checkRecorded } from '../mapping/recorded.ts';
import type { Work } from '../mapping/table.ts';
import { isZero } from '../terraform/values.ts';
import type { ValueMap } from '../terraform/values.ts';

const API = '2025-11-01';
const TYPE = 'azurerm_container_registry';

function blocks(values: ValueMap): ValueMap[] {
  return (values['georeplications'] ?? []) as ValueMap[];
}

function bodyOf(block: ValueMap): JsonMap {
  return {
    location: block['location'] as string,
    name: block['location'] as string,
    properties: {
      regionEndpointEnabled: block['global_endpoint_routing_enabled'] === true,
      zoneRedundancy: block['zone_redundancy_enabled'] === true ? 'Enabled' : 'Disabled',
    },
    tags: (isZero(block['tags']) ? {} : block['tags']) as JsonMap,
  };
}

/** The copies of a registry in other regions, each an ARM resource of its own: what changed is sent. */
export async function sendReplications(
  planned: ValueMap,
  prior: ValueMap,
  { id, setting }: Work,
): Promise<void> {
  const before = new Map(blocks(prior).map((block) => [block['location'], block]));
  const after = new Map(blocks(planned).map((block) => [block['location'], block]));
  const pathOf = (place: unknown): string => `${id}/replications/${place as string}`;
  const remove = async (place: unknown): Promise<void> => {
    const call = { method: 'DELETE', path: pathOf(place), api: API };
    await sendAndSettle(setting, call, `deleting Replication (${call.path})`);
  };
  for (const place of before.keys()) if (!after.has(place)) await remove(place);
  for (const [place, block] of after) {
    const body = bodyOf(block);
    const old = before.get(place);
    if (old !== undefined && JSON.stringify(bodyOf(old)) === JSON.stringify(body)) continue;
    // Zones are fixed when a copy is made.
    if (old !== undefined && !isSame(old, block, 'zone_redundancy_enabled')) await remove(place);
    const call = { method: 'PUT', path: pathOf(place), api: API, body };
    checkRecorded(TYPE, call.path, body);
    await sendAndSettle(setting, call, `creating Replication (${call.path})`);
  }
}

function isSame(one: ValueMap, other: ValueMap, name: string): boolean {
  return one[name] === other[name];
}

/** Reads the copies, without the one that stands for the registry's own region. */
export async function readReplications(state: ValueMap, { id, setting }: Work): Promise<void> {
  const call = { method: 'GET', path: `${id}/replications`, api: API };
  const answer = await setting.arm.expect(call, [200], `retrieving replications for ${id}`);
  state['georeplications'] = ((at(answer.body, 'value') ?? []) as JsonMap[])
    .map((each) => ({
      location: text(each['location']),
      tags: (each['tags'] ?? {}) as ValueMap,
      zone_redundancy_enabled: at(each, 'properties.zoneRedundancy') === 'Enabled',
      global_endpoint_routing_enabled: at(each, 'properties.regionEndpointEnabled') === true,
    }))
    .filter(({ location }) => location !== state['location'])
    .sort((one, other) => (one.location < other.location ? -1 : 1));
}
