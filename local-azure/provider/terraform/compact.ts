import type { CompactBlock, CompactSchema } from './schema.ts';
import type { Type } from './type.ts';

/** A block as `terraform providers schema -json` prints it. */
export interface PrintedBlock {
  readonly attributes?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly block_types?: Readonly<
    Record<
      string,
      { nesting_mode: string; min_items?: number; max_items?: number; block: PrintedBlock }
    >
  >;
}
export interface PrintedSchema {
  readonly version: number;
  readonly block: PrintedBlock;
}

const FLAGS = [
  'required',
  'optional',
  'computed',
  'sensitive',
  'write_only',
  'deprecated',
] as const;

function typeText(type: Type): string {
  if (typeof type === 'string') return type;
  if (type[0] !== 'object') return `${type[0]}(${typeText(type[1])})`;
  const fields = Object.entries(type[1]).sort(([a], [b]) => (a < b ? -1 : 1));
  return `object({${fields.map(([name, inner]) => `${name}=${typeText(inner)}`).join(',')}})`;
}

function sortedMap<From, To>(
  record: Readonly<Record<string, From>>,
  turn: (from: From) => To,
): Record<string, To> {
  const keys = Object.keys(record).sort();
  return Object.fromEntries(keys.map((key) => [key, turn(record[key] as From)]));
}

function compactBlock(block: PrintedBlock): CompactBlock {
  const attributes = sortedMap(block.attributes ?? {}, (attribute) =>
    [
      typeText(attribute['type'] as Type),
      ...FLAGS.filter((flag) => attribute[flag] === true).map((flag) => flag.replace('_', '-')),
    ].join(' '),
  );
  const blocks = sortedMap(block.block_types ?? {}, (nested) => ({
    nesting:
      nested.nesting_mode === 'single'
        ? 'single'
        : `${nested.nesting_mode} ${String(nested.min_items ?? 0)}-${String(nested.max_items ?? 0)}`,
    ...compactBlock(nested.block),
  }));
  return {
    ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
    ...(Object.keys(blocks).length > 0 ? { blocks } : {}),
  };
}

/** The compact table entry of a schema that Terraform printed. Sorted, so that files compare. */
export function compactSchema(printed: PrintedSchema): CompactSchema {
  return { version: printed.version, ...compactBlock(printed.block) };
}
