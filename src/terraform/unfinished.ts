import { createHash } from 'node:crypto';
import type { State } from '../state/index.ts';
import type { RunContext, Toolbox } from '../toolbox/index.ts';
import type { AttributeChange, Shown } from './attribute-changes.ts';
import type { DriftItem } from './drift.ts';
import { actionsOf } from './fingerprint.ts';
import { canonical, isObject, textOf, valueAt } from './json.ts';
import type { Action, Change, Plan } from './plan-file.ts';

/**
 * What a deploy was about to change, kept beside the state from before its apply until that has ended
 * well: where the apply failed, the state may say what was only planned, or not what was done. No
 * value can be read from it (docs/decisions/0011).
 */
export interface Unfinished {
  /** The page of the run that applied. */
  readonly run: string;
  readonly changes: Readonly<Record<string, UnfinishedChange>>;
}

/** One planned change; `sets` has both sides of each attribute that was to change. */
interface UnfinishedChange {
  readonly action: Action;
  readonly sets: readonly Sides[];
}

/** Path without places in lists, and a digest of each side. */
type Sides = readonly [path: string, before: string, after: string];

/** The record of one environment. */
export interface UnfinishedRecord {
  /** Before an apply of this plan. */
  begin(plan: Plan): Promise<void>;
  read(): Promise<Unfinished | undefined>;
  /** When the state is known to say what is there. */
  end(): Promise<void>;
}

/** Opens the record beside an environment's state. */
export function unfinishedRecord(
  environment: string,
  { blobs }: Pick<State, 'blobs'>,
  { runner }: Pick<Toolbox, 'runner'>,
): UnfinishedRecord {
  const blob = `${environment}.unfinished.json`;
  return {
    begin: (plan) =>
      blobs.write(blob, `${JSON.stringify(unfinishedOf(plan, pageOf(runner.context)))}\n`),
    read: async () => readUnfinished((await blobs.read(blob))?.toString()),
    end: () => blobs.delete(blob),
  };
}

function pageOf({ serverUrl, repository, runId, runAttempt }: RunContext): string {
  return `${serverUrl}/${repository}/actions/runs/${runId}/attempts/${runAttempt}`;
}

/** What is kept of a plan whose apply begins. */
export function unfinishedOf(plan: Plan, run: string): Unfinished {
  const changes = actionsOf(plan).map(({ address, action, attributes }) => {
    // Of a creation all is new: nobody could tell what of it was changed.
    const sets = action === 'create' ? [] : attributes.map(sidesOf);
    return [address, { action, sets }] as const;
  });
  return { run, changes: Object.fromEntries(changes) };
}

/** Reads what `JSON.stringify` made of a record; undefined for anything else. */
export function readUnfinished(text: string | undefined): Unfinished | undefined {
  try {
    const read: unknown = JSON.parse(text ?? '');
    const isWhole =
      textOf(valueAt(read, 'run')) !== undefined && isObject(valueAt(read, 'changes'));
    return isWhole ? (read as Unfinished) : undefined;
  } catch {
    return undefined;
  }
}

/** Drift, parted: what the cut-off apply explains, and what it does not. */
export interface Parted {
  readonly left: readonly DriftItem[];
  readonly drift: readonly DriftItem[];
}

/**
 * Parts what differs between state and world. An apply that failed explains a deletion it was to make,
 * all of a resource that it left damaged, and an attribute of which one of the two is what was there
 * before the apply and the other what the apply was to set. A third value is somebody else's.
 */
export function partedBy(
  record: Unfinished | undefined,
  items: readonly DriftItem[],
  plan: Plan,
): Parted {
  if (record === undefined) return { left: [], drift: items };
  const parted = items.map((item) => {
    const change = Object.hasOwn(record.changes, item.address)
      ? record.changes[item.address]
      : undefined;
    return change === undefined
      ? { left: [], drift: [item] }
      : partedItem(item, change, isDamaged(item, plan));
  });
  return { left: parted.flatMap(({ left }) => left), drift: parted.flatMap(({ drift }) => drift) };
}

function partedItem(item: DriftItem, change: UnfinishedChange, damaged: boolean): Parted {
  const makes = change.action === 'create' || change.action === 'replace';
  if (damaged && makes) return { left: [item], drift: [] };
  if (item.what === 'deleted') {
    const removes = change.action === 'delete' || change.action === 'replace';
    return removes ? { left: [item], drift: [] } : { left: [], drift: [item] };
  }
  const isOurs = (attribute: AttributeChange): boolean => explains(change, attribute);
  const ours = item.attributes.filter(isOurs);
  const others = item.attributes.filter((attribute) => !isOurs(attribute));
  return {
    left: ours.length === 0 ? [] : [{ ...item, attributes: ours }],
    drift: others.length === 0 ? [] : [{ ...item, attributes: others }],
  };
}

/** Whether Terraform itself has marked the resource as damaged. */
function isDamaged({ address }: DriftItem, { changes }: Plan): boolean {
  return changes.some(
    (change: Change) => change.address === address && change.reason === 'replace_because_tainted',
  );
}

function explains({ sets }: UnfinishedChange, attribute: AttributeChange): boolean {
  const [path, one, other] = sidesOf(attribute);
  return sets.some(([set, before, after]) => {
    if (set !== path) return false;
    const isPair = (from: string, to: string): boolean =>
      from === before && (to === after || after === 'unknown');
    return isPair(one, other) || isPair(other, one);
  });
}

/** An entry may stand elsewhere in its list, seen from the other side. */
function sidesOf({ path, before, after }: AttributeChange): Sides {
  return [path.replaceAll(/\[\d+\]/g, '[]'), mark(before), mark(after)];
}

function mark(side: Shown): string {
  if (side.kind !== 'value') return side.kind;
  return createHash('sha256')
    .update(canonical(JSON.parse(side.json)))
    .digest('hex');
}
