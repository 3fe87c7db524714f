import { Problem } from '../errors.ts';
import type { AttributeChange, Sides } from './attribute-changes.ts';
import { attributeChanges } from './attribute-changes.ts';
import { isObject, textOf, valueAt } from './json.ts';

/** What a plan does with a resource; `replace` covers both orders of deleting and creating. */
export type Action =
  'create' | 'update' | 'replace' | 'delete' | 'no-op' | 'read' | 'import' | 'forget';

/** One planned change, or one change that Terraform found outside. Sensitive values are not in it. */
export interface Change {
  readonly address: string;
  /** Where the state had it before, if it moves. */
  readonly movedFrom: string | undefined;
  readonly type: string;
  readonly isData: boolean;
  readonly action: Action;
  /** The key of an object that an earlier replacement left behind. */
  readonly deposed: string | undefined;
  /** The id it is imported by. */
  readonly importedFrom: string | undefined;
  /** Terraform's word for why, such as `replace_because_cannot_update`. */
  readonly reason: string | undefined;
  /** The attributes that force a replacement. */
  readonly forcedBy: readonly string[];
  readonly attributes: readonly AttributeChange[];
  /** The ids that entries of its lists had before the change, by the entry's path: `subnet[0]`. */
  readonly entryIds: ReadonlyMap<string, string>;
  /** The id in Azure before the change, where there is one. */
  readonly id: string | undefined;
}

/** A change of an output. */
export interface OutputChange {
  readonly name: string;
  readonly action: Action;
  readonly attributes: readonly AttributeChange[];
}

/** A resource as the state has it after refreshing; the raw values stay inside `src/terraform`. */
export interface StateResource {
  readonly address: string;
  readonly id: string | undefined;
  readonly values: unknown;
}

/** What a plan says. */
export interface Plan {
  /** All resource changes, `no-op` and `read` among them, as Terraform orders them. */
  readonly changes: readonly Change[];
  /** What Terraform found changed outside, noise included; `drift.ts` tells which of it is meant. */
  readonly drift: readonly Change[];
  readonly outputs: readonly OutputChange[];
  readonly resources: readonly StateResource[];
  /** The arguments and blocks that the configuration writes, by the address without its index. */
  readonly configured: ReadonlyMap<string, ReadonlySet<string>>;
  /** The values of the variables, defaults among them, but for those that are declared sensitive. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Whether Terraform broke off while planning. */
  readonly errored: boolean;
  /** Whether Terraform planned a part only: it put changes off until others are made, or was told to. */
  readonly isPart: boolean;
}

/** Characters of JSON that are still read; plans of our kind have about 9,000 for each resource. */
const longestPlan = 64_000_000;
const deepestModule = 50;
/** What a plan has at least one of; a state, which Terraform shows in the same format, has none. */
const membersOfPlans = [
  ...['planned_values', 'resource_changes', 'resource_drift', 'output_changes', 'configuration'],
];

/**
 * Reads the output of `terraform show -json` (format 1, HashiCorp's "JSON Output Format"). Members
 * it does not know are passed over; a plan of another format, or none at all, is a Problem.
 */
export function readPlan(json: string): Plan {
  if (json.length > longestPlan) throw notAPlan(`it has ${json.length} characters`);
  let plan: unknown;
  try {
    plan = JSON.parse(json);
  } catch (error) {
    throw notAPlan('it is no JSON', error);
  }
  const format = textOf(valueAt(plan, 'format_version')) ?? '';
  if (!/^1\.\d{1,4}$/.test(format)) throw notAPlan(`its format is "${format.slice(0, 40)}", not 1`);
  if (membersOfPlans.every((name) => valueAt(plan, name) === undefined)) {
    throw notAPlan('it names neither changes nor a configuration, as a state does not');
  }
  return {
    changes: listAt(plan, 'resource_changes').map(readChange),
    drift: listAt(plan, 'resource_drift').map(readChange),
    outputs: readOutputs(valueAt(plan, 'output_changes')),
    resources: readResources(valueAt(plan, 'prior_state', 'values', 'root_module'), 0),
    configured: new Map(configuredIn(valueAt(plan, 'configuration', 'root_module'), '', 0)),
    variables: readVariables(plan),
    errored: valueAt(plan, 'errored') === true,
    isPart: valueAt(plan, 'complete') === false || listAt(plan, 'deferred_changes').length > 0,
  };
}

function notAPlan(why: string, cause?: unknown): Problem {
  return new Problem(
    `What Terraform showed cannot be read as a plan: ${why}.`,
    'a plan is what `terraform show -json <plan file>` prints, with a Terraform from 1.9 up to the newest 1.x.',
    { cause, anchor: 'plan-file' },
  );
}

function listAt(value: unknown, name: string): readonly unknown[] {
  const list = valueAt(value, name);
  return Array.isArray(list) ? (list as unknown[]) : [];
}

function readChange(entry: unknown): Change {
  const change = valueAt(entry, 'change');
  const actions = wordsOf(listAt(change, 'actions'));
  const importedFrom = textOf(valueAt(change, 'importing', 'id'));
  const action = actionOf(actions);
  return {
    address: textOf(valueAt(entry, 'address')) ?? '(no address)',
    movedFrom: textOf(valueAt(entry, 'previous_address')),
    type: textOf(valueAt(entry, 'type')) ?? '',
    isData: valueAt(entry, 'mode') === 'data',
    action: action === 'no-op' && importedFrom !== undefined ? 'import' : action,
    deposed: textOf(valueAt(entry, 'deposed')),
    importedFrom,
    reason: textOf(valueAt(entry, 'action_reason')),
    forcedBy: listAt(change, 'replace_paths').map(pathText),
    attributes: action === 'no-op' ? [] : attributeChanges(sidesOf(change)),
    entryIds: new Map(action === 'no-op' ? [] : entryIdsIn(valueAt(change, 'before'))),
    id: textOf(valueAt(change, 'before', 'id')),
  };
}

function entryIdsIn(values: unknown): (readonly [string, string])[] {
  return Object.entries(isObject(values) ? values : {}).flatMap(([name, list]) =>
    (Array.isArray(list) ? (list as unknown[]) : []).flatMap((entry, at) => {
      const id = textOf(valueAt(entry, 'id'));
      return id === undefined ? [] : [[`${name}[${at}]`, id] as const];
    }),
  );
}

/** An unknown list of actions counts as the worst it can be. */
function actionOf(actions: readonly string[]): Action {
  const [only] = actions;
  if (actions.length === 1) {
    const known = ['create', 'update', 'delete', 'no-op', 'read', 'forget'] as const;
    return known.find((action) => action === only) ?? 'update';
  }
  return actions.length === 0 ? 'no-op' : 'replace';
}

function sidesOf(change: unknown): Sides {
  return {
    before: valueAt(change, 'before'),
    after: valueAt(change, 'after'),
    unknown: valueAt(change, 'after_unknown'),
    beforeSensitive: valueAt(change, 'before_sensitive'),
    afterSensitive: valueAt(change, 'after_sensitive'),
  };
}

function pathText(path: unknown): string {
  return (Array.isArray(path) ? (path as unknown[]) : [path])
    .map((step, at) => {
      if (typeof step === 'number') return `[${step}]`;
      return `${at > 0 ? '.' : ''}${textOf(step) ?? '?'}`;
    })
    .join('');
}

/** The words of a list; what is none, such as a list in it, is unknown. */
function wordsOf(list: readonly unknown[]): string[] {
  return list.map((word) => textOf(word) ?? '?');
}

function readOutputs(outputs: unknown): OutputChange[] {
  if (typeof outputs !== 'object' || outputs === null) return [];
  return Object.entries(outputs).map(([name, change]) => {
    const action = actionOf(wordsOf(listAt(change, 'actions')));
    const attributes = action === 'no-op' ? [] : attributeChanges(sidesOf(change));
    return { name, action, attributes };
  });
}

function readVariables(plan: unknown): Readonly<Record<string, unknown>> {
  const [declared, given] = [
    valueAt(plan, 'configuration', 'root_module', 'variables'),
    valueAt(plan, 'variables'),
  ].map((value) => (isObject(value) ? value : {}));
  const names = new Set([...Object.keys(declared ?? {}), ...Object.keys(given ?? {})]);
  const open = [...names].filter((name) => valueAt(declared, name, 'sensitive') !== true);
  return Object.fromEntries(
    open.map((name) => [
      name,
      valueAt(given, name, 'value') ?? valueAt(declared, name, 'default') ?? null,
    ]),
  );
}

function readResources(module: unknown, depth: number): StateResource[] {
  if (depth > deepestModule) return [];
  const own = listAt(module, 'resources').map((resource) => ({
    address: textOf(valueAt(resource, 'address')) ?? '',
    id: textOf(valueAt(resource, 'values', 'id')),
    values: valueAt(resource, 'values'),
  }));
  const below = listAt(module, 'child_modules').flatMap((child) => readResources(child, depth + 1));
  return [...own, ...below];
}

/** An address without the keys of `count` and `for_each`, as the configuration has it. */
export function withoutIndex(address: string): string {
  return address.replaceAll(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, '');
}

function configuredIn(
  module: unknown,
  prefix: string,
  depth: number,
): (readonly [string, ReadonlySet<string>])[] {
  if (depth > deepestModule) return [];
  const own = listAt(module, 'resources').map((resource) => {
    const address = prefix + (textOf(valueAt(resource, 'address')) ?? '');
    const expressions = valueAt(resource, 'expressions');
    return [address, new Set(isObject(expressions) ? Object.keys(expressions) : [])] as const;
  });
  const calls = valueAt(module, 'module_calls');
  const below = Object.entries(isObject(calls) ? calls : {}).flatMap(([name, call]) =>
    configuredIn(valueAt(call, 'module'), `${prefix}module.${name}.`, depth + 1),
  );
  return [...own, ...below];
}
