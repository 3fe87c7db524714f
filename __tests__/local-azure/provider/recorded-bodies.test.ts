import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonMap } from '../../../local-azure/provider/mapping/json.ts';
import { behaviourOf, resources } from '../../../local-azure/provider/catalogue.ts';
import { create, Unfinished } from '../../../local-azure/provider/lifecycle.ts';
import type { Resource } from '../../../local-azure/provider/sending.ts';
import { refusals } from '../../../local-azure/provider/refusal.ts';
import { at } from '../../../local-azure/provider/mapping/json.ts';
import { plan } from '../../../local-azure/provider/terraform/plan.ts';
import { conformBlock } from '../../../local-azure/provider/terraform/values.ts';
import type { ValueMap } from '../../../local-azure/provider/terraform/values.ts';
import { MemoryArm } from './memory-arm.ts';

/** What the real azurerm 5.2.0 sent for a configuration; see the file's README. */
interface Recorded {
  readonly config: ValueMap;
  readonly api: string;
  readonly id: string;
  /** What follows the id → the body. */
  readonly writes: Readonly<Record<string, JsonMap>>;
}

const file = join(import.meta.dirname, '../../fixtures/azurerm/recorded-bodies.json');
const recorded = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Recorded>;

/** Lists of sets may stand in any order. */
function unordered(json: unknown): unknown {
  if (Array.isArray(json)) {
    return json.map(unordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, unordered(value)]),
  );
}

async function writesFor(
  resource: Resource,
  { config, id, writes }: Recorded,
): Promise<Record<string, unknown>> {
  const arm = new MemoryArm();
  const whole = conformBlock(config, resource.schema) as ValueMap;
  expect(refusals(resource, whole)).toStrictEqual([]);
  const planned = plan(resource.schema, behaviourOf(resource.type), whole, null) as ValueMap;
  if (resource.type === 'azurerm_role_assignment' || resource.type === 'azurerm_role_definition') {
    planned[resource.type === 'azurerm_role_assignment' ? 'name' : 'role_definition_id'] = id
      .split('/')
      .pop() as string;
  }
  const role = config['role_definition_name'];
  if (typeof role === 'string')
    arm.roles[role] = at(writes[''], 'properties.roleDefinitionId') as string;
  // Reading back needs answers that Azure alone can give; here only what was sent counts.
  await create(resource, planned, arm.setting).catch((error: unknown) => {
    if (!(error instanceof Unfinished)) throw error;
  });
  const first = new Map(
    arm.written.toReversed().map((each) => [each.path.slice(id.length), each.body]),
  );
  return Object.fromEntries(first);
}

describe('request bodies', () => {
  it.each(Object.keys(recorded))('are what the real provider sends for %s', async (name) => {
    const type = name.split('.')[0] as string;
    const resource = resources.get(type) as Resource;
    const expected = recorded[name] as Recorded;
    expect(resource.table.api).toBe(expected.api);
    expect(unordered(await writesFor(resource, expected))).toStrictEqual(
      unordered(expected.writes),
    );
  });

  it('are recorded for every type that has a document of its own', () => {
    const types = new Set(Object.keys(recorded).map((name) => name.split('.')[0]));
    const missing = [...resources.values()].filter(
      ({ table, type }) => table.custom === undefined && !types.has(type),
    );
    expect(missing.map(({ type }) => type)).toStrictEqual([]);
  });
});
