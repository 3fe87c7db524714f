import type { AttributeChange } from './attribute-changes.ts';
import { isObject, textOf, valueAt } from './json.ts';
import type { Change, Plan, StateResource } from './plan-file.ts';
import { withoutIndex } from './plan-file.ts';
import type { Unfinished } from './unfinished.ts';
import { partedBy } from './unfinished.ts';

/** Something that was changed in the world, behind the configuration's back. */
export interface DriftItem {
  readonly address: string;
  readonly type: string;
  readonly what: 'changed' | 'deleted';
  readonly attributes: readonly AttributeChange[];
}

/**
 * `drifted`: the world changed. `pending`: the code changed, or a deploy did not end. `failed`: neither
 * could be told.
 */
export type DriftState = 'clean' | 'drifted' | 'pending' | 'failed';

/** The answer of a drift check. */
export interface DriftAnswer {
  readonly state: DriftState;
  readonly drift: readonly DriftItem[];
  /** Changes of the configuration that wait for a deploy; with drift they are told beside it. */
  readonly pending: readonly Change[];
  readonly pendingOutputs: readonly string[];
  /** What a deploy left half changed that did not end well; a deploy finishes it. */
  readonly left: readonly DriftItem[];
  /** The page of that deploy's run; empty where nothing is left. */
  readonly leftBy: string;
}

/** What a drift check has looked at; undefined where a plan could not be made. */
export interface DriftEvidence {
  /** A plan with `-refresh-only`: what the world changed. */
  readonly refreshOnly: Plan | undefined;
  /** A plan: what a deploy would do. */
  readonly plan: Plan | undefined;
  /** What was found in parts of the environment that Terraform does not own. */
  readonly outside?: readonly DriftItem[];
  /** What the last apply was to change, where it did not end well. */
  readonly unfinished?: Unfinished | undefined;
}

/** Tells drift from pending changes and from failure. */
export function judgeDrift(evidence: DriftEvidence): DriftAnswer {
  const { refreshOnly, plan, outside = [], unfinished } = evidence;
  if (!isWhole(refreshOnly) || !isWhole(plan)) {
    return { state: 'failed', drift: [], pending: [], pendingOutputs: [], left: [], leftBy: '' };
  }
  const { left, drift: others } = partedBy(unfinished, trueDrift(refreshOnly), plan);
  const drift = [...others, ...outside];
  const pending = plan.changes.filter((change) => isPending(change, drift));
  const pendingOutputs = plan.outputs
    .filter(({ action }) => action !== 'no-op')
    .map(({ name }) => name);
  const isWaiting = pending.length + pendingOutputs.length + left.length > 0;
  const state = drift.length > 0 ? 'drifted' : isWaiting ? 'pending' : 'clean';
  const leftBy = left.length > 0 ? (unfinished?.run ?? '') : '';
  return { state, drift, pending, pendingOutputs, left, leftBy };
}

/** Whether a plan looked at all of the environment; one that broke off, or left parts out, tells no drift. */
function isWhole(plan: Plan | undefined): plan is Plan {
  return plan !== undefined && !plan.errored && !plan.isPart;
}

/**
 * What of Terraform's `resource_drift` is meant. It lists every difference between the state and a
 * fresh reading: nothing written another way (null, "", empty), and what other resources of the same
 * configuration brought about, or took away, after a resource was stored (a subnet's route table, a
 * network's subnets). Neither is drift.
 */
export function trueDrift(plan: Plan): DriftItem[] {
  const relations = relationsOf(plan);
  return plan.drift
    .map((change) => ({ change, attributes: meant(change, plan, relations) }))
    .filter(({ change, attributes }) => change.action === 'delete' || attributes.length > 0)
    .map(({ change: { address, type, action }, attributes }) =>
      action === 'delete'
        ? { address, type, what: 'deleted', attributes: [] }
        : { address, type, what: 'changed', attributes },
    );
}

/** A planned change waits for a deploy unless all it does is undo a drift. */
function isPending(change: Change, drift: readonly DriftItem[]): boolean {
  if (change.action === 'no-op' || change.action === 'read') return false;
  const item = drift.find(({ address }) => address === change.address);
  if (!item) return true;
  if (item.what === 'deleted') return change.action !== 'create';
  const drifted = new Set(item.attributes.map(({ path }) => path));
  return change.attributes.some(
    ({ path, after }) => after.kind !== 'unknown' && !drifted.has(path),
  );
}

function meant(change: Change, plan: Plan, relations: readonly Relation[]): AttributeChange[] {
  const written = plan.configured.get(withoutIndex(change.address));
  return change.attributes.filter((attribute) => {
    const [argument = ''] = attribute.path.split(/[.[]/, 1);
    if (written?.has(argument)) return true;
    const isOurs =
      mirrors(change, attribute, relations) ||
      broughtAbout(change, attribute, relations) ||
      tookAway(change, attribute, plan, relations);
    return !isOurs;
  });
}

/**
 * Whether an attribute only repeats a resource of the state that lies below the changed one, as a
 * network repeats each of its subnets: what drifts there is told of that resource itself.
 */
function mirrors(
  change: Change,
  { path }: AttributeChange,
  relations: readonly Relation[],
): boolean {
  const id = change.id?.toLowerCase();
  const [entry = ''] = /^[^.[]+\[\d+\](?=.)/.exec(path) ?? [];
  const repeated = change.entryIds.get(entry)?.toLowerCase();
  if (id === undefined || repeated?.startsWith(`${id}/`) !== true) return false;
  // An entry that became another one is no repetition of the first.
  if (change.attributes.some((other) => other.path === `${entry}.id`)) return false;
  return relations.some((other) => other.id === repeated);
}

/**
 * Whether a value that vanished is a resource of the state that the configuration joined to the
 * changed one and no longer does: a deploy that failed midway took the join away and stored no more.
 * A join that somebody else took away is itself found deleted.
 */
function tookAway(
  change: Change,
  { before, after }: AttributeChange,
  plan: Plan,
  relations: readonly Relation[],
): boolean {
  const id = change.id?.toLowerCase();
  if (id === undefined || before.kind !== 'value' || after.kind !== 'absent') return false;
  const joinsNow = [...relations, ...plan.drift.filter(isDeleted).map(relationBefore)];
  return everyId(
    before.json,
    (named) =>
      relations.some((other) => other.id === named) &&
      !joinsNow.some((other) => joins(other, change.address, id, named)),
  );
}

function isDeleted({ action }: Change): boolean {
  return action === 'delete';
}

function relationBefore({ address, id = '', attributes }: Change): Relation {
  const ids = attributes.flatMap(({ before }) =>
    before.kind === 'value' ? idsBelow(JSON.parse(before.json), 0) : [],
  );
  return { address, id: id.toLowerCase(), ids: new Set([id.toLowerCase(), ...ids]) };
}

/** The ids that a resource of the state joins by its own id and by what the configuration writes on it. */
interface Relation {
  readonly address: string;
  readonly id: string;
  readonly ids: ReadonlySet<string>;
}

function relationsOf(plan: Plan): Relation[] {
  return plan.resources.flatMap((resource) => {
    const id = resource.id?.toLowerCase();
    if (id === undefined) return [];
    return [{ address: resource.address, id, ids: new Set([id, ...writtenIds(resource, plan)]) }];
  });
}

function writtenIds({ address, values }: StateResource, plan: Plan): string[] {
  const written = plan.configured.get(withoutIndex(address)) ?? [];
  return [...written].flatMap((argument) => idsBelow(valueAt(values, argument), 0));
}

function idsBelow(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return value.startsWith('/') ? [value.toLowerCase()] : [];
  if (typeof value !== 'object' || value === null || depth > 10) return [];
  return Object.values(value).flatMap((member) => idsBelow(member, depth + 1));
}

/**
 * Whether a value that appeared is another resource of the state, put there by the configuration:
 * it lies below the changed resource, or a resource exists that joins the two.
 */
function broughtAbout(
  change: Change,
  { before, after }: AttributeChange,
  relations: readonly Relation[],
): boolean {
  const id = change.id?.toLowerCase();
  if (id === undefined || before.kind !== 'absent' || after.kind !== 'value') return false;
  return everyId(after.json, (named) => {
    const isBelow = named.startsWith(`${id}/`) && relations.some((other) => other.id === named);
    return isBelow || relations.some((other) => joins(other, change.address, id, named));
  });
}

/** Whether a value is nothing but ids, or things with an id, that all are as asked. */
function everyId(json: string, isSo: (id: string) => boolean): boolean {
  const value: unknown = JSON.parse(json);
  const entries = Array.isArray(value) ? (value as unknown[]) : [value];
  return entries.every((entry) => {
    const named = (isObject(entry) ? textOf(entry['id']) : textOf(entry))?.toLowerCase();
    return named !== undefined && isSo(named);
  });
}

function joins(relation: Relation, address: string, id: string, named: string): boolean {
  return relation.address !== address && relation.ids.has(id) && relation.ids.has(named);
}
