import behaviours from './facts/behaviour.json' with { type: 'json' };
import schemas from './facts/schema.json' with { type: 'json' };
import type { Resource } from './sending.ts';
import { resourceTables } from './resources/index.ts';
import type { Behaviour } from './terraform/plan.ts';
import { schemaOf } from './terraform/schema.ts';
import type { CompactSchema, Schema } from './terraform/schema.ts';

const kept = schemas as unknown as {
  provider: CompactSchema;
  resources: Record<string, CompactSchema>;
  dataSources: Record<string, CompactSchema>;
};

/** Every resource type served, with its schema. */
export const resources: ReadonlyMap<string, Resource> = new Map(
  Object.entries(resourceTables).map(([type, table]) => [
    type,
    { type, table, schema: schemaOf(kept.resources[type] as CompactSchema) },
  ]),
);

export const providerSchema: Schema = schemaOf(kept.provider);

export const dataSourceSchemas: ReadonlyMap<string, Schema> = new Map(
  Object.entries(kept.dataSources).map(([type, compact]) => [type, schemaOf(compact)]),
);

const NONE: Behaviour = {
  defaults: {},
  replacesRecorded: [],
  replacesDocumented: [],
  replacesAcross: {},
  caseless: [],
  exactlyOneOf: [],
  computedBlocks: [],
};

/** Defaults and replacements of a type, which its schema does not say. */
export function behaviourOf(type: string): Behaviour {
  const found = (behaviours as unknown as Record<string, Partial<Behaviour>>)[type];
  return { ...NONE, ...found };
}
