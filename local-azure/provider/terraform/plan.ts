import type { Attribute, Block, NestedBlock } from './schema.ts';
import {
  UNKNOWN,
  conformBlock,
  equal,
  isMap,
  isUnknown,
  isWhollyKnown,
  isZero,
  sameSet,
} from './values.ts';
import type { Type } from './type.ts';
import type { Value, ValueMap } from './values.ts';

/** What a schema does not say: defaults and what forces a replacement, by dotted path. */
export interface Behaviour {
  readonly defaults: Readonly<Record<string, Value>>;
  /** Seen in recorded plans. */
  readonly replacesRecorded: readonly string[];
  /** Where the recordings are silent: from the provider's documentation and source. */
  readonly replacesDocumented: readonly string[];
  /** Values in groups: from one group to another there is no way but a replacement. */
  readonly replacesAcross: Readonly<Record<string, readonly (readonly string[])[]>>;
  /** Values that differ in case alone are the same. */
  readonly caseless: readonly string[];
  /** Groups of arguments of which exactly one must be set. */
  readonly exactlyOneOf: readonly (readonly string[])[];
  /** Blocks that keep what the service says when they are not configured. */
  readonly computedBlocks: readonly string[];
}

export type Step = string | number;

interface Context {
  readonly behaviour: Behaviour;
  readonly create: boolean;
  /** Inside an element of a set of blocks. */
  readonly element?: boolean;
}

/** Azure's own spelling of a region: "West Europe" is "westeurope". */
export function normaliseLocation(location: string): string {
  return location.replaceAll(' ', '').toLowerCase();
}

function isLocation(path: string): boolean {
  return /(^|\.)(firewall_)?location$/.test(path);
}

/** A collection of plain values with one unknown inside is planned as unknown, as the SDK does it. */
function blurred(value: Value, type: Type): Value {
  const plain = typeof type !== 'string' && type[0] !== 'object' && typeof type[1] === 'string';
  return plain && !isWhollyKnown(value) ? UNKNOWN : value;
}

/** What the SDK makes of an argument that is not set inside an element of a set. */
function zero(type: Type): Value {
  if (typeof type !== 'string') return type[0] === 'object' || type[0] === 'map' ? {} : [];
  return type === 'string' ? '' : type === 'bool' ? false : 0;
}

/** Elements of a set have no prior values and no nulls: the SDK tells them apart by their whole content. */
function fillElements(value: Value, type: Type): Value {
  if (!isSet(type) || !Array.isArray(value)) return value;
  const object = type[1];
  if (typeof object === 'string' || object[0] !== 'object') return value;
  const fields = Object.entries(object[1]);
  return value.map((item) =>
    isMap(item)
      ? Object.fromEntries(fields.map(([name, inner]) => [name, item[name] ?? zero(inner)]))
      : item,
  );
}

/** In a set that changes, an element that stays loses its unset texts on the way through the SDK. */
function keptElements(filled: Value, config: Value, prior: Value): Value {
  if (!Array.isArray(filled) || !Array.isArray(prior)) return filled;
  const written = config as Value[];
  return filled.map((item, index) => {
    const asWritten = written[index] ?? null;
    const stays = isMap(item) && prior.some((before) => equal(before, item));
    return stays && isMap(asWritten) ? withoutUnsetTexts(item, asWritten) : item;
  });
}

function withoutUnsetTexts(item: ValueMap, written: ValueMap): ValueMap {
  const entries = Object.entries(item).map(
    ([name, value]) => [name, value === '' ? (written[name] ?? null) : value] as const,
  );
  return Object.fromEntries(entries);
}

function unset(attribute: Attribute, path: string, prior: Value, context: Context): Value {
  const standard = context.behaviour.defaults[path];
  if (standard !== undefined) return standard;
  if (context.element === true) return attribute.computed ? UNKNOWN : zero(attribute.type);
  if (attribute.computed) return context.create ? UNKNOWN : prior;
  if (context.create) return null;
  // What was taken out of the configuration leaves a collection empty, and anything else unset.
  return isZero(prior) ? prior : emptyOf(attribute.type);
}

function emptyOf(type: Type): Value {
  return typeof type === 'string' || type[0] === 'object' ? null : zero(type);
}

function planAttribute(
  attribute: Attribute,
  path: string,
  config: Value,
  prior: Value,
  context: Context,
): Value {
  if (attribute.writeOnly) return null;
  if (isUnknown(config)) return UNKNOWN;
  if (config === null) return unset(attribute, path, prior, context);
  if (!context.create && isZero(config) && isZero(prior) && prior !== null) return prior;
  // Nothing and emptiness are one to the SDK; what Terraform proposed decides between them later.
  if (context.create && typeof attribute.type !== 'string' && isZero(config)) return null;
  if (typeof config === 'string') return planText(path, config, prior, context);
  const filled = fillElements(config, attribute.type);
  if (isSet(attribute.type) && sameSet(filled, prior)) return prior;
  return blurred(keptElements(filled, config, prior), attribute.type);
}

function planText(path: string, config: string, prior: Value, { behaviour }: Context): Value {
  if (isLocation(path)) return normaliseLocation(config);
  if (!behaviour.caseless.includes(path) || typeof prior !== 'string') return config;
  return prior.toLowerCase() === config.toLowerCase() ? prior : config;
}

function isSet(type: Type): type is readonly ['set', Type] {
  return typeof type !== 'string' && type[0] === 'set';
}

function planNested(
  nested: NestedBlock,
  path: string,
  config: Value,
  prior: Value,
  context: Context,
): Value {
  if (nested.nesting === 'single') return config;
  if (isUnknown(config)) return UNKNOWN;
  const items = (config ?? []) as Value[];
  const before = Array.isArray(prior) ? prior : [];
  if (items.length === 0 && context.behaviour.computedBlocks.includes(path)) {
    return context.create ? UNKNOWN : before;
  }
  if (nested.nesting === 'list') {
    return items.map((item, index) =>
      planBlock(nested.block, path, item, before[index] ?? null, context),
    );
  }
  const planned = items.map((item) =>
    planBlock(nested.block, path, item, null, { ...context, element: true }),
  );
  return sameSet(planned, before) ? before : planned;
}

function planBlock(
  block: Block,
  path: string,
  config: Value,
  prior: Value,
  context: Context,
): Value {
  if (!isMap(config)) return isUnknown(config) ? UNKNOWN : null;
  const before = isMap(prior) ? prior : {};
  const inner = isMap(prior) ? context : { ...context, create: true };
  const result: ValueMap = {};
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  for (const [name, attribute] of Object.entries(block.attributes)) {
    result[name] = planAttribute(
      attribute,
      at(name),
      config[name] ?? null,
      before[name] ?? null,
      inner,
    );
  }
  for (const [name, nested] of Object.entries(block.blocks)) {
    result[name] = planNested(nested, at(name), config[name] ?? null, before[name] ?? null, inner);
  }
  return result;
}

/** The planned state for `config`, given the state so far (null: the resource is new). */
export function plan(block: Block, behaviour: Behaviour, config: Value, prior: Value): Value {
  const planned = planBlock(block, '', config, prior, { behaviour, create: prior === null });
  return conformBlock(planned, block);
}

function differs(planned: Value, prior: Value): boolean {
  return isUnknown(planned) || (!equal(planned, prior) && !(isZero(planned) && isZero(prior)));
}

function changedPaths(
  block: Block,
  names: readonly string[],
  planned: Value,
  prior: Value,
  at: Step[],
): Step[][] {
  const [head, ...rest] = names as [string, ...string[]];
  const after = isMap(planned) ? (planned[head] ?? null) : null;
  const before = isMap(prior) ? (prior[head] ?? null) : null;
  const here = [...at, head];
  const nested = block.blocks[head];
  if (holdsSet(block, head)) return sameSet(after, before) || bothZero(after, before) ? [] : [here];
  if (rest.length === 0) return hasChanged(nested, after, before) ? [here] : [];
  if (nested === undefined || !Array.isArray(after) || !Array.isArray(before)) return [];
  return after.flatMap((item, index) =>
    before[index] === undefined
      ? []
      : changedPaths(nested.block, rest, item, before[index], [...here, index]),
  );
}

function holdsSet(block: Block, name: string): boolean {
  const attribute = block.attributes[name];
  return (
    block.blocks[name]?.nesting === 'set' || (attribute !== undefined && isSet(attribute.type))
  );
}

function bothZero(after: Value, before: Value): boolean {
  return isZero(after) && isZero(before);
}

/** A block that forces a replacement does so by coming or going; its inside has paths of its own. */
function hasChanged(nested: NestedBlock | undefined, after: Value, before: Value): boolean {
  if (!differs(after, before)) return false;
  if (nested === undefined || !Array.isArray(after) || !Array.isArray(before)) return true;
  return after.length !== before.length;
}

/** The paths for which this plan must replace the resource; none for an update in place. */
export function replacements(
  block: Block,
  behaviour: Behaviour,
  planned: Value,
  prior: Value,
): Step[][] {
  const paths = [...behaviour.replacesRecorded, ...behaviour.replacesDocumented];
  const across = Object.entries(behaviour.replacesAcross)
    .filter(([name, groups]) => groupOf(planned, name, groups) !== groupOf(prior, name, groups))
    .map(([name]) => name);
  return [...paths, ...across].flatMap((path) =>
    changedPaths(block, path.split('.'), planned, prior, []),
  );
}

function groupOf(values: Value, name: string, groups: readonly (readonly string[])[]): number {
  const value = isMap(values) ? values[name] : undefined;
  return groups.findIndex((group) => typeof value === 'string' && group.includes(value));
}
