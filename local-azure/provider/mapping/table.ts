import type { Json, JsonMap } from './json.ts';
import type { Arm } from '../azure/arm.ts';
import type { Schema } from '../terraform/schema.ts';
import type { ValueMap } from '../terraform/values.ts';
import type { Field } from './field.ts';
import { text } from './json.ts';

/** Where a resource's calls run: as whom, with which switches, against which ARM. */
export interface Setting {
  readonly arm: Arm;
  readonly subscriptionId: string;
  readonly tenantId: string;
  /** The argument at a dotted path of the provider's `features` block, or what azurerm takes for it. */
  feature(path: string, otherwise: boolean): boolean;
}

/** One resource while it is created, read, changed or deleted. */
export interface Work {
  readonly setting: Setting;
  readonly table: ResourceTable;
  readonly schema: Schema;
  /** The ARM id, as the provider writes it. */
  readonly id: string;
}

/** A second ARM document that a resource's arguments live in, such as an app's settings. */
export interface Part {
  /** What follows the resource's id. */
  readonly suffix: string;
  readonly fields: readonly Field[];
  readonly fixed?: Readonly<Record<string, Json>>;
  /** How it is read; "POST list" calls `<suffix>/list`, "none" never reads it. Default "GET". */
  readonly reading?: 'GET' | 'POST list' | 'none';
  /** The API version where it differs from the resource's. */
  readonly api?: string;
  /** Whether it is sent for a new resource; by default when one of its arguments is set. */
  readonly sendWhenNew?: (planned: ValueMap) => boolean;
  /** Arguments of other documents whose change sends this one again. */
  readonly sendAfter?: readonly string[];
  readonly shape?: (body: JsonMap, planned: ValueMap, setting: Setting) => void;
  readonly unshape?: (state: ValueMap, json: JsonMap) => void;
}

/** A resource type: its ARM document, and how its arguments map onto it. */
export interface ResourceTable {
  /** Name as in the provider's messages, such as "Virtual Network". */
  readonly label: string;
  readonly api: string;
  /** Path with `{argument}` parts; `{subscription}` is the provider's. */
  readonly path: string;
  readonly fields: readonly Field[];
  /** Properties that every body carries, by dotted path. */
  readonly fixed?: Readonly<Record<string, Json>>;
  /** What nobody else may write meanwhile, made from the resource's id. */
  readonly lock?: (id: string) => string;
  /** Query arguments of the writing call. */
  readonly query?: Readonly<Record<string, string>>;
  readonly parts?: readonly Part[];
  /** Arguments that are mapped by the functions below. */
  readonly accepts?: readonly string[];
  /** How a change is sent: a whole PUT laid on what is there (default), a bare PUT, or a PATCH. */
  readonly update?: 'merge' | 'put' | 'patch';
  /** What a PATCH carries in any case. */
  readonly patchBase?: JsonMap;
  /** Of what is there, only what azurerm was recorded to send goes back with a change. */
  readonly slim?: boolean;
  /** Of what is there, what azurerm's model lacks, so that it never goes back: dotted paths, `[]` for each of a list. */
  readonly unmodelled?: readonly string[];
  /** Last touch on what is there before a change of the `touched` arguments is laid on it. */
  readonly beneath?: (base: JsonMap, touched: readonly string[]) => void;
  /** Query of the reading call. */
  readonly readQuery?: Readonly<Record<string, string>>;
  /** Last touch on a body before it is checked and sent. `before` is null for a new resource. */
  readonly shape?: (
    body: JsonMap,
    planned: ValueMap,
    setting: Setting,
    before: ValueMap | null,
  ) => void;
  /** Last touch on a state after the document was read. */
  readonly unshape?: (state: ValueMap, json: JsonMap, setting: Setting) => void;
  /** Settles arguments that a new resource's id is made of. May change `planned`. */
  readonly complete?: (planned: ValueMap, setting: Setting) => Promise<void>;
  /** Before a new resource is sent: other things to ask or do. May change `planned`. */
  readonly prepare?: (planned: ValueMap, setting: Setting) => Promise<void>;
  /** After the resource's own document exists and before its parts. */
  readonly created?: (planned: ValueMap, work: Work) => Promise<void>;
  /** Sends a change of the resource's own document, where the usual ways do not do. */
  readonly send?: (
    body: JsonMap,
    planned: ValueMap,
    prior: ValueMap,
    id: string,
    setting: Setting,
  ) => Promise<void>;
  /** After an update of the resource's own document: what else to send. */
  readonly changed?: (planned: ValueMap, prior: ValueMap, work: Work) => Promise<void>;
  /** Reshapes what ARM gave before it is mapped. */
  readonly arriving?: (json: JsonMap) => JsonMap;
  /** Other documents to read, into `state`. */
  readonly readMore?: (state: ValueMap, work: Work, json: JsonMap) => Promise<void>;
  /** The id in the state where it is not the ARM id, and back. */
  readonly stateId?: (id: string) => string;
  readonly armId?: (id: string) => string;
  /** azurerm sends the body of a new resource of this type once more after it was made. */
  readonly sendTwice?: boolean;
  readonly deleteQuery?: (setting: Setting) => Readonly<Record<string, string>>;
  /** API version of the deletion where it differs. */
  readonly deleteApi?: string;
  /** Before the resource is deleted: what must go first. */
  readonly deleting?: (state: ValueMap, work: Work) => Promise<void>;
  readonly deleted?: (state: ValueMap, work: Work) => Promise<void>;
  /** Replaces the whole life cycle, for what is no ARM document of its own. */
  readonly custom?: CustomLife;
}

export interface CustomLife {
  create(planned: ValueMap, setting: Setting): Promise<ValueMap>;
  /** null: it is gone. */
  read(state: ValueMap, setting: Setting): Promise<ValueMap | null>;
  delete(state: ValueMap, setting: Setting): Promise<void>;
  update?(planned: ValueMap, prior: ValueMap, setting: Setting): Promise<ValueMap>;
}

const PLACEHOLDER = /\{([a-z_$]+)\}/g;
const GROUP = '/subscriptions/{subscription}/resourceGroups/{resource_group_name}/providers/';

/** The path of a resource that lies in a resource group of its own argument. */
export function inGroup(rest: string): string {
  return GROUP + rest;
}

/** The arguments that a path is made of. */
export function pathArguments(path: string): string[] {
  return [...path.matchAll(PLACEHOLDER)]
    .map((match) => match[1] as string)
    .filter((name) => name !== 'subscription' && !name.startsWith('$'));
}

/** The ARM id of a resource with these arguments. */
export function idFor(path: string, values: ValueMap, subscription: string): string {
  return path.replace(PLACEHOLDER, (_, name: string) =>
    name === 'subscription' ? subscription : text(values[name] as Json),
  );
}

/** The arguments that an id stands for, or undefined when it is no id of this kind. */
export function argumentsOf(path: string, id: string): ValueMap | undefined {
  const names: string[] = [];
  const pattern = path.replaceAll('.', '\\.').replace(PLACEHOLDER, (_, name: string) => {
    names.push(name);
    return name.endsWith('_id') || name === 'scope' ? '(.+)' : '([^/]+)';
  });
  const match = new RegExp(`^${pattern}$`, 'i').exec(id);
  if (match === null) return undefined;
  const values = Object.fromEntries(names.map((name, index) => [name, match[index + 1] as string]));
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => name !== 'subscription' && !name.startsWith('$')),
  );
}
