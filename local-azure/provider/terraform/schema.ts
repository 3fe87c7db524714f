import type { Message } from '../plugin/protobuf.ts';
import type { Type } from './type.ts';

/** One argument or attribute of a resource. */
export interface Attribute {
  readonly type: Type;
  readonly required: boolean;
  readonly optional: boolean;
  readonly computed: boolean;
  readonly sensitive: boolean;
  readonly writeOnly: boolean;
  readonly deprecated: boolean;
}

export interface NestedBlock {
  readonly nesting: 'list' | 'set' | 'single';
  readonly min: number;
  readonly max: number;
  readonly block: Block;
}

export interface Block {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly blocks: Readonly<Record<string, NestedBlock>>;
}

export interface Schema extends Block {
  readonly version: number;
}

/** A block as it is kept in `facts/schema.json`: attribute → "string required". */
export interface CompactBlock {
  readonly attributes?: Readonly<Record<string, string>>;
  /** Block → its nesting, such as "list 1-1", and its inside. */
  readonly blocks?: Readonly<Record<string, CompactBlock & { readonly nesting: string }>>;
}
export interface CompactSchema extends CompactBlock {
  readonly version: number;
}

const COLLECTION = /^(list|set|map)\(/;

/** Parses `set(object({a=string,b=list(string)}))`; gives the type and what follows it. */
function parseType(text: string): [Type, string] {
  const collection = COLLECTION.exec(text)?.[1] as 'list' | 'set' | 'map' | undefined;
  if (collection !== undefined) {
    const [inner, rest] = parseType(text.slice(collection.length + 1));
    return [[collection, inner], rest.slice(1)];
  }
  if (text.startsWith('object({')) return parseObject(text.slice(8));
  const name = /^[a-z]+/.exec(text)?.[0] ?? '';
  return [name as Type, text.slice(name.length)];
}

function parseObject(text: string): [Type, string] {
  const fields: Record<string, Type> = {};
  let rest = text;
  while (!rest.startsWith('}')) {
    const name = rest.slice(0, rest.indexOf('='));
    const [type, after] = parseType(rest.slice(name.length + 1));
    fields[name] = type;
    rest = after.startsWith(',') ? after.slice(1) : after;
  }
  return [['object', fields], rest.slice(2)];
}

function attributeOf(text: string): Attribute {
  const [type, ...flags] = text.split(' ');
  return {
    type: parseType(type ?? '')[0],
    required: flags.includes('required'),
    optional: flags.includes('optional'),
    computed: flags.includes('computed'),
    sensitive: flags.includes('sensitive'),
    writeOnly: flags.includes('write-only'),
    deprecated: flags.includes('deprecated'),
  };
}

function nestedOf(compact: CompactBlock & { readonly nesting: string }): NestedBlock {
  const [nesting, limits = '0-0'] = compact.nesting.split(' ');
  const [min, max] = limits.split('-');
  return {
    nesting: nesting as NestedBlock['nesting'],
    min: Number(min),
    max: Number(max),
    block: blockOf(compact),
  };
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>> | undefined,
  turn: (from: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record ?? {}).map(([key, value]) => [key, turn(value)]));
}

function blockOf(compact: CompactBlock): Block {
  return {
    attributes: mapValues(compact.attributes, attributeOf),
    blocks: mapValues(compact.blocks, nestedOf),
  };
}

/** The schema that a compact table entry stands for. */
export function schemaOf(compact: CompactSchema): Schema {
  return { version: compact.version, ...blockOf(compact) };
}

const NESTING = { single: 1, list: 2, set: 3 } as const;

function blockMessage(block: Block): Message {
  return {
    attributes: Object.entries(block.attributes).map(([name, attribute]) => ({
      name,
      ...attribute,
      type: Buffer.from(JSON.stringify(attribute.type)),
      write_only: attribute.writeOnly,
    })),
    block_types: Object.entries(block.blocks).map(([name, nested]) => ({
      type_name: name,
      block: blockMessage(nested.block),
      nesting: NESTING[nested.nesting],
      min_items: nested.min,
      max_items: nested.max,
    })),
  };
}

/** A schema as the plugin protocol sends it. */
export function schemaMessage(schema: Schema): Message {
  return { version: schema.version, block: blockMessage(schema) };
}
